"""Confidential values reach the collector, and nothing else that anybody gets to see."""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import json
import logging
import os
import pprint
import socket
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tracking_middleware import Tracker, current_page, current_tracker, track
from tracking_middleware import tracker as tracker_module
from tracking_middleware.delivery.sender import Sender
from tracking_middleware.exchange import exchange as exchange_module
from tracking_middleware.protocol import Encoder
from tracking_middleware.request import page as page_module
from tracking_middleware.request.page import current_exchange

from ..conftest import Sink
from .conftest import ADAPTERS, COOKIES, Site, wait_until
from .orders import KINDS, Canaries, Refusing, WithoutForm, order, wrong_supplier
from .sites import asgi, content
from .sites import django as django_site

EXAMPLES = int(os.environ.get("TRACKING_EXAMPLES", "40"))
"""Requests for each adapter."""


RENDERING = {"flask", "django-wsgi", "django-asgi"}
"""Whose template engines the contract's site uses."""
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Nothing is made smaller: where it waits in vain that would take for ever."""


class Host:
    """A server of an adapter's on which one app after the other stands."""

    def __init__(self, name):
        self.name = name
        self.app = None

        def serve_wsgi(environ, start_response):
            return self.app(environ, start_response)

        async def serve_asgi(scope, receive, send):
            if scope["type"] == "lifespan":
                await asgi.lifespan(receive, send)
            else:
                await self.app(scope, receive, send)

        is_wsgi = name in {"wsgi", "flask", "django-wsgi"}
        port, self.stop = ADAPTERS[name].serve(serve_wsgi if is_wsgi else serve_asgi)
        self.site = Site(name, port)

    def place(self, options):
        """An app with these settings; its tracker."""
        if self.name.startswith("django"):
            self.app = ADAPTERS[self.name].make(options)
            return self.app.tracker
        tracker = Tracker(**options)
        self.app = ADAPTERS[self.name].make({"tracker": tracker})
        return tracker


@pytest.fixture(scope="module", params=list(ADAPTERS))
def host(request):
    django_site.configure({})
    host = Host(request.param)
    yield host
    host.stop()


@pytest.fixture(scope="module")
def confidential_sink():
    sink = Sink()
    yield sink
    sink.close()


@dataclass
class Seen:
    """All that somebody might get to see."""

    texts: list[str] = field(default_factory=list)

    def add(self, *things: Any) -> None:
        for thing in things:
            self.texts += [f"{thing}", repr(thing), pprint.pformat(thing, width=1)]

    def shows(self, canaries):
        everything = "\n".join(self.texts)
        return [text for text in canaries.texts if any(form in everything for form in _forms(text))]


def _forms(text):
    """A text as it is, in hexadecimal, and within base64 at whatever offset."""
    yield text
    yield binascii.hexlify(text.encode()).decode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + text.encode())
        yield encoded[4 if offset else 0 : -4].decode()


class _Records(logging.Handler):
    """Keeps each record as the usual formatter writes it, and all that it carries."""

    def __init__(self, seen):
        super().__init__(logging.NOTSET)
        self._seen = seen

    def emit(self, record):
        self._seen.texts += [self.format(record), repr(record.__dict__)]


@contextlib.contextmanager
def everything_logged(seen):
    """Let every logger say all it has to say, into ``seen``; so does what is printed."""
    handler = _Records(seen)
    loggers = [logging.getLogger(name) for name in (None, "uvicorn", "uvicorn.error")]
    levels = [logger.level for logger in loggers]
    printed = io.StringIO()
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stderr(printed), contextlib.redirect_stdout(printed):
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
        seen.texts.append(printed.getvalue())


@dataclass
class Visit:
    """What the view of one request does with its orders."""

    attached: Any
    tracked: Any
    beside: Any
    wrong: Any
    end: Any
    seen: Seen
    is_over: bool = False

    def fill_page(self):
        """In the place of what the contract's site does in its views."""
        current_page().attach(self.attached)
        track(self.tracked, entities=[self.beside])
        current_page().attach(self.wrong)
        track(self.wrong)
        track(self.tracked, at=self.wrong)
        self._show()
        self.is_over = True
        self.end(self.attached)

    def title_in_template(self):
        """What the template shows."""
        self.fill_page()
        return self.attached

    def _show(self):
        tracker = current_tracker()
        self.seen.add(self.attached, [self.tracked], {"order": self.beside}, current_page(), tracker)
        self.seen.add(self.wrong, current_exchange(), tracker.settings, tracker.stats(), tracker.health())
        self.seen.add(tracker.seal(), current_page().seal(), list(self.attached.__rich_repr__()))
        if hasattr(self.attached, "__repr_args__"):  # by which pydantic's models are shown
            self.seen.add(list(self.attached.__repr_args__()))
        logger = logging.getLogger("shop")
        logger.warning("placed %s and %r", self.attached, {"order": self.tracked})
        logger.warning("placed %(order)s", {"order": self.attached})
        logger.info(self.attached, extra={"order": self.beside})
        try:
            raise LookupError(self.attached, f"{self.tracked}")
        except LookupError:
            logger.exception("not placed")


def goes_well(_order):
    """The view answers."""


def raises_formatted(order):
    raise content.SiteError(f"{order} {order!r} {order!s} {order:>10}" + "{0} {0!r}".format(order))  # noqa: UP032


def raises_it(order):
    raise content.SiteError(order, [order])


def raises_from(order):
    try:
        raise content.SiteError("%s" % order)  # noqa: UP031
    except content.SiteError as error:
        error.add_note(f"{[order]}")
        raise KeyError(order) from error


def asserts(order):
    if order is not None:  # as an assert would, which pytest rewrites
        raise AssertionError(order)


ENDS = (goes_well, raises_formatted, raises_it, raises_from, asserts)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with tracking: in the settings, at the collector, or a bug of ours that quotes."""

    name: str
    options: Any = None
    judge: Any = None
    patch: Any = None
    is_tracked: bool = True
    """Whether the event is recorded."""
    is_page_recorded: bool = True
    is_attached: bool = True
    """Whether the page view has what the view attached."""
    is_sent: bool = True
    """Whether what is recorded gets as far as the collector."""


def _quoting(*arguments, **_options):
    raise ZeroDivisionError(*[text for thing in arguments for text in (f"{thing}", repr(thing))])


def _broken_outbox(folder):
    path = folder / "broken.sqlite3"
    path.write_bytes(b"this is no database, but long enough to be read as one" * 100)
    return path


def _nobody():
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _statuses(status):
    return lambda _events: status


FAULTS = (
    Fault("none"),
    Fault("collector down", lambda folder: {"collector_url": _nobody()}, is_sent=False),
    *(Fault(f"collector answers {status}", judge=_statuses(status)) for status in (400, 401, 413, 503)),
    Fault("before_send raises", lambda folder: {"before_send": _quoting}, is_sent=False),
    Fault("before_send gives text", lambda folder: {"before_send": lambda event: f"{event}"}, is_sent=False),
    Fault("outbox corrupt", lambda folder: {"outbox": _broken_outbox(folder)}),
    Fault("outbox", lambda folder: {"outbox": folder / "outbox.sqlite3"}),
    Fault("bug in encoding", patch=(Encoder, "encode"), is_sent=False),
    Fault("bug in sending", patch=(Sender, "_post"), is_sent=False),
    Fault("bug in attach", patch=(page_module, "encode_entity"), is_attached=False),
    Fault("bug in track", patch=(tracker_module, "prepare"), is_tracked=False),
    Fault("bug in entities", patch=(tracker_module, "encode_entities"), is_tracked=False),
    Fault("bug in capture", patch=(exchange_module, "CapturedPageView"), is_page_recorded=False),
)


@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
def test_is_shown_to_the_collector_and_nobody_else(host, confidential_sink, tmp_path_factory, data):
    sink, seen = confidential_sink, Seen()
    seed = data.draw(st.integers(0, 2**64), "seed")
    canaries = {name: Canaries(seed + n) for n, name in enumerate(("page", "event", "wrong"))}
    fault = data.draw(st.sampled_from(FAULTS), "fault")
    path = data.draw(st.sampled_from(["/page", "/template"]), "path")
    visit = _visit(data, canaries, seen)
    options = {
        "collector_url": sink.url,
        "app_id": "confidential",
        "linger": 0.01,
        "debug": data.draw(st.booleans(), "debug"),
        "identity": "issue",
        "secret_key": "a key that is secret and long enough",
        "server_timing": True,
        "before_send": lambda event: seen.add(event, list(event.__rich_repr__())) or event,
        **(fault.options(tmp_path_factory.mktemp("fault")) if fault.options else {}),
    }
    with pytest.MonkeyPatch.context() as patch, everything_logged(seen):
        sink.requests.clear()
        sink.judge = fault.judge or _statuses(200)
        if fault.patch:
            patch.setattr(*fault.patch, _quoting)
        patch.setattr(content, "fill_page", visit.fill_page)
        patch.setattr(content, "title_in_template", visit.title_in_template)
        tracker = host.place(options)
        if hasattr(host.app, "debug"):
            host.app.debug = data.draw(st.booleans(), "the framework's debug")
        try:
            answer = host.site.get(path, Cookie=data.draw(st.sampled_from(["", COOKIES]), "cookie"))
            _wait(fault, visit, tracker, sink, canaries)
            seen.add(tracker, tracker.stats(), tracker.health())
        finally:
            tracker.close(0.05)
    seen.texts.append(f"{answer.status}\n{answer.headers}\n{answer.body.decode()}")
    assert visit.is_over
    assert answer.status == (200 if visit.end is goes_well else 500)
    for name, values in canaries.items():
        assert seen.shows(values) == [], name
    assert "margin=***" in "".join(seen.texts)
    if path == "/template" and visit.end is goes_well and host.name in RENDERING:
        assert b"margin=***" in answer.body


def _visit(data, canaries, seen):
    kinds = st.sampled_from(KINDS)

    def draw_order(name, found):
        return order(
            data.draw(kinds, f"kind of {name}"),
            found,
            is_special=data.draw(st.booleans(), f"{name} is special"),
            is_full=data.draw(st.booleans(), f"{name} is full"),
        )

    return Visit(
        attached=draw_order("attached", canaries["page"]),
        tracked=draw_order("tracked", canaries["event"]),
        beside=draw_order("beside", canaries["event"]),
        wrong=wrong_supplier(
            data.draw(kinds, "kind of wrong"),
            canaries["wrong"],
            data.draw(st.sampled_from([WithoutForm, Refusing]), "what is wrong"),
        ),
        end=data.draw(st.sampled_from(ENDS), "end"),
        seen=seen,
    )


def _wait(fault, visit, tracker, sink, canaries):
    """Until the collector has all that it is sent, or else until nothing more will happen."""
    has_page = fault.is_page_recorded and visit.end is goes_well
    wait_until(lambda: tracker.stats()["recorded"] == has_page + fault.is_tracked)
    expected = list(canaries["event"].texts) if fault.is_tracked else []
    expected += canaries["page"].texts if has_page and fault.is_attached else []
    if fault.is_sent:
        sink.wait(lambda _events: _are_posted(expected, sink))
    tracker.flush(0.1)
    assert not any(_are_posted([text], sink) for text in canaries["wrong"].texts)


def _are_posted(texts, sink):
    posted = json.dumps([request["body"] for request in sink.requests])
    return all(text in posted for text in texts)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("name", [name for name in ADAPTERS if name.startswith("django")])
def test_djangos_debug_page_shows_an_order_in_a_views_variables_without_them(name, kind, monkeypatch, sink):
    django_site.configure({})
    canaries = Canaries(len(name))

    def fill_page():
        placed = order(kind, canaries, is_special=True, is_full=True)
        several = [placed, {"order": placed}]
        current_page().attach(placed)
        track(placed, entities=several[:1])
        raise content.SiteError(placed)

    monkeypatch.setattr(content, "fill_page", fill_page)
    host = Host(name)
    try:
        tracker = host.place({"collector_url": sink.url, "app_id": "confidential", "linger": 0.01})
        with override_settings(DEBUG=True):
            answer = host.site.get("/page")
        page = answer.body.decode()
        assert answer.status == 500
        for variable in ("placed", "several"):
            assert f"<td>{variable}</td>" in page
        assert "margin=***" in page
        seen = Seen([page, str(answer.headers)])
        assert seen.shows(canaries) == []
        sink.wait(lambda _events: _are_posted(canaries.texts, sink))
    finally:
        tracker.close(1)
        host.stop()
