"""JSON Schema as the validator of Snowplow's pipeline reads it, where that is not draft 4 to the letter."""
