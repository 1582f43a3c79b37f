"""What commands that serve pages share: where they listen, what they know of schemas and of journeys."""
