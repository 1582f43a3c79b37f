"""Events of a magazine with a shop for the pages: in the store that they ask, and in a run's file."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tracking_middleware.collector.store.rows import Row
from tracking_middleware.journeys.config import read_config
from tracking_middleware.journeys.increments.running import run
from tracking_middleware.journeys.sources.columns import COLUMNS

from .journeys_events import copy_to_parquet

EVENTS = 50_000
"""Of the magazine: as many as the collector looks into."""
CONFIG = """
[conversion]
event = "iglu:com.acme/order_placed/jsonschema/1-*-*"
id = "order"
value = "total"
currency = "EUR"
"""
ARTICLE = "article-0"
_SNOWPLOW = "iglu:com.snowplowanalytics.snowplow"
_AGENTS = ("GPTBot/1.2; +https://openai.com/gptbot", "Googlebot/2.1; +http://www.google.com/bot.html")
_BROWSERS = (
    ("Firefox", "rv:132.0) Gecko/20100101 Firefox/132.0"),
    ("Chrome", "Chrome/131.0.0.0 Safari/537.36"),
)
_CAMPAIGNS = (("email", "newsletter", "weekly"), ("social", "mastodon", "autumn"), *((None,) * 3,) * 3)
_OURS = 2**100
"""Ids above it are the magazine's."""
_STEP = timedelta(seconds=12)


def events(count: int = EVENTS) -> list[dict[str, Any]]:
    """So many, the oldest first, over some days that end now: half of them page views, by either side."""
    random, made = Random(1), list[dict[str, Any]]()
    visits = 0
    while len(made) < count:
        made += _visit(random, visits)
        visits += 1
    made = made[:count]
    begin = datetime.now(UTC).replace(microsecond=0) - count * _STEP
    for number, event in enumerate(made):
        moment = begin + number * _STEP
        event["derived_tstamp"] = event["collector_tstamp"] = moment.isoformat(timespec="milliseconds")[:-6]
    return made


def rows(made: list[dict[str, Any]]) -> Iterator[Row]:
    """The same as the collector keeps them."""
    for event in made:
        shown = dict.fromkeys(COLUMNS) | event
        for name in ("derived_tstamp", "collector_tstamp"):
            shown[name] = f"{event[name]}Z"
        uris = [entity["schema"] for entity in (event.get("contexts") or {}).get("data", ())]
        yield Row(True, shown["collector_tstamp"], {"event": shown, "contexts": uris})


def write_journeys(path: Path, *, count: int, config: Path) -> None:
    """Make the tables of about so many events: those of the magazine again and again, by other people."""
    made = events(min(count, EVENTS))
    tsv, parquet = path.with_name("events.tsv"), path.with_name("events.parquet")
    with tsv.open("w") as stream:
        for event in made:
            stream.write("\t".join(_text(event.get(name)) for name in COLUMNS) + "\n")
    copy_to_parquet(tsv, parquet, copies=max(1, round(count / len(made))))
    run([parquet], to=path, config=read_config(config), progress=lambda *_: None, is_full=True)
    parquet.unlink()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _visit(random: Random, number: int) -> Iterator[dict[str, Any]]:
    """Somebody, or an agent, reads a few articles."""
    if number % 12 == 0:
        browser: dict[str, Any] = {"useragent": f"Mozilla/5.0 (compatible; {random.choice(_AGENTS)})"}
        yield _event(random, "srv", "page_view", browser | _page(random))
        return
    family, useragent = random.choice(_BROWSERS)
    medium, source, campaign = random.choice(_CAMPAIGNS)
    who = {
        "useragent": f"Mozilla/5.0 (X11; Linux x86_64) {useragent}",
        "br_family": family,
        "domain_userid": str(uuid.UUID(int=_OURS + number % 3_000)),
        "domain_sessionid": str(uuid.UUID(int=_OURS + number)),
        "domain_sessionidx": 1 + number // 3_000,
    }
    who |= {"mkt_medium": medium, "mkt_source": source, "mkt_campaign": campaign}
    who |= {"user_id": f"reader-{number % 3_000}"} if number % 3 == 0 else {}
    for _ in range(random.randint(1, 5)):
        page = who | _page(random)
        yield _event(random, "srv", "page_view", page)
        for kind in ("page_view", *("page_ping",) * random.randint(0, 2)) if number % 5 else ():
            yield _event(random, "web", kind, page | {"doc_height": 2000, "pp_yoffset_max": 1500})
    if number % 20 == 1:
        yield _order(random, number, who)


def _page(random: Random) -> dict[str, Any]:
    article = min(int(random.expovariate(1 / 60)), 499)
    data = {
        "id": f"article-{article}",
        "author": f"Author {article % 20}",
        "subject": f"subject {article % 9}",
    }
    entities = [
        {"schema": f"{_SNOWPLOW}/web_page/jsonschema/1-0-0", "data": {"id": str(_id(random))}},
        {"schema": "iglu:org.tracking_middleware/article/jsonschema/1-0-0", "data": data},
    ]
    return {
        "app_id": ("web", "app")[article % 2],
        "page_url": f"https://magazine.example/articles/{article}",
        "page_title": f"What article {article} says of the matter",
        "contexts": {"schema": f"{_SNOWPLOW}/contexts/jsonschema/1-0-0", "data": entities},
    }


def _order(random: Random, number: int, who: dict[str, Any]) -> dict[str, Any]:
    data = {"order": f"order-{number}", "total": 20 + number % 90}
    inner = {"schema": "iglu:com.acme/order_placed/jsonschema/1-0-0", "data": data}
    whole = {"schema": f"{_SNOWPLOW}/unstruct_event/jsonschema/1-0-0", "data": inner}
    given = who | {"app_id": "web", "unstruct_event": whole, "event_name": "order_placed"}
    return _event(random, "srv", "unstruct", given)


def _event(random: Random, platform: str, event: str, given: dict[str, Any]) -> dict[str, Any]:
    made = {"event_name": event, "event_vendor": "com.snowplowanalytics.snowplow", "v_tracker": "js-4.6.0"}
    return {**made, **given, "event_id": str(_id(random)), "platform": platform, "event": event}


def _id(random: Random) -> uuid.UUID:
    return uuid.UUID(int=random.getrandbits(128), version=4)
