"""A request as it came, its rules, its client, and the page that is made for it."""
