"""What registries have: asked by commands, a schema at a time."""
