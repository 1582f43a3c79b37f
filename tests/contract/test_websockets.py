"""A websocket is no page view, and what is tracked in it is its visitor's, and does not wait for its end."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing

import pytest
from fastapi import FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from tracking_middleware import StructuredEvent, Tracker, current_page, track
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.starlette import TrackingMiddleware

from .conftest import COOKIES, KEY, PERSON, SESSION

HANDSHAKE = {
    "type": "websocket",
    "scheme": "wss",
    "path": "/chat",
    "raw_path": b"/chat",
    "query_string": b"room=1",
    "headers": [
        (b"host", b"127.0.0.1"),
        (b"cookie", COOKIES.encode()),
        (b"origin", b"https://127.0.0.1"),
        (b"user-agent", b"Contract/1.0"),
    ],
    "client": ("192.0.2.7", 4711),
    "server": ("127.0.0.1", 443),
    "subprotocols": [],
}
CONNECT = {"type": "websocket.connect"}
LEAVE = {"type": "websocket.disconnect", "code": 1000}


def said(text):
    return {"type": "websocket.receive", "text": text}


async def bare(scope, receive, send):
    """Tracks what is said."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        hear(message["text"])
        await send({"type": "websocket.send", "text": message["text"]})


async def endpoint(websocket: WebSocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        hear(text)
        await websocket.send_text(text)


def hear(text):
    if text.startswith("consent="):
        current_page().consent = text.partition("=")[2]
    elif text == "fail":
        raise LookupError("the app's own")
    else:
        track(StructuredEvent("chat", text))


def starlette_app():
    return Starlette(routes=[WebSocketRoute("/chat", endpoint)])


def fastapi_app():
    app = FastAPI()
    app.websocket("/chat")(endpoint)
    return app


APPS = {
    "asgi": (ASGIMiddleware, lambda: bare),
    "starlette": (TrackingMiddleware, starlette_app),
    "fastapi": (TrackingMiddleware, fastapi_app),
}


@pytest.fixture(params=APPS)
def talk(request, sink):
    """Speaks to an app that tracks what it hears; ``heard`` looks at the tracker and what was sent so far."""
    adapter, make_app = APPS[request.param]
    trackers = []

    def talk(*words, handshake=HANDSHAKE, heard=lambda tracker, sent: None, **settings):
        given = {"collector_url": sink.url, "app_id": "chat", "secret_key": KEY, "linger": 60, **settings}
        tracker = Tracker(**given)
        trackers.append(tracker)
        waiting, sent = [CONNECT, *map(said, words), LEAVE], []

        async def receive():
            if len(waiting) <= len(words):
                heard(tracker, sent)
            return waiting.pop(0)

        async def send(message):
            sent.append(message)

        asyncio.run(adapter(make_app(), tracker=tracker)(dict(handshake), receive, send))
        return tracker, sent

    yield talk
    for tracker in trackers:
        tracker.close()


def events_of(tracker, sink):
    assert tracker.flush() == 0
    return sink.events


def test_its_events_are_its_visitors(talk, sink):
    tracker, sent = talk("hello")
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.send"]
    (event,) = events_of(tracker, sink)
    assert (event["e"], event["se_ac"]) == ("se", "hello")
    assert (event["duid"], event["sid"], event["vid"]) == (PERSON, SESSION, "3")
    assert (event["ip"], event["ua"]) == ("192.0.2.7", "Contract/1.0")
    assert (event["url"], event["refr"]) == ("https://127.0.0.1/chat?room=1", "https://127.0.0.1/")
    assert "co" not in event or "web_page" not in event["co"]


def test_it_is_no_page_view_and_says_so(talk, sink):
    tracker, _ = talk()
    assert events_of(tracker, sink) == []
    assert tracker.stats()["skipped"] == {"websocket": 1}


def test_an_event_leaves_while_it_is_open(talk):
    seen = []
    talk("one", "two", heard=lambda tracker, sent: seen.append(tracker.stats()["recorded"]))
    assert seen[-1] == 2


def test_an_awaited_consent_lets_events_leave_while_it_is_open(talk, sink):
    async def consent(view):
        await asyncio.sleep(0)
        return "anonymous" if "room=1" in view.query else "full"

    seen = []
    tracker, _ = talk(
        "one", "two", consent=consent, heard=lambda tracker, sent: seen.append(tracker.stats()["recorded"])
    )
    assert seen[-1] == 2
    assert [event["se_ac"] for event in events_of(tracker, sink)] == ["one", "two"]
    assert all("duid" not in event for event in sink.events)


def test_an_awaited_user_id_is_in_each_event(talk, sink):
    async def user_id(view):
        await asyncio.sleep(0)
        return view.cookies["sp"][:4]

    tracker, _ = talk("one", "two", user_id=user_id)
    assert [event["uid"] for event in events_of(tracker, sink)] == ["b1f7", "b1f7"]
    assert "user_id_failed" not in tracker.stats()["errors"]


def test_consent_holds_from_when_it_is_said(talk, sink):
    tracker, _ = talk("one", "consent=none", "two", "consent=full", "three")
    assert [event["se_ac"] for event in events_of(tracker, sink)] == ["one", "three"]
    assert tracker.stats()["skipped"] == {"consent_none": 1, "websocket": 1}


def test_an_opt_out_in_the_handshake_holds(talk, sink):
    handshake = {**HANDSHAKE, "headers": [*HANDSHAKE["headers"], (b"sec-gpc", b"1")]}
    tracker, _ = talk("one", handshake=handshake, gpc="none")
    assert events_of(tracker, sink) == []
    assert tracker.stats()["skipped"] == {"consent_none": 1, "websocket": 1}


def test_the_applications_exception_passes(talk, sink):
    with pytest.raises(LookupError, match="the app's own"):
        talk("one", "fail", linger=0.01)
    assert sink.wait_for("/chat")["se_ac"] == "one"


@pytest.mark.parametrize("origin", [b"null", b"https://", b"http://[oops", b"httpx"])
def test_an_origin_that_hides_itself_or_is_none_is_left_out(talk, sink, origin):
    headers = [(name, origin if name == b"origin" else value) for name, value in HANDSHAKE["headers"]]
    tracker, _ = talk("one", handshake={**HANDSHAKE, "headers": headers})
    (event,) = events_of(tracker, sink)
    assert "refr" not in event
    assert "url_invalid" not in tracker.stats()["errors"]


def test_consent_is_asked_with_the_frameworks_own_connection(talk, sink):
    seen = []

    def consent(view):
        native = view.native
        seen.append(dict(native)["path"])
        return "full"

    talk("one", consent=consent)
    assert seen == ["/chat"]


def test_a_subject_sealed_in_it_is_its_visitor(sink):
    tokens = []

    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        tokens.append(current_page().seal())

    with closing(Tracker(collector_url=sink.url, app_id="chat", secret_key=KEY)) as tracker:
        asyncio.run(ASGIMiddleware(app, tracker=tracker)(dict(HANDSHAKE), None, lambda _: asyncio.sleep(0)))
        assert tracker.unseal(tokens[0]).domain_userid == PERSON


def test_an_event_after_its_end_is_its_visitors_too(sink):
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})
        track(StructuredEvent("chat", "during"))
        tasks.append(asyncio.create_task(later()))

    async def later():
        await over.wait()
        track(StructuredEvent("chat", "after"))

    async def main(middleware):
        nonlocal over
        over = asyncio.Event()
        await middleware(dict(HANDSHAKE), None, lambda _: asyncio.sleep(0))
        over.set()
        await asyncio.gather(*tasks)

    tasks, over = [], None
    with closing(Tracker(collector_url=sink.url, app_id="chat")) as tracker:
        asyncio.run(main(ASGIMiddleware(app, tracker=tracker)))
    assert [event["duid"] for event in sink.events] == [PERSON, PERSON]


def test_an_outer_adapter_has_it(sink):
    with closing(Tracker(collector_url=sink.url, app_id="chat")) as tracker:
        app = ASGIMiddleware(ASGIMiddleware(bare, tracker=tracker), tracker=tracker)
        waiting = [CONNECT, said("one"), LEAVE]

        async def receive():
            return waiting.pop(0)

        asyncio.run(app(dict(HANDSHAKE), receive, lambda _: asyncio.sleep(0)))
        assert tracker.stats()["skipped"] == {"nested": 1, "websocket": 1}
    assert json.dumps(sink.events).count("one") == 1
