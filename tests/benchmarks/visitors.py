"""Who comes to the benchmarked site and for what: no visitor, URL or cookie ever comes twice."""

from __future__ import annotations

import hashlib
import itertools
import random
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

HOST = "www.example.com"
ROOT_DOMAIN = "example.com"
_SUFFIX = hashlib.sha1(f"{ROOT_DOMAIN}/".encode(), usedforsecurity=False).hexdigest()[:4]

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
_SUBJECTS = ("transport", "libraries", "weather", "chess", "gardens", "rivers", "bread")
_AUTHORS = ("Ada Byron", "Mina Loy", "Zora Hurston", "Émile Zola", "José Martí")
_LANGUAGES = ("en-GB,en;q=0.8", "de-DE,de;q=0.9,en;q=0.6", "fr-FR,fr;q=0.9", "pl,en-US;q=0.7,en;q=0.3")


@dataclass(frozen=True, slots=True)
class Story:
    """What the site knows of an article: the fields of ``Article``, and its headline."""

    headline: str
    id: str
    subject: str
    tags: tuple[str, ...]
    author: str
    length: int
    written: date
    published: datetime
    section: str
    language: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site answers."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, and what the site will answer; header names are lower case."""

    story: Story
    answer: Answer
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    address: str
    method: str = "GET"

    @property
    def is_page(self) -> bool:
        """Whether the site's view of an article runs."""
        return self.answer is PAGE


def _answer(status: int, reason: str, content_type: str, body: bytes) -> Answer:
    headers = (("Content-Type", content_type), ("Content-Length", str(len(body))))
    return Answer(status, reason, headers, body)


PAGE = _answer(
    200, "OK", "text/html; charset=utf-8", b"<!doctype html><title>An article</title>" + b"<p>" * 700
)
_STYLE = _answer(200, "OK", "text/css", b"p{margin:0}" * 100)
_JSON = _answer(200, "OK", "application/json", b'{"comments": []}')
_REDIRECT = Answer(303, "See Other", (("Location", "/articles/"), ("Content-Length", "0")), b"")


class Visitors:
    """A stream of people, the same in each run: ``seed`` names the stream."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)

    def with_cookies(self) -> Visit:
        """Someone in a living session, with the cookies that version 4 of the JavaScript tracker writes."""
        now = int(time.time())
        fields = (
            self._uuid(),
            now - self._random.randrange(86_400, 7_776_000),
            self._random.randrange(1, 40),
            now - self._random.randrange(1, 1_000),
            now - 86_400,
            self._uuid(),
            self._uuid(),
            self._uuid(),
            (now - 1_500) * 1000,
            self._random.randrange(1, 30),
        )
        value = ".".join(map(str, fields))
        return self._visit((f"_sp_id.{_SUFFIX}={value}", f"_sp_ses.{_SUFFIX}=*"))

    def new(self) -> Visit:
        """Someone whose cookies are the site's own, and none the tracker's."""
        return self._visit(())

    def back(self, visit: Visit, set_cookies: Iterable[str]) -> Visit:
        """The same person with the cookies that an answer set, at another URL."""
        given = [cookie.partition(";")[0] for cookie in set_cookies]
        cookie = "; ".join([_header(visit, "cookie"), *given])
        here = self.new()
        return replace(here, headers=_with(visit.headers, cookie=cookie, referer=_header(here, "referer")))

    def for_a_style_sheet(self) -> Visit:
        """A browser that fetches a static file."""
        visit = self.with_cookies()
        headers = _with(
            visit.headers, accept="text/css,*/*;q=0.1", sec_fetch_dest="style", sec_fetch_mode="no-cors"
        )
        path = f"/static/site.{next(self._numbers):08x}.css"
        return replace(visit, path=path, query="", headers=headers, answer=_STYLE)

    def by_script(self) -> Visit:
        """A script on a page that asks for data (XHR)."""
        visit = self.with_cookies()
        headers = _with(
            visit.headers, accept="application/json", sec_fetch_dest="empty", sec_fetch_mode="cors"
        )
        return replace(
            visit,
            path=f"/comments/{next(self._numbers)}",
            headers=(*headers, ("x-requested-with", "XMLHttpRequest")),
            answer=_JSON,
        )

    def posting(self) -> Visit:
        """Someone who sends a form."""
        visit = self.with_cookies()
        headers = (
            *visit.headers,
            ("content-type", "application/x-www-form-urlencoded"),
            ("content-length", "0"),
            ("origin", f"https://{HOST}"),
        )
        return replace(visit, method="POST", headers=headers, answer=_REDIRECT)

    def _visit(self, tracker_cookies: tuple[str, ...]) -> Visit:
        number, some = next(self._numbers), self._random
        language, version = some.choice(_LANGUAGES), some.randrange(110, 140)
        headers = (
            ("host", HOST),
            ("connection", "keep-alive"),
            ("sec-ch-ua", f'"Chromium";v="{version}", "Not=A?Brand";v="24"'),
            ("sec-ch-ua-mobile", "?0"),
            ("sec-ch-ua-platform", '"Linux"'),
            ("upgrade-insecure-requests", "1"),
            # since version 101 Chrome says no more of itself than that: many have the same
            ("user-agent", f"{_BROWSER} Chrome/{version}.0.0.0 Safari/537.36"),
            (
                "accept",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            ),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-user", "?1"),
            ("sec-fetch-dest", "document"),
            ("referer", f"https://{HOST}/{some.choice(_SUBJECTS)}/?page={number}"),
            ("accept-encoding", "gzip, deflate, br, zstd"),
            ("accept-language", language),
            ("cookie", self._cookie(number, tracker_cookies)),
            ("priority", "u=0, i"),
        )
        return Visit(
            story=self._story(number, language),
            answer=PAGE,
            path=f"/articles/{number}-night-trains-return",
            query=f"page={number % 7}&utm_source=newsletter&utm_campaign={some.randrange(10**6)}",
            headers=headers,
            address=f"198.51.{number // 250 % 250}.{number % 250}",
        )

    def _cookie(self, number: int, tracker_cookies: tuple[str, ...]) -> str:
        return "; ".join(
            (
                f"_ga=GA1.2.{self._random.getrandbits(30)}.{1_700_000_000 + number}",
                f"sessionid={self._random.getrandbits(128):032x}",
                "consent=full",
                *tracker_cookies,
                f"theme={'dark' if number % 2 else 'light'}",
            )
        )

    def _story(self, number: int, language: str) -> Story:
        some = self._random
        day = date(2026, 1, 1) + timedelta(days=number % 300)
        return Story(
            headline=f"Night trains return to the northern line, part {number}",
            id=f"{number}-night-trains-return",
            subject=some.choice(_SUBJECTS),
            tags=(some.choice(_SUBJECTS), "long read", f"part {number}"),
            author=some.choice(_AUTHORS),
            length=some.randrange(200, 4_000),
            written=day,
            published=datetime(day.year, day.month, day.day, 6, tzinfo=UTC),
            section="news",
            language=language[:2],
        )

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self._random.getrandbits(128), version=4)


def _header(visit: Visit, name: str) -> str:
    return next(value for key, value in visit.headers if key == name)


def _with(headers: Iterable[tuple[str, str]], **changes: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, changes.get(name.replace("-", "_"), value)) for name, value in headers)
