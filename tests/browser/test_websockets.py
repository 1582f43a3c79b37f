"""A websocket that a page opens in Chromium, on a real server: its events are the page's visitor's."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute

from tracking_middleware import StructuredEvent, Tracker, track
from tracking_middleware.starlette import TrackingMiddleware

from .conftest import served

PAGE = '<!doctype html><title>Chat</title><link rel="icon" href="data:,"><p>A chat'
SAY = """(text) => new Promise((done) => {
  window.chat ||= new WebSocket("/chat");
  const say = () => { chat.onmessage = (message) => done(message.data); chat.send(text); };
  chat.readyState === WebSocket.OPEN ? say() : chat.onopen = say;
})"""


async def chat(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(track(StructuredEvent("chat", text)))


@pytest.fixture
def port(sink):
    tracker = Tracker(
        collector_url=sink.url, app_id="site", identity="issue", secret_key="browser" * 5, linger=0.02
    )
    app = Starlette(
        routes=[Route("/", lambda request: HTMLResponse(PAGE)), WebSocketRoute("/chat", chat)],
        middleware=[Middleware(TrackingMiddleware, tracker=tracker)],
    )
    with served(app, None) as port:
        yield port
    tracker.close()


def test_what_is_said_in_it_is_the_visitors_while_it_is_open(port, sink, context):
    page = context.new_page()
    page.goto(f"http://localhost:{port}/")
    event_ids = [page.evaluate(SAY, text) for text in ("hello", "there")]
    events = sink.wait(lambda events: events if len(events) == 3 else None)
    view = next(event for event in events if event["e"] == "pv")
    chats = [event for event in events if event["e"] == "se"]
    assert [event["se_ac"] for event in chats] == ["hello", "there"]
    assert [event["eid"] for event in chats] == event_ids
    assert [event["duid"] for event in chats] == [view["duid"]] * 2
    assert {event["url"] for event in chats} == {f"http://localhost:{port}/chat"}
    assert {event["refr"] for event in chats} == {f"http://localhost:{port}/"}
    assert page.evaluate("chat.readyState") == 1
