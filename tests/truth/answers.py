"""A world in which it is known what was read and what was earned: people read, order and send back.

Nothing in it is hard to stitch, so that every figure can be held to what is true, and not to how near it is.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from tracking_middleware.journeys.answers.schemas import Schema
from tracking_middleware.journeys.answers.settings import Answers, Described
from tracking_middleware.journeys.sources.columns import COLUMNS

from .events import Event, moment
from .people import START, new_id
from .world import DAY, HOUR, MINUTE

ZONE = "Europe/Berlin"
ANSWERS = Answers(
    conversion=Described(
        "event",
        (Schema("iglu:com.acme/order_placed/jsonschema/1-*-*"),),
        {"id": ("order",), "value": ("total",), "margin": ("margin",), "currency": ("currency",)},
    ),
    returned=Described(
        "event",
        (Schema("iglu:com.acme/order_returned/jsonschema/1-*-*"),),
        {"id": ("order",), "value": ("total",), "margin": ("margin",)},
    ),
    timezone=ZONE,
)
_SNOWPLOW = "iglu:com.snowplowanalytics.snowplow"
_ARTICLE = "iglu:org.tracking_middleware/article/jsonschema/2-0-0"
_CAMPAIGNS = (("cpc", "spring"), ("email", "news"), ("social", "spring"), ("display", "autumn"), (None, None))
_AGENT = "iglu:org.tracking_middleware/agent/jsonschema/1-0-0"
_BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
_WEEK = 7 * DAY
_LOOK_BACK = 30 * DAY


@dataclass
class Reads:
    """What is true of an article, or of an author, on a day or on all."""

    counts: Counter[str] = field(default_factory=Counter)
    persons: set[str] = field(default_factory=set)
    new_persons: set[str] = field(default_factory=set)

    def row(self) -> tuple[int, ...]:
        counted = (
            self.counts[name] for name in ("views", "server", "browser", "engaged", "finished", "entry")
        )
        return (*counted, len(self.persons), len(self.new_persons))


_Agent = tuple[str, str, str, str]
_Read = tuple[_Agent, str | None, date]


@dataclass
class Known:
    """What is true: reads by dimension, value and day (None for all), moves from an article to the next,
    value and margin after returns by currency and the campaign of the last touch that is not direct, the
    headlines of each article in their order, and page views of agents by agent (class, operator, product and
    proof), article and day, with the bytes and seconds that those took which say so, and how many say it."""

    reads: dict[tuple[str, str, date | None], Reads] = field(default_factory=lambda: defaultdict(Reads))
    moves: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    earned: dict[tuple[str | None, str], list[Decimal]] = field(
        default_factory=lambda: defaultdict(lambda: [Decimal(), Decimal()])
    )
    headlines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    agents: Counter[_Read] = field(default_factory=Counter)
    took: dict[_Read, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0]))


@dataclass
class _Visit:
    """A session as it was, with the campaigns that its person came by before."""

    at: float
    person: str
    device: str
    session: str
    campaign: tuple[str | None, str | None]
    is_blocked: bool
    first_day: date
    touches: list[tuple[float, str | None, bool]]


def write_answers_world(path: Path, *, seed: int, persons: int = 60, days: int = 60) -> Known:
    """Write the events, in the order in which a collector got them, and say what is true."""
    making = _Making(Random(seed), days)
    events = [event for number in range(persons) for event in making.person(f"{seed}-{number}")]
    events += making.agents()
    making.told.sort()
    for _, article, headline in making.told:
        told = making.known.headlines[article]
        if not told or told[-1] != headline:
            told.append(headline)
    events.sort(key=lambda event: str(event["collector_tstamp"]))
    with path.open("w") as stream:
        for event in events:
            stream.write("\t".join(str(event.get(name) or "") for name in COLUMNS) + "\n")
    return making.known


class _Making:
    def __init__(self, random: Random, days: int) -> None:
        self.random, self.days = random, days
        self.known = Known()
        self.told: list[tuple[float, str, str]] = []
        self._orders = 0

    def person(self, name: str) -> Iterator[Event]:
        random = self.random
        at = START + random.uniform(0, 20) * DAY
        device, is_blocked = new_id(random), random.random() < 0.25
        first_day, touches = _day(at), []
        while at < START + self.days * DAY:
            medium, campaign = random.choice(_CAMPAIGNS)
            touches.append((at, campaign, medium is None))
            visit = _Visit(
                *(at, name, device, new_id(random), (medium, campaign), is_blocked, first_day, list(touches))
            )
            yield from self._visit(visit)
            at += random.uniform(0.1, 14) * DAY + 3 * HOUR

    def _visit(self, visit: _Visit) -> Iterator[Event]:
        random, at, before = self.random, visit.at, None
        for place in range(random.randint(1, 5)):
            is_article = random.random() < 0.8
            article = f"a{random.randrange(12)}" if is_article else None
            has_server = place == 0 or random.random() < 0.9
            yield from self._view(visit, at, article, place, has_server=has_server)
            if article is not None and has_server:
                if before is not None and before != article:
                    self.known.moves[before, article] += 1
                before = article
            at += random.uniform(1, 4) * MINUTE
            if random.random() < 0.15:
                yield from self._order(visit, at)
        if before is not None:
            self.known.moves[before, None] += 1

    def _view(
        self, visit: _Visit, at: float, article: str | None, place: int, *, has_server: bool
    ) -> Iterator[Event]:
        """One page, of which the server tells the article; a view of the browser's alone is no article's."""
        random, page = self.random, new_id(self.random)
        has_browser = not visit.is_blocked or not has_server
        pings = random.randint(0, 4) if has_browser else 0
        share = random.choice((0.3, 0.89, 0.9, 1.0))
        web_page = (f"{_SNOWPLOW}/web_page/jsonschema/1-0-0", {"id": page})
        described = [self._article(article, at)] if article else []
        url: Event = {"page_url": f"https://news.example/{page}"}
        if has_server:
            yield self._event(visit, at, "srv", "page_view", [web_page, *described], url)
        if has_browser:
            yield self._event(visit, at + 0.5, "web", "page_view", [web_page], url)
        for number in range(1, pings + 1):
            scrolled: Event = {**url, "pp_yoffset_max": round(share * 1000), "doc_height": 1000}
            yield self._event(visit, at + 0.5 + 10 * number, "web", "page_ping", [web_page], scrolled)
        if article and has_server:
            counts = {"views": 1, "server": 1, "browser": int(has_browser), "engaged": 10 * pings}
            counts |= {"finished": int(pings > 0 and share >= 0.9), "entry": int(place == 0)}
            self._count(visit, at, {("article", article), *_authors(article)}, counts)

    def _article(self, article: str, at: float) -> tuple[str, dict[str, object]]:
        half = int(at > START + self.days * DAY / 2 and int(article[1:]) % 2)
        headline = f"Headline {half} of {article}"
        self.told.append((at, article, headline))
        authors = [value for _, value in sorted(_authors(article))]
        return _ARTICLE, {"id": article, "headline": headline, "authors": authors}

    def _count(self, visit: _Visit, at: float, values: set[tuple[str, str]], counts: dict[str, int]) -> None:
        for dimension, value in {*values, ("all", "all")}:
            for day in (_day(at), None):
                reads = self.known.reads[dimension, value, day]
                reads.counts.update(counts)
                reads.persons.add(visit.person)
                if visit.first_day == _day(at):
                    reads.new_persons.add(visit.person)

    def _order(self, visit: _Visit, at: float) -> Iterator[Event]:
        """An order, now and then told of twice; parts of it come back weeks later, or before it."""
        random = self.random
        self._orders += 1
        currency = random.choice(("EUR", "EUR", "USD"))
        value, margin = _cents(random, 1000, 30_000), _cents(random, -500, 9_000)
        data = {"order": f"o{self._orders}", "total": value, "margin": margin, "currency": currency}
        yield self._shop(visit, at, "order_placed", data)
        if random.random() < 0.2:
            yield self._shop(visit, at + MINUTE, "order_placed", {**data, "total": 1})
        earned = self.known.earned[_last_campaign(visit, at), currency]
        earned[0] += value
        earned[1] += margin
        for _ in range(random.choice((0, 0, 1, 2))):
            back, lost = _cents(random, 1, 500), _cents(random, 1, 100)
            when = at + random.uniform(-1, 40) * DAY
            yield self._shop(
                None, when, "order_returned", {"order": data["order"], "total": back, "margin": lost}
            )
            earned[0] -= back
            earned[1] -= lost

    def _shop(self, visit: _Visit | None, at: float, name: str, data: dict[str, object]) -> Event:
        inner = {"schema": f"iglu:com.acme/{name}/jsonschema/1-0-0", "data": data}
        whole = {"schema": f"{_SNOWPLOW}/unstruct_event/jsonschema/1-0-0", "data": inner}
        more = {"unstruct_event": json.dumps(whole, default=float), "event_name": name}
        return self._event(visit, at, "srv", "unstruct", [], more)

    def _event(
        self,
        visit: _Visit | None,
        at: float,
        platform: str,
        event: str,
        entities: list[tuple[str, dict[str, object]]],
        more: Event | None = None,
    ) -> Event:
        data = [{"schema": schema, "data": one} for schema, one in entities]
        columns: Event = {
            "event_id": new_id(self.random),
            "platform": platform,
            "event": event,
            "event_name": event,
            "derived_tstamp": moment(at),
            "collector_tstamp": moment(at + self.random.uniform(0.05, 2)),
            "v_tracker": "js-4.6.0" if platform == "web" else "tracking-middleware-0.1.0",
            "contexts": json.dumps({"schema": f"{_SNOWPLOW}/contexts/jsonschema/1-0-0", "data": data})
            if data
            else None,
        }
        if visit is not None:
            columns |= {"domain_userid": visit.device, "domain_sessionid": visit.session}
            columns |= {"user_id": visit.person, "mkt_medium": visit.campaign[0]}
            columns |= {"mkt_campaign": visit.campaign[1]}
        return columns | (more or {})

    def agents(self) -> Iterator[Event]:
        """A crawler with a cookie, known by its user agent, and others of whom the server tells.

        One has a browser, which tells of its page views too; one pretends to be another.
        """
        yield from self._agent(("search", "Google", "Googlebot", "declared"), useragent=_BOT)
        for agent in (
            ("ai_training", "OpenAI", "GPTBot", "address"),
            ("ai_assistant", "OpenAI", "ChatGPT Agent", "signed"),
            ("search", "Google", "Googlebot", "impostor"),
        ):
            yield from self._agent(agent, useragent=_BROWSER, has_browser=agent[0] == "ai_assistant")

    def _agent(self, agent: _Agent, *, useragent: str, has_browser: bool = False) -> Iterator[Event]:
        random, device, session = self.random, new_id(self.random), new_id(self.random)
        is_said = {"useragent": useragent}
        for number in range(self.days * 3):
            at = START + number * DAY / 3
            visit = _Visit(at, "", device, session, (None, None), True, _day(at), [])
            article = random.choice((None, f"a{random.randrange(12)}"))
            described: list[tuple[str, dict[str, object]]]
            described = [(f"{_SNOWPLOW}/web_page/jsonschema/1-0-0", {"id": new_id(random)})]
            entities = [*described, *([self._article(article, at)] if article else [])]
            if useragent != _BOT:
                entities.append((_AGENT, self._said_of(agent, number, (agent, article, _day(at)))))
            yield self._event(visit, at, "srv", "page_view", entities, dict(is_said))
            if has_browser:
                yield self._event(visit, at + 0.5, "web", "page_view", described, dict(is_said))
            self.known.agents[agent, article, _day(at)] += 1

    def _said_of(self, agent: _Agent, number: int, read: _Read) -> dict[str, object]:
        """What the server says of an agent; of some answers it does not know the length, or the time."""
        names = ("agent_class", "operator", "product", "proof")
        said: dict[str, object] = dict(zip(names, agent, strict=True))
        took = self.known.took[read]
        for place, (name, value) in enumerate((("bytes", 10_000 + 7 * number), ("seconds", number / 8))):
            if number % (5 + 2 * place):
                said[name] = value
                took[2 * place] += value
                took[2 * place + 1] += 1
        return said


def _day(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(ZONE)).date()


def _authors(article: str) -> set[tuple[str, str]]:
    number = int(article[1:])
    return {("author", f"author {number % 4}"), ("author", f"author {number % 3}")}


def _cents(random: Random, low: int, high: int) -> Decimal:
    return Decimal(random.randint(low, high)) / 100


def _last_campaign(visit: _Visit, at: float) -> str | None:
    """That of the last touch which is not direct, of those of thirty days; None where all are."""
    recent = [
        campaign for begun, campaign, is_direct in visit.touches if at - begun <= _LOOK_BACK and not is_direct
    ]
    return recent[-1] if recent else None
