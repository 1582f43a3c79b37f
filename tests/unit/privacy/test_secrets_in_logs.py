"""What is secret in a URL reaches no log, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tracking_middleware import Settings, SettingsError, StructuredEvent, Tracker, current_page, track
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.request.view import RequestView
from tracking_middleware.tally import Tally
from tracking_middleware.wsgi import WSGIMiddleware

SECRET = "S3cr3tOfTheVisitor"
LINE_BREAK = "line\r\nbreak"


class Lines(logging.Handler):
    """All that is logged, as a file would have it."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter())
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture(scope="module")
def lines():
    logger, handler = logging.getLogger("tracking_middleware"), Lines()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler.lines
    logger.removeHandler(handler)
    logger.setLevel(before)


class SiteError(Exception):
    pass


def quoting(value):
    """A hook of the application's that fails, and quotes all it knows."""
    raise SiteError(f"{value!r} {getattr(value, 'path', '')} {getattr(value, 'headers', '')}")


class Quoting:
    """A text of the application's that cannot be rendered."""

    def __str__(self):
        raise SiteError(current_page().url, current_page().referrer)


def attach_what_cannot_be():
    current_page().attach(
        {"schema": "iglu:com.acme/a/jsonschema/1-0-0", "data": {"a": object(), SECRET: SECRET}}
    )


HOOKS = {
    "none": {},
    "consent": {"consent": quoting},
    "user_id": {"user_id": quoting},
    "before_send": {"before_send": quoting},
    "rewrite_url": {"rewrite_url": quoting},
    "rewriting": {"rewrite_url": lambda url: f"https://b/?again=%2Freset%2F{SECRET}%2F"},
    "excluded": {"exclude": ["/**"]},
    "excluded, rewriting": {"exclude": ["/**"], "rewrite_url": lambda url: None},
}


@pytest.fixture(scope="module")
def trackers():
    shared = {"collector_url": "log:", "app_id": "a", "linger": 0.01, "mask_paths": ["/reset/<token>/"]}
    made = {name: Tracker(debug=True, **shared, **options) for name, options in HOOKS.items()}
    yield made
    for tracker in made.values():
        tracker.close()


def misuse(how):
    """What a view may do, right and wrong."""
    page = current_page()
    track(StructuredEvent("a", "b"))
    if how == "title":
        page.title = Quoting()
    elif how == "set":
        page.url, page.referrer = f"https://a.example/reset/{SECRET}", f"https://{SECRET}@a.example/"
    elif how == "attach":
        attach_what_cannot_be()
        track({"schema": "iglu:com.acme/a/jsonschema/1-0-0", "data": {SECRET: object()}})
    elif how == "skip":
        page.skip(LINE_BREAK)
    elif how == "raise":
        raise SiteError(page.url, page.referrer)


def over_wsgi(tracker, path, query, referrer, how):
    def app(environ, start_response):
        misuse(how)
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"hello"]

    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "RAW_URI": f"{path}?{query}",
        "QUERY_STRING": query,
        "wsgi.url_scheme": "https",
        "HTTP_HOST": "www.example.test",
        "HTTP_ACCEPT": "text/html",
        "HTTP_REFERER": referrer,
        "REMOTE_ADDR": "203.0.113.9",
    }
    with contextlib.suppress(SiteError):
        answer = WSGIMiddleware(app, tracker=tracker)(environ, lambda *_: None)
        list(answer)
        if hasattr(answer, "close"):
            answer.close()


def over_asgi(tracker, path, query, referrer, how):
    async def app(scope, receive, send):
        misuse(how)
        headers = [(b"content-type", b"text/html")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"hello"})

    async def send(message):
        """Nobody reads it."""

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (b"host", b"www.example.test"),
            (b"accept", b"text/html"),
            (b"referer", referrer.encode()),
        ],
        "client": ("203.0.113.9", 1),
    }
    with contextlib.suppress(SiteError):
        asyncio.run(ASGIMiddleware(app, tracker=tracker)(scope, None, send))


paths = st.sampled_from(
    ["/", f"/reset/{SECRET}/", f"/re%73et/{SECRET}", f"//RESET//{SECRET}/x", f"/a;sid={SECRET}/b"]
)
names = st.sampled_from(["token", "TOKEN", "pass%77ord", "user[password]", "email", "sessionid"])
nested = st.sampled_from(
    [f"next=/login?token={SECRET}", f"next={quote(f'/reset/{SECRET}/')}", f"next=/reset/{SECRET}"]
)
queries = st.just("a=1") | nested | names.map(lambda name: f"a=1&{name}={SECRET}")
origins = st.sampled_from(
    ["https://www.example.test", f"https://{SECRET}@www.example.test", f"https://u:{SECRET}@b"]
)
referrers = st.builds(
    lambda origin, path, query, fragment: f"{origin}{path}?{query}#{fragment}",
    origins,
    paths,
    queries,
    queries,
)
hows = st.sampled_from(["well", "title", "set", "attach", "skip", "raise"])


@hypothesis_settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(HOOKS)), st.sampled_from([over_wsgi, over_asgi]), paths, queries, referrers, hows
)
@example("none", over_wsgi, "/", f"token={SECRET}", f"https://b/reset/{SECRET}", "well")
@example("rewriting", over_asgi, f"/reset/{SECRET}/", "a=1", f"https://u:{SECRET}@b/", "well")
@example("excluded, rewriting", over_asgi, f"/unknown/{SECRET}/", "a=1", f"https://b/?token={SECRET}", "well")
def test_no_secret_and_no_line_break_reaches_a_log(lines, trackers, hook, serve, path, query, referrer, how):
    del lines[:]
    tracker = trackers[hook]
    contextvars.Context().run(serve, tracker, path, query, referrer, how)
    assert tracker.flush(10) == 0
    said = [*lines, repr(tracker.stats()), repr(tracker.health())]
    assert not [line for line in said if SECRET in line or "\n" in line or "\r" in line]
    if hook.startswith("excluded"):
        assert any("not tracked: GET" in line for line in lines)
    elif hook == "none" and how == "well":
        assert any('"url":"https://www.example.test' in line for line in lines)


def test_a_bug_of_ours_is_told_by_its_place_without_its_message(lines):
    del lines[:]
    tally = Tally()
    try:
        quoting(SECRET)
    except SiteError:
        tally.failure("here")
    assert len(lines) == 1
    assert "tracking failed in here" in lines[0]
    assert "SiteError < " in lines[0]
    assert "test_secrets_in_logs.py:" in lines[0]
    assert SECRET not in lines[0]
    assert "\n" not in lines[0]


def test_what_a_request_brings_is_one_short_line(lines):
    del lines[:]
    with Tracker(collector_url="log:", app_id="a") as tracker:
        view = RequestView(
            method=LINE_BREAK,
            scheme="https",
            host="a",
            path=f"/{LINE_BREAK}" + "x" * 5000,
            query="",
            headers={},
            peer="",
            native_source=dict,
        )
        contextvars.Context().run(lambda: tracker.begin(view).finish("complete"))
    assert lines[0].startswith("not tracked: line  break '/line%0D%0Abreakxxx")
    assert lines[0].endswith("x...': method ")
    assert len(lines[0]) < 600


@pytest.mark.parametrize("rest", ["", "/a", "?key=hunter2", "/a?key=hunter2#x"])
@pytest.mark.parametrize("name", ["collector_url", "public_url"])
def test_a_url_with_credentials_is_refused_without_saying_them(name, rest):
    right = {"collector_url": "log:", "app_id": "a"}
    for url in (f"https://me:hunter2@example.test{rest}", f"https://example.test:x/?key=hunter2{rest}"):
        with pytest.raises(SettingsError) as caught:
            Settings.from_mapping({**right, name: url})
        assert "hunter2" not in str(caught.value)
        assert f"{name} must be" in str(caught.value)
