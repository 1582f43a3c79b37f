"""The peers: what one would use instead, each in its best documented configuration."""
