"""A week of a small magazine with a shop: visitors with and without blockers, crawlers, a return by post."""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import dataclass, field

MINUTE, HOUR, DAY = 60, 3600, 86_400
_CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
_UNSTRUCT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
_WEB_PAGE = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
_CROSS_NAVIGATION = "iglu:com.snowplowanalytics.snowplow/cross_navigation/jsonschema/1-0-0"
_ARTICLE = "iglu:org.tracking_middleware/article/jsonschema/1-0-0"
BROWSERS = {
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Chrome": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36",
    "Safari": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Safari/605.1.15",
    "Edge": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
}
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
ARTICLES = (
    ("/", "The Magazine"),
    ("/articles/night-trains-return", "Night trains return to the northern line"),
    ("/articles/a-library-without-doors", "A library without doors"),
    ("/articles/what-the-tide-left", "What the tide left"),
    ("/shop/running-shoe", "Running shoe RS-1"),
    ("/shop/basket", "Basket"),
)


@dataclass
class Story:
    """Makes events as trackers send them; all happened before ``now`` (epoch seconds)."""

    now: float
    seed: int = 1
    events: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self):
        self.random = random.Random(self.seed)

    def id(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def add(self, at, **parameters):
        """An event that happened at a moment."""
        given = {
            "eid": self.id(),
            "tv": "py-tracking-middleware" if parameters.get("p") == "srv" else "js-4.6.9",
            "aid": "magazine",
            "dtm": str(int(at * 1000)),
            "stm": str(int(self.now * 1000)),
            "ua": BROWSERS["Firefox"],
            "ip": "198.51.100.7",
            "tnuid": "",
            **parameters,
        }
        self.events.append({name: value for name, value in given.items() if value is not None})

    def visitor(self, browser="Firefox", **parameters):
        """Somebody with a cookie."""
        return {"duid": self.id(), "ua": BROWSERS[browser], **parameters}

    def session(self, index):
        return {"sid": self.id(), "vid": str(index)}

    def view(self, at, path, title, *, entities=(), sides=("srv", "web"), **who):
        """A page view, seen by the given sides; its ``web_page`` entity."""
        page = {"schema": _WEB_PAGE, "data": {"id": self.id()}}
        url = f"https://magazine.example{path}"
        for number, side in enumerate(sides):
            found = [page, *entities] if side == "srv" else [page]
            self.add(
                at + number * 0.6,
                e="pv",
                p=side,
                url=url,
                page=title,
                co=described(_CONTEXTS, found),
                **who,
            )
            if side == "web":
                self.add(at + 12, e="pp", p="web", url=url, page=title, pp_mix="0", pp_max="0", **who)
        return page

    def happen(self, at, schema, data, *, entities=(), platform="srv", **who):
        """A self-describing event."""
        co = described(_CONTEXTS, list(entities)) if entities else None
        uri = f"iglu:com.acme/{schema}/jsonschema/1-0-0"
        self.add(
            at, e="ue", p=platform, ue_pr=described(_UNSTRUCT, {"schema": uri, "data": data}), co=co, **who
        )


def described(schema, data):
    return json.dumps({"schema": schema, "data": data})


def article(path):
    data = {
        "id": path.rpartition("/")[2],
        "subject": "transport",
        "author": "Ada Byron",
        "tags": ["railways", "night"],
        "length": 1840,
    }
    return {"schema": _ARTICLE, "data": data}


def hand_off(person, session, at):
    data = {"domain_user_id": person, "session_id": session, "timestamp": at, "reason": "hand_off"}
    return {"schema": _CROSS_NAVIGATION, "data": data}


def reader(story):
    """Reads on two devices, logs in on both, orders, and returns by post what does not fit."""
    phone, desk = story.visitor("Safari"), story.visitor("Firefox")
    start = story.now - 6 * DAY
    who = {**phone, **story.session(1)}
    story.view(start, *ARTICLES[0], **who)
    story.view(start + 40, *ARTICLES[1], entities=[article(ARTICLES[1][0])], **who)
    story.view(start + 6 * MINUTE, *ARTICLES[2], entities=[article(ARTICLES[2][0])], **who)
    story.happen(start + 8 * MINUTE, "newsletter_joined", {"list": "weekly"}, **who)
    who = {**desk, **story.session(1), "uid": "ada"}
    start += 3 * DAY
    story.view(start, *ARTICLES[4], **who)
    story.happen(start + 30, "size_chosen", {"size": "M"}, platform="web", **who)
    story.view(start + 2 * MINUTE, *ARTICLES[5], **who)
    order = {"order_id": "4711", "sku": "RS-1", "size": "M", "total": 89.9}
    story.happen(start + 4 * MINUTE, "order_placed", order, **who)
    who = {**phone, **story.session(2), "uid": "ada"}
    story.view(story.now - DAY, *ARTICLES[0], **who)
    story.view(story.now - DAY + 90, *ARTICLES[3], **who)
    token = hand_off(desk["duid"], who["sid"], "2026-01-02T03:04:05Z")
    returned = {"order_id": "4711", "sku": "RS-1", "reason": "too small", "channel": "by post"}
    off = {"duid": desk["duid"], "uid": "ada", "ua": "", "aid": "warehouse"}
    story.happen(story.now - 2 * HOUR, "order_returned", returned, entities=[token], **off)
    story.happen(
        story.now - HOUR, "refund_paid", {"order_id": "4711", "total": 89.9}, entities=[token], **off
    )


def crowd(story, count):
    """Visitors of all browsers; every fourth on Firefox and a few others block the tracker."""
    for number in range(count):
        browser = story.random.choice(["Firefox", "Firefox", "Chrome", "Chrome", "Chrome", "Safari", "Edge"])
        blocks = story.random.random() < {"Firefox": 0.35, "Chrome": 0.2}.get(browser, 0.08)
        who = {**story.visitor(browser), **story.session(1)}
        at = story.now - 30 * MINUTE - number * 7 * DAY / count
        for path, title in story.random.sample(ARTICLES, story.random.randint(2, 5)):
            fails = story.random.random() < 0.03
            sides = ("srv",) if blocks or fails else ("srv", "web")
            story.view(at, path, title, entities=[article(path)], sides=sides, **who)
            at += story.random.uniform(20, 200)


def others(story):
    """Crawlers, scripts, an app, and what is no event."""
    for number in range(6):
        bot = {**story.visitor(), "ua": GOOGLEBOT}
        story.view(story.now - HOUR * (number + 1), *ARTICLES[1], sides=("srv",), **bot)
        story.view(
            story.now - HOUR * (number + 1) - 5, *ARTICLES[2], sides=("srv",), **story.visitor("Chrome")
        )
    story.view(story.now - 200, *ARTICLES[0], sides=("srv",))
    app = {"aid": "magazine-app", "duid": None, "uid": "ben"}
    for number in range(4):
        story.add(
            story.now - 600 + number * 90,
            e="se",
            p="mob",
            se_ca="reader",
            se_ac="swipe",
            se_la="cover",
            se_va=str(number),
            **app,
        )
    for value in ("first", "2nd", "x"):
        story.add(story.now - 60, e="pv", p="web", vid=value, url="https://magazine.example/")
    story.add(story.now - 50, e="pv", p="fridge", url="https://magazine.example/")
    story.add(story.now - 40, e="pv", p="web", url="https://magazine.example/%zz")


def tell(now, visitors=40):
    """All of it."""
    story = Story(now)
    crowd(story, visitors)
    others(story)
    reader(story)
    return story.events
