"""What a tracker sent, as it is read: requests, values, times, self-describing JSON, and what is wrong."""
