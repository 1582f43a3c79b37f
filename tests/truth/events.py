"""From visits to events of both sides, as lines of enriched TSV, with what is true of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from tracking_middleware.journeys.sources.columns import COLUMNS

from .people import Life, Visit, new_id, people, visits
from .world import DAY, HOUR, Truth, World

_WEB_PAGE = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
_CROSSING = "iglu:com.snowplowanalytics.snowplow/cross_navigation/jsonschema/1-0-0"
_CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
_BROWSERS = {
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Chrome": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0",
}
_SITE = "https://shop.example/p"
_BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
_BROWSER, _SERVER = "js-4.6.0", "tracking-middleware-0.1.0"

Event = dict[str, object]


def write_world(world: World, path: Path) -> Truth:
    """Write the events of a world, in the order in which a collector got them, and say what is true."""
    making = _Making(world)
    events = sorted(making.events(), key=lambda event: str(event["collector_tstamp"]))
    with path.open("w") as stream:
        for event in events:
            stream.write("\t".join(str(event.get(name) or "") for name in COLUMNS) + "\n")
    making.settle()
    making.truth.events = len(events)
    return making.truth


def moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


class _Making:
    """One world being made."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.random = Random(world.seed)
        self.truth = Truth()
        self._joined: dict[str, str] = {}
        self._users: dict[str, set[str]] = {}

    def events(self) -> Iterator[Event]:
        everybody = people(self.world, self.random)
        for visit in visits(self.world, self.random, everybody):
            for event in self._session(visit):
                yield event
                if self.random.random() < self.world.duplicated:
                    yield {**event, "collector_tstamp": _later(str(event["collector_tstamp"]))}
        yield from self._bots()

    def settle(self) -> None:
        """When all is known that was seen: whose sessions leave a trace, and which belong together."""
        truth = self.truth
        for session, life in truth.life_of.items():
            browser, person = self._joined[life], truth.person_of[session]
            seen = self._users.get(browser, set())
            truth.is_traced[session] = not truth.is_shared[session] or len(seen) > 1
            truth.is_left[session] = truth.is_shared[session] and session not in truth.user_of_session
            if truth.is_shared[session]:
                is_known, alone = session in truth.user_of_session, session
            else:
                is_known, alone = person in seen, browser
            truth.trace_of[session] = f"{person} {'known' if is_known else alone}"

    def _session(self, visit: Visit) -> Iterator[Event]:
        random, world, truth = self.random, self.world, self.truth
        life = visit.device.life(visit.at)
        life.sessions += 1
        session = new_id(random)
        truth.person_of[session], truth.life_of[session] = visit.person.name, life.domain_userid
        truth.is_shared[session] = visit.device.is_shared
        self._join(life)
        count = max(1, round(random.expovariate(1 / world.views)))
        login_at = random.randrange(count) if visit.is_logged_in else None
        pages = [
            f"https://shop.example/p/{random.randrange(world.urls)}?b=2&a={n % 2}" for n in range(world.pages)
        ]
        at, url, title = visit.at, pages[0], "Page"
        first_is_late = random.random() < world.session_id_late
        for number in range(count):
            if number and random.random() >= world.reloads:
                url = random.choice(pages)
            ids = self._ids(visit, life, session, is_known=login_at is not None and number >= login_at)
            late = {**ids, "domain_sessionid": None, "domain_sessionidx": None}
            server_ids = late if number == 0 and first_is_late else ids
            yield from self._view(
                visit, at, {"page_url": url, "page_title": title}, (ids, server_ids), session
            )
            at += 0.2 + random.expovariate(1 / world.loads)
        if random.random() < world.orders:
            yield from self._return(visit, at, life, session)

    def _ids(self, visit: Visit, life: Life, session: str, *, is_known: bool) -> Event:
        return {
            "app_id": "shop",
            "domain_userid": life.domain_userid,
            "domain_sessionid": session,
            "domain_sessionidx": life.sessions,
            "network_userid": life.network_userid or new_id(self.random),
            "user_id": visit.person.name if is_known else None,
        }

    def _view(
        self, visit: Visit, at: float, page: Event, ids: tuple[Event, Event], session: str
    ) -> Iterator[Event]:
        """One load of a page as the server and as the browser tell of it."""
        random, world = self.random, self.world
        family = "Firefox" if visit.device.clock > 0 else "Chrome"
        page = {**page, "useragent": _BROWSERS[family], "br_family": family}
        page_id = new_id(random)
        is_shared_id = random.random() < world.page_ids
        server = None
        if random.random() >= world.unseen_server:
            tnuid = ids[1]["network_userid"] if visit.device.life(visit.at).network_userid else None
            web_page = page_id if is_shared_id else new_id(random)
            server = self._event(
                at, "srv", "page_view", {**page, **ids[1], "network_userid": tnuid}, web_page
            )
            self._seen(server, session)
            self.truth.served += 1
            yield server
        if visit.person.is_blocking or random.random() < world.lost_browser:
            return
        shown = at + random.lognormvariate(0, 0.5)
        told = shown + visit.device.clock
        browser = self._event(told, "web", "page_view", {**page, **ids[0]}, page_id)
        self._seen(browser, session)
        if server is not None:
            self.truth.pairs.add((str(server["event_id"]), str(browser["event_id"])))
        yield browser
        if random.random() < 0.3:
            ping = self._event(told + 10, "web", "page_ping", {**page, **ids[0]}, page_id)
            self._seen(ping, session)
            yield {**ping, "pp_yoffset_max": 400, "br_viewheight": 600, "doc_height": 2000}

    def _return(self, visit: Visit, at: float, life: Life, session: str) -> Iterator[Event]:
        """What comes off the browser, weeks later, with the token of the order."""
        user = self.truth.user_of_session.get(session)
        crossing = {"domain_user_id": life.domain_userid, "timestamp": moment(at), "session_id": session}
        entity = {"schema": _CROSSING, "data": {**crossing, "reason": "hand_off"}}
        when = at + self.random.uniform(3, 30) * DAY
        data = {"app_id": "shop", "domain_userid": life.domain_userid, "user_id": user}
        event = self._event(when, "srv", "unstruct", data, None)
        contexts = {"schema": _CONTEXTS, "data": [entity]}
        yield {**event, "event_name": "order_returned", "contexts": json.dumps(contexts)}

    def _bots(self) -> Iterator[Event]:
        """Some keep their cookie and come often, others never had one."""
        random = self.random
        for number in range(round(self.world.persons * self.world.bots)):
            cookie = new_id(random) if number % 2 else None
            at = 1_767_225_600.0 + random.uniform(0, self.world.days) * DAY
            for _ in range(40):
                at += random.expovariate(1 / 20)
                page = {"page_url": f"{_SITE}/{random.randrange(self.world.urls)}"}
                ids = {"app_id": "shop", "domain_userid": cookie, "useragent": _BOT, "br_family": "Googlebot"}
                yield self._event(at, "srv", "page_view", {**page, **ids}, new_id(random))

    def _event(self, at: float, platform: str, event: str, columns: Event, web_page: str | None) -> Event:
        random = self.random
        delay = random.uniform(1, 20) * DAY if random.random() < self.world.late else random.uniform(0.05, 2)
        entity = {"schema": _WEB_PAGE, "data": {"id": web_page}}
        contexts = json.dumps({"schema": _CONTEXTS, "data": [entity]}) if web_page else None
        return {
            **columns,
            "platform": platform,
            "event": event,
            "event_name": event,
            "event_vendor": "com.snowplowanalytics.snowplow",
            "event_id": new_id(random),
            "dvce_created_tstamp": moment(at),
            "derived_tstamp": moment(at),
            "collector_tstamp": moment(at + delay),
            "v_tracker": _BROWSER if platform == "web" else _SERVER,
            "contexts": contexts,
        }

    def _seen(self, event: Event, session: str) -> None:
        self.truth.session_of[str(event["event_id"])] = session
        if event["user_id"]:
            life, user = self.truth.life_of[session], str(event["user_id"])
            self._users.setdefault(self._joined[life], set()).add(user)
            self.truth.user_of_session[session] = user
            self.truth.last_user_of[life] = user

    def _join(self, life: Life) -> None:
        """Lives that a network_userid outlived are one trace."""
        self._joined.setdefault(life.domain_userid, life.domain_userid)
        if life.network_userid is not None:
            self._joined[life.domain_userid] = self._joined.setdefault(
                life.network_userid, life.domain_userid
            )


def _later(at: str) -> str:
    given = datetime.strptime(at, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
    return moment(given.timestamp() + HOUR)
