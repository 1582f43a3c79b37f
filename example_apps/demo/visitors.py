"""Visitors with the cookies that the JavaScript tracker writes, and what they do on each site."""

from __future__ import annotations

import hashlib
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import httpx

from .browser import tell_page_view

MASK = "***"
"""What the collector shows of a value that the shop's schemas call confidential."""

BROWSER_HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.8",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "none",
}


@dataclass(frozen=True)
class ExpectedPageView:
    """A page view that a visit must bring; ``entity`` is a part of the data of one of its entities."""

    path: str
    title: str
    entity: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class ExpectedEvent:
    """Another event that a visit must bring, with a part of its data, or of that of an entity.

    One without a browser has no session of its own: it says in an entity where its subject came from.
    """

    name: str
    data: dict = field(hash=False)
    entity: dict = field(default_factory=dict, hash=False)
    user_id: str | None = None
    has_browser: bool = True


@dataclass(frozen=True)
class Visit:
    """The steps on one site, and the site's own ``commands`` afterwards, where there is no browser.

    A step is a path to open; a form that is sent is ``POST /path field=value&…``.
    """

    site: str
    steps: tuple[str, ...]
    expected: tuple[ExpectedPageView | ExpectedEvent, ...]
    secrets: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


VISITS = (
    Visit(
        site="newsroom",
        steps=("/", "/articles/night-trains-return/", "/articles/a-library-without-doors/"),
        expected=(
            ExpectedPageView("/", "The Newsroom"),
            ExpectedPageView(
                "/articles/night-trains-return/",
                "Night trains return to the northern line",
                {"subject": "transport", "author": "Ada Byron", "written": "2026-03-14", "length": 32},
            ),
            ExpectedPageView(
                "/articles/a-library-without-doors/",
                "A library without doors",
                {"tags": ["libraries", "architecture"]},
            ),
        ),
    ),
    Visit(
        site="shop",
        steps=(
            "/",
            "/products/RS-1",
            "POST /basket/RS-1 size=M",
            "POST /checkout customer=123",
            "POST /basket/WS-2 quantity=60",
            "POST /checkout customer=123",
        ),
        commands=("flask --app shop returns 1 RS-1 --channel 'click and collect'",),
        expected=(
            ExpectedPageView("/", "The Shop"),
            ExpectedPageView("/products/RS-1", "Red sweater"),
            ExpectedPageView("/basket", "Your basket", {"margin": MASK, "total": 59.9}),
            ExpectedEvent("fraud_checked", {"order": 1, "score": MASK, "is_declined": False}, user_id="123"),
            ExpectedEvent("order_placed", {"order": 1, "total": 59.9}, {"margin": MASK}, user_id="123"),
            ExpectedPageView("/orders/1", "Thank you"),
            ExpectedPageView("/basket", "Your basket", {"margin": MASK, "total": 750}),
            ExpectedEvent("fraud_checked", {"order": 2, "score": MASK, "is_declined": True}, user_id="123"),
            ExpectedEvent("order_declined", {"order": 2, "total": 750}, {"margin": MASK}, user_id="123"),
            ExpectedPageView("/orders/2", "Not accepted"),
            ExpectedEvent(
                "order_returned",
                {"name": "Red sweater", "size": "M", "channel": "click and collect"},
                {"reason": "hand_off"},
                user_id="123",
                has_browser=False,
            ),
        ),
        secrets=("38.55", "21.35", "564", "0.06", "0.75"),
    ),
    Visit(
        site="magazine",
        steps=("/", "/essays/on-slowness", "/long-read"),
        expected=(
            ExpectedPageView("/", "The Magazine"),
            ExpectedPageView("/essays/on-slowness", "On slowness", {"author": "Mina Loy"}),
            ExpectedPageView("/long-read", "A map of the town", {"subject": "long read", "length": 14}),
        ),
    ),
)


def take_step(browser: httpx.Client, step: str) -> httpx.Response:
    """Open a page or send a form."""
    if not step.startswith("POST "):
        return browser.get(step)
    _, path, *form = step.split(" ", 2)
    return browser.post(path, data=dict(parse_qsl(form[0])) if form else {})


class Visitor:
    """Someone in the middle of a third session."""

    def __init__(self) -> None:
        self.domain_userid = str(uuid.uuid4())
        self.domain_sessionid = str(uuid.uuid4())

    def cookies(self, host: str) -> dict[str, str]:
        """As version 4 of the tracker has them after the fifth event of the session, with consent."""
        now = int(time.time())
        suffix = hashlib.sha1(f"{host}/".encode(), usedforsecurity=False).hexdigest()[:4]
        fields = (
            self.domain_userid,
            now - 90 * 86_400,
            3,
            now - 20,
            now - 7 * 86_400,
            self.domain_sessionid,
            uuid.uuid4(),
            uuid.uuid4(),
            (now - 300) * 1000,
            5,
        )
        id_value = ".".join(map(str, fields))
        return {f"_sp_id.{suffix}": id_value, f"_sp_ses.{suffix}": "*", "consent": "full"}

    def ids(self) -> dict[str, str]:
        """The same in the tracker's own events."""
        return {"duid": self.domain_userid, "sid": self.domain_sessionid, "vid": "3"}

    def make(self, visit: Visit, address: str, collector: str) -> list[str]:
        """Go through the steps; the HTML of each page, which the browser tells the collector of.

        Raises httpx.HTTPError where a page fails.
        """
        pages = []
        with httpx.Client(
            base_url=address,
            headers=BROWSER_HEADERS,
            cookies=self.cookies(httpx.URL(address).host),
            follow_redirects=True,
            timeout=10,
        ) as browser:
            for step in visit.steps:
                response = take_step(browser, step)
                response.raise_for_status()
                pages.append(response.text)
                tell_page_view(collector, visit.site, response, self.ids())
        return pages
