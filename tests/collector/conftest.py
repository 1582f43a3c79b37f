"""What a tracker sends to the collector, and the schemas that it has of it."""

from __future__ import annotations

import json
import uuid

CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1"


def page_view(**parameters):
    """The parameters of a page view that every pipeline takes."""
    given = {
        "e": "pv",
        "p": "web",
        "tv": "js-4.6.9",
        "eid": str(uuid.uuid4()),
        "dtm": "1700000000000",
        "url": "https://www.example.com/a/b?x=1#top",
        "page": "A page",
        **parameters,
    }
    return {key: value for key, value in given.items() if value is not None}


def wrapped(*entities):
    """Entities as the parameter ``co`` has them."""
    return json.dumps({"schema": CONTEXTS, "data": list(entities)})


def write(folder, schema, *, vendor="com.acme", name="order", version="1-0-0"):
    """Put a schema, or whatever bytes, into its place in a folder."""
    path = folder / vendor / name / "jsonschema" / version
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(schema if isinstance(schema, bytes) else json.dumps(schema).encode())
    return path
