"""Events of a few persons, and the tables that are made of them."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tracking_middleware.collector.store.store import Row, Store
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.driver import run
from tracking_middleware.journeys.file import opened
from tracking_middleware.journeys.sources.columns import COLUMNS

MORNING = datetime(2026, 3, 14, 9, tzinfo=UTC)
PAGE = "https://shop.example/p/1"
_SNOWPLOW = "iglu:com.snowplowanalytics.snowplow"


def key(name):
    """A UUID of a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(name)))


def entities(*described):
    data = [{"schema": schema, "data": data} for schema, data in described]
    return json.dumps({"schema": f"{_SNOWPLOW}/contexts/jsonschema/1-0-0", "data": data})


def web_page(name):
    return (f"{_SNOWPLOW}/web_page/jsonschema/1-0-0", {"id": key(name)})


def handed_off(device, *, session=None, at="2026-03-14T09:00:00Z", user=None):
    data = {"domain_user_id": key(device), "timestamp": at, "reason": "hand_off"}
    data |= {"session_id": key(session)} if session else {}
    data |= {"user_id": user} if user else {}
    return (f"{_SNOWPLOW}/cross_navigation/jsonschema/1-0-0", data)


class Story:
    """Events, each a number of minutes after the morning; names stand for ids."""

    def __init__(self):
        self.rows = []

    def add(self, minutes, *, side="browser", event="page_view", name=None, **columns):
        at = (MORNING + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        for column, given in (("device", "domain_userid"), ("session", "domain_sessionid")):
            named = columns.pop(column, None)
            columns[given] = key(named) if named else None
        row = {
            "app_id": "shop",
            "platform": "web" if side == "browser" else "srv",
            "event": event,
            "event_name": columns.pop("event_name", event),
            "event_id": key(name or f"event {len(self.rows)}"),
            "collector_tstamp": at,
            "derived_tstamp": at,
            "v_tracker": "js-4.6.0" if side == "browser" else "tracking-middleware-0.1.0",
            "page_url": PAGE if side != "off" and event in {"page_view", "page_ping"} else None,
            **columns,
        }
        self.rows.append(row)
        return row["event_id"]

    def tsv(self):
        return "".join("\t".join(str(row.get(name) or "") for name in COLUMNS) + "\n" for row in self.rows)


def article(title):
    return ("iglu:com.acme/article/jsonschema/1-0-0", {"title": title, "tags": ["a", "b"]})


def shapes(story):
    """The rows as the collector's store keeps them."""
    for row in story.rows:
        event = dict.fromkeys(COLUMNS) | row
        for name in ("collector_tstamp", "derived_tstamp"):
            event[name] = event[name].replace(" ", "T") + "Z"
        event["contexts"] = json.loads(event["contexts"]) if event["contexts"] else None
        event["br_cookies"] = bool(event["br_cookies"]) if event["br_cookies"] is not None else None
        event |= {"event_vendor": "com.acme", "v_etl": "x", "v_collector": "x"}
        yield {"event": event, "rawEvent": {"parameters": {"e": "pv"}}, "eventType": "page_view"}


def stored(story, path):
    """The same in a store of the collector."""
    store = Store(path)
    store.add([Row(True, shape["event"]["collector_tstamp"], shape) for shape in shapes(story)])
    return store


class Tables:
    """What a run made."""

    def __init__(self, path, summary):
        self.path, self.summary = path, summary

    def ask(self, question, *given):
        with opened(self.path, config=Config(), read_only=True) as connection:
            return connection.execute(question, list(given)).fetchall()

    def person_of(self, event_id):
        found = self.ask("SELECT person_id, how FROM event_persons WHERE event_id = ?", event_id)
        return found[0] if found else None


@pytest.fixture
def story():
    return Story()


@pytest.fixture
def tables(tmp_path):
    """Runs a story, or sources."""

    def make(*stories, to="journeys.duckdb", as_of=None, **config):
        sources = []
        for number, given in enumerate(stories):
            if isinstance(given, Story):
                path = tmp_path / f"{number}.tsv"
                path.write_text(given.tsv())
                given = path
            sources.append(given)
        path = tmp_path / to
        settings = Config(threads=1, **config)
        return Tables(path, run(sources, to=path, config=settings, progress=lambda *_: None, as_of=as_of))

    return make


@pytest.fixture
def told(story):
    """A story with entities, an event of the site's own, and text of all kinds."""
    story.add(
        0, device="d", session="s", user_id="ada", contexts=entities(web_page("p"), article("Grüße 'x'"))
    )
    story.add(1, side="server", device="d", session="s", contexts=entities(article("q")))
    story.add(2, device="d", session="s", page_title='50 % \\ "quoted"', domain_sessionidx=3, br_cookies=1)
    return story
