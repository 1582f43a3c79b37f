"""What is sent of agents, with ``agents="all"``: crawlers and AI agents that read pages and files."""
