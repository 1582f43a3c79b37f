"""What Snowplow's pipeline makes of requests, as tables: a request, and its columns or its failure."""
