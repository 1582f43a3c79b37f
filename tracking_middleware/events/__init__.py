"""What happened and what it is about: events, entities, and their schemas."""
