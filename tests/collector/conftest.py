"""What a tracker sends to the collector, the schemas that it has of it, and a store of what visitors did."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.truth.events import write_world
from tests.truth.world import World
from tracking_middleware.collector.store.store import Store
from tracking_middleware.journeys.sources.columns import COLUMNS

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


def moved(text):
    """A time of the world's, as the collector writes it."""
    return text and text.replace(" ", "T") + "Z"


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """What a tenth of a day's visitors did, as the collector has it."""
    path = tmp_path_factory.mktemp("gaps") / "events.tsv"
    write_world(World(seed=7, persons=25, views=3, days=40), path)
    found = []
    for line in path.read_text().splitlines():
        event = {name: text or None for name, text in zip(COLUMNS, line.split("\t"), strict=True)}
        event |= {name: moved(event[name]) for name in COLUMNS if name.endswith("_tstamp")}
        event["contexts"] = json.loads(event["contexts"]) if event["contexts"] else {}
        found.append(event)
    return found


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "store.sqlite3")
    yield store
    store.close()
