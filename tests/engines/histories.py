"""Random histories of a few people each, with all that is awkward in them, and the tables made of them."""

import json
import random
import uuid
from datetime import UTC, datetime, timedelta

import duckdb

from tracking_middleware.journeys.answers.schemas import Schema
from tracking_middleware.journeys.answers.settings import Answers, Described
from tracking_middleware.journeys.config import Carrier, Config
from tracking_middleware.journeys.driver import opened, run
from tracking_middleware.journeys.sources.columns import COLUMNS
from tracking_middleware.journeys.sources.typed import typed_select

_SHOP = "iglu:com.example.shop"
_MONEY = {"value": ("total",), "margin": ("margin",)}
ANSWERS = Answers(
    conversion=Described(
        "event",
        (Schema(f"{_SHOP}/order_placed/jsonschema/1-*-*"),),
        {"id": ("order",), "currency": ("currency",), **_MONEY},
    ),
    returned=Described(
        "entity", (Schema(f"{_SHOP}/basket/jsonschema/1-0-*"),), {"id": ("returned",), **_MONEY}
    ),
    timezone="Europe/Berlin",
    lookback_days=3,
)
CONFIGS = {
    "device": Config(
        threads=1,
        answers=ANSWERS,
        max_persons_per_identifier=3,
        transaction=(
            Carrier("event", "iglu:com.example.shop/order_placed/jsonschema/1-*-*", "order"),
            Carrier("entity", "iglu:com.example.shop/basket/jsonschema/1-*-*", "order"),
        ),
    ),
    "session": Config(threads=1, anonymous="session", session_timeout=600, clock=5, heartbeat=7),
}
TABLES = (
    *("rejected", "duplicates", "events", "event_persons", "identifiers", "shared_identifiers", "persons"),
    *("renamed_persons", "person_identifiers", "page_views", "page_view_entities", "sessions", "journeys"),
    *("adblock_gap", "adblock_left_out"),
)
ANSWER_TABLES = (
    *("content", "content_performance", "recirculation", "touches", "conversions", "returns", "attribution"),
    *("campaign_margin", "spend", "agents", "agent_reads"),
)
ALL_TABLES = (*TABLES, *ANSWER_TABLES)
PLACE = {"source", "line"}
"""Columns that say where a row was read: a file and its line, or the name of a table."""
_START = datetime(2026, 3, 14, 9, tzinfo=UTC)
_SNOWPLOW = "iglu:com.snowplowanalytics.snowplow"
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    'O\'Brien \\ "quoted" {1} ünï',
    None,
)
_PAGES = (
    "https://shop.example/p/1",
    "https://shop.example/p/1?b=2&a=1#top",
    "https://shop.example/p/1?a=1&b=2",
    "https://shop.example/p/2?Z=1&a=&a=%20&_=ä",
)


def histories(seed, number):
    """The events of so many histories, no two of which share a person."""
    return [event for one in range(number) for event in _History(seed, one).events()]


class _History:
    """People on a few browsers, each of whose events may be late, twice, or broken."""

    def __init__(self, seed, number):
        self.random = random.Random(f"{seed} {number}")
        self.asked = random.Random(f"{seed} {number} answers")  # so that the rest is as it was without
        self.told = random.Random(f"{seed} {number} agents")
        self.name = f"{seed}-{number}"
        self.users = [self._user(n) for n in range(self.random.randint(1, 4))]
        self.devices = [self.key(f"device {n}") for n in range(self.random.randint(1, 4))]
        self.networks = [self.key(f"network {n}") for n in range(2)]
        self.begun = self.random.uniform(0, 86_400 * 20)
        self.made = 0

    def key(self, name):
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.name} {name}"))

    def _user(self, number):
        odd = self.random.choice(("", "", "", "'", "\\", " Ä", '"', "%", "Z", "_a"))
        return f"user{odd} {self.name} {number}"

    def events(self):
        chosen = self.random
        at = self.begun
        for _ in range(chosen.randint(4, 24)):
            at += chosen.choice((0, 0.001, 0.4, 1.2, 3, 9.999, 30, 700, 1800, 5000, 86_400 * 2))
            event = self._event(at)
            yield event
            if chosen.random() < 0.08:
                yield self._again(event)
            if chosen.random() < 0.5 and event["event"] == "page_view":
                yield self._other_side(event, at + chosen.choice((0, 0.3, 1, 1.5, 4, 12, 200)))

    def _event(self, at):
        chosen = self.random
        is_server = chosen.random() < 0.45
        kind = chosen.choice(("page_view", "page_view", "page_view", "page_ping", "unstruct", "struct"))
        device = chosen.choice((*self.devices, self.devices[0], None))
        session = self.key(f"session {device} {int(at / 3000)}") if chosen.random() < 0.7 else None
        is_page = kind in {"page_view", "page_ping"}
        columns = {
            "app_id": "shop",
            "platform": "srv" if is_server else "web",
            "event": kind,
            "event_name": kind,
            "event_vendor": "com.snowplowanalytics.snowplow",
            "domain_userid": device,
            "domain_sessionid": session,
            "domain_sessionidx": chosen.choice((None, 1, 2)),
            "network_userid": chosen.choice((*self.networks, None, None)),
            "user_id": chosen.choice(self.users) if chosen.random() < 0.25 else None,
            "v_tracker": "tracking-middleware-0.1.0" if is_server else "js-4.6.0",
            "page_url": chosen.choice(_PAGES) if is_page else None,
            "page_title": chosen.choice(("A sweater", "Ein „Pullover“")) if is_page else None,
            "mkt_campaign": chosen.choice((None, "spring")),
            "mkt_medium": self.asked.choice((None, "cpc", "Été")),
            "refr_medium": self.asked.choice((None, "search", "unknown")),
            "useragent": chosen.choice(_AGENTS),
            "br_family": chosen.choice((None, "Firefox", "Chrome")),
            "contexts": self._contexts(at),
            "unstruct_event": self._described(kind),
        }
        if kind == "struct":
            columns |= self._asked_for()
        if kind == "page_ping":
            columns |= {"pp_yoffset_max": chosen.choice((0, 333, None)), "br_viewheight": 601}
            columns |= {"doc_height": chosen.choice((None, 0, 977, 2000))}
        return self._placed(at, columns)

    def _placed(self, at, columns):
        chosen = self.random
        self.made += 1
        late = chosen.choice((0.05, 0.5, 86_400 * 3))
        broken = chosen.random()
        event_id = self.key(f"event {self.made}") if broken > 0.01 else f"no key {self.made}"
        return {
            **columns,
            "event_id": event_id,
            "collector_tstamp": _text(at + late) if broken < 0.99 else None,
            "derived_tstamp": _text(at) if chosen.random() < 0.9 else None,
            "dvce_created_tstamp": _text(at),
            "se_value": chosen.choice((None, 0.1, 12.5)),
            "tr_total": chosen.choice((None, "19.99")),
        }

    def _again(self, event):
        chosen = self.random
        changed = chosen.choice(
            ({}, {"page_title": "Changed"}, {"user_id": chosen.choice(self.users)}, {"se_value": 7})
        )
        return {**event, **changed, "collector_tstamp": _text(self.begun + 86_400 * 400 + self.made)}

    def _other_side(self, event, at):
        is_server = event["platform"] == "srv"
        columns = {
            **event,
            "platform": "web" if is_server else "srv",
            "v_tracker": "js-4.6.0" if is_server else "tracking-middleware-0.1.0",
        }
        if self.random.random() < 0.5:
            columns["contexts"] = None
        return self._placed(at, columns)

    def _contexts(self, at):
        chosen = self.random
        entities = []
        if chosen.random() < 0.5:
            given = {"id": self.key(f"page {int(at / 60)}")} if chosen.random() < 0.9 else {}
            entities.append((f"{_SNOWPLOW}/web_page/jsonschema/1-0-0", given))
        if chosen.random() < 0.15:
            crossing = {
                "domain_user_id": chosen.choice(self.devices),
                "timestamp": _text(at - 60),
                "session_id": chosen.choice((None, self.key(f"session {self.devices[0]} {int(at / 3000)}"))),
            }
            crossing |= {"reason": "hand_off"} if chosen.random() < 0.5 else {}
            entities.append((f"{_SNOWPLOW}/cross_navigation/jsonschema/1-0-0", crossing))
        if chosen.random() < 0.15:
            order = {"order": f'{chosen.randint(1, 3)} "{self.name}"', "lines": [{"sku": "a"}]}
            order |= {"returned": f"{self.asked.randint(1, 3)} {self.name}", **self._money()}
            entities.append(("iglu:com.example.shop/basket/jsonschema/1-0-2", order))
        chosen.shuffle(entities)
        if self.asked.random() < 0.5:
            entities += [self._article() for _ in range(self.asked.choice((1, 1, 2)))]
        if self.told.random() < 0.15:
            entities += [self._agent() for _ in range(self.told.choice((1, 1, 2)))]
        odd = chosen.random()
        if odd < 0.02:
            return '{"schema": "/web_page/jsonschema/1-", "data": {"no": "list"}}'
        if odd < 0.03:
            return "{no JSON"
        data = [{"schema": schema, "data": data} for schema, data in entities]
        return (
            json.dumps({"schema": f"{_SNOWPLOW}/contexts/jsonschema/1-0-0", "data": data}) if data else None
        )

    def _asked_for(self):
        """What an agent's event says that asked for a file, and what one says that is somebody else's."""
        told = self.told
        entity = {"schema": "iglu:org.tracking_middleware/agent/jsonschema/1-0-0", "data": self._agent()[1]}
        contexts = {"schema": f"{_SNOWPLOW}/contexts/jsonschema/1-0-0", "data": [entity]}
        return {
            "se_category": told.choice(("agent", "agent", "Agent", None)),
            "se_action": told.choice(("robots", "feed", "llms", "call")),
            "page_url": told.choice((*_PAGES, None)),
            **({"contexts": json.dumps(contexts)} if told.random() < 0.6 else {}),
        }

    def _agent(self):
        """An entity that says who reads, now and then wrongly."""
        told = self.told
        agent = {
            "agent_class": told.choice(("search", "ai_training", "person", "unknown", "nobody", None)),
            "operator": told.choice(("Open'AI", "Ünï", "", None)),
            "product": told.choice(("GPTBot", "", 7)),
            "proof": told.choice(("signed", "impostor", "declared", "sure")),
            "rate": told.choice((0.3, 0.125, 1, 0.00002, None, "0.1", -1)),
            "bytes": told.choice((0, 48_213, 7.0, "2048", 10**11, 10**13, 12.5, -1, True, None)),
            "seconds": told.choice((0, 0.25, 1.5e-05, 12.123456, 3, "0.5", 1e9, -1, None)),
        }
        version = told.choice(("1-0-0", "1-0-1", "2-0-0"))
        return (f"iglu:org.tracking_middleware/agent/jsonschema/{version}", agent)

    def _article(self):
        """An entity that says what an article is, in one of two versions, or wrongly."""
        asked = self.asked
        version = asked.choice(("1-0-0", "2-0-0", "3-0-0"))
        told = {
            "id": asked.choice(("a", "b", 7, "", None)),
            "headline": asked.choice(("It's", '\\ "ü"', None)),
        }
        told |= {"authors": asked.choice((["Ada", "Bob"], ["Bob", "Ada", "Ada"], [], "Eve", [1, None, ""]))}
        told |= {
            "author": asked.choice(("Ada", None)),
            "tags": asked.choice((["x"], [["y"]], {"z": 1}, True)),
        }
        return (f"iglu:org.tracking_middleware/article/jsonschema/{version}", told)

    def _money(self):
        asked = self.asked
        told = {
            "total": asked.choice((19.99, "7.5", 0.1, 100, None)),
            "margin": asked.choice((-3, "1.23456789", "***")),
        }
        return told | {"currency": asked.choice(("EUR", "usd", None))}

    def _described(self, kind):
        if kind != "unstruct":
            return None
        number = self.random.choice(
            (f"{self.random.randint(1, 3)} {self.name}", 7_000_000 + self.random.randint(1, 9), None)
        )
        data = {"order": number, **self._money()}
        inner = {"schema": "iglu:com.example.shop/order_placed/jsonschema/1-0-0", "data": data}
        return json.dumps({"schema": f"{_SNOWPLOW}/unstruct_event/jsonschema/1-0-0", "data": inner})


def _text(at):
    return (_START + timedelta(seconds=at)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def write_tsv(events, path):
    path.write_text(
        "".join(
            "\t".join("" if event.get(name) is None else str(event[name]) for name in COLUMNS) + "\n"
            for event in events
        )
    )


def typed(connection, path):
    """The same as a table ``typed`` in DuckDB, with the columns that there is anything in."""
    texts = dict.fromkeys(COLUMNS, "VARCHAR")
    given = {"path": str(path), "columns": texts}
    select = typed_select(texts, line="CAST(NULL AS BIGINT)")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        f"""CREATE TABLE typed_whole AS SELECT {select} FROM read_csv($path, columns = $columns, delim = '\t',
        quote = '', escape = '', header = false, auto_detect = false, filename = true)""",
        given,
    )
    counted = ", ".join(f"count({name})" for name in COLUMNS)
    counts = connection.execute(f"SELECT {counted} FROM typed_whole").fetchall()[0]
    names = [name for name, count in zip(COLUMNS, counts, strict=True) if count]
    connection.execute(f"CREATE TABLE typed AS SELECT {', '.join(names)} FROM typed_whole")
    return {name: COLUMNS[name] for name in names}


def on_duckdb(events, config, folder, **options):
    """By its name, the columns and the rows of each table, as DuckDB makes them."""
    write_tsv(events, folder / "events.tsv")
    path = folder / "journeys.duckdb"
    run([folder / "events.tsv"], to=path, config=config, progress=lambda *_: None, **options)
    with opened(path, config=config, read_only=True) as connection:
        return {table: rows_of(table, connection.execute) for table in ALL_TABLES}


def rows_of(table, execute, *, schema=""):
    """The names of the columns that must be the same everywhere, and the rows in an order of our own."""
    described = execute(f"SELECT * FROM {schema}{table} LIMIT 0").description
    names = sorted(name for name, *_ in described if name not in PLACE)
    listed = ", ".join(f'"{name}"' for name in names)
    return names, ordered(execute(f"SELECT {listed} FROM {schema}{table}").fetchall())


def rows_in_parquet(table, files, folder):
    """The same of Parquet that an engine wrote, in the types that DuckDB's own table has in ``folder``."""
    with opened(folder / "journeys.duckdb", config=Config(threads=1), read_only=True) as connection:
        described = connection.execute(f"SELECT * FROM {table} LIMIT 0").description
    kinds = {name: kind for name, kind, *_ in sorted(described) if name not in PLACE}
    listed = ", ".join(f'CAST("{name}" AS {kind})' for name, kind in kinds.items())
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        read = f"read_parquet('{files}', hive_partitioning = false)"
        return list(kinds), ordered(connection.execute(f"SELECT {listed} FROM {read}").fetchall())


def write_parquet(events, folder, *, by_day=False):
    """The events as Parquet, typed as DuckDB reads them; where it is."""
    write_tsv(events, folder / "collected.tsv")
    path = folder / ("collected" if by_day else "collected.parquet")
    options = ", PARTITION_BY (day), OVERWRITE" if by_day else ""
    day = ", coalesce(CAST(collector_tstamp AS DATE), DATE '1970-01-01') AS day" if by_day else ""
    with duckdb.connect(config={"threads": 1}) as connection:
        typed(connection, folder / "collected.tsv")
        connection.execute(f"COPY (SELECT *{day} FROM typed) TO '{path}' (FORMAT parquet{options})")
    return path


def ordered(rows):
    return sorted(rows, key=repr)
