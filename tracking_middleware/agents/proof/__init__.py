"""Whether an agent is who it says: its signature, its network, the name of its address.

All of it runs behind the request; what has to be fetched or asked for is fetched by a thread of its own.
"""
