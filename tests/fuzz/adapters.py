"""The adapters' targets: a hostile request, and an app that uses what it was sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from tracking_middleware import Article, Settings, StructuredEvent, TokenError, Tracker, current_page
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.privacy.consent import consent_cookie
from tracking_middleware.request import page as page_module
from tracking_middleware.wsgi import WSGIMiddleware

from . import mutator
from .oracle import Delivery, check_added, check_events
from .serving import answered, called, environ_of, run, scope_of

COMMON = {
    "collector_url": "log:",
    "app_id": "fuzz",
    "secret_key": "a long random text of the fuzzer",
    "debug": True,
    "server_timing": True,
    "opt_out_cookie": "optout",
    "consent": consent_cookie("consent", missing="full"),
    "user_id": lambda request: request.cookies.get("user", request.headers.get("user-agent")),
}
MASKS = ("/reset/<token>/", "/files/<path:rest>", "/**/u-<name>-*x*/*a*a<id>a*")


def _rewritten(url):
    """An application's own hook, which now and then leaves a URL out, fails, or gives nonsense."""
    if "%00" in url:
        raise AppError
    if "evil" in url:
        return None
    return url.upper() if "ff" in url else url.replace("/page", "/\ud800?utm_source=" + "ü" * 300)


VARIANTS = (  # a new setting that sees what visitors send goes into one of these
    {},
    {"identity": "issue", "cookie_domain": "example.test"},
    {"identity": "issue", "tracker_compat": "3", "consent": None},
    {"identity": "issue", "cookie_domain": "auto", "dnt": "none", "track_prefetch": True},
    {
        "public_url": "https://a.example.test",
        "include": "/static/**",
        "gpc": "ignore",
        "track_prefetch": True,
    },
    {"identity": "issue", "cookie_domain": "example.test", "trusted_proxies": 1, "anonymize_ip": True},
    {"agents": "all", "agents_sample": 0.9, "trusted_proxies": 1, "identity": "issue", "tracker_compat": "3"},
    {"trusted_proxies": 2, "mask_paths": MASKS, "rewrite_url": _rewritten},
    {"trusted_proxies": ["10.0.0.0/8", "unix"], "mask_paths": MASKS, "exclude": ["**/a/**/b", "/x*b*c"]},
    {"identity": "issue", "trusted_proxies": ["10.0.0.1"], "anonymize_ip": True, "scrub_query": []},
)

_STATUSES = (200, 200, 200, 200, 200, 204, 302, 304, 404, 500)
_CACHES = (
    None,
    None,
    None,
    "private",
    "no-store",
    "public",
    'private="a',
    "s-maxage=1, private",
    ",,=;",
    "\xff",
)


@cache
def settings():
    """The variants, each as Settings."""
    return tuple(Settings.from_mapping({**COMMON, **variant}) for variant in VARIANTS)


@dataclass(frozen=True)
class Answer:
    """What the app answers, and what it tells the page before."""

    status: int
    headers: list
    chunks: tuple = (b"<p>", b"hello")
    raises: bool = False
    writes: dict = field(default_factory=dict)
    calls: tuple = ()


def answer_to(random, request):
    """An answer that is made from the request."""
    headers = [("Content-Type", random.choice(("text/html", "text/html; charset=utf-8", "application/json")))]
    if random.random() < 0.9:
        headers[0] = ("Content-Type", "text/html")
    if (control := random.choice(_CACHES)) is not None:
        headers.append(("Cache-Control", control))
    if random.random() < 0.05:
        headers.append(("Content-Disposition", random.choice(("inline", "attachment", ";", '\xff="a;'))))
    status = random.choice(_STATUSES)
    if status == 302:
        headers.append(("Location", "/" + request.target.hex()[:2000]))
    sent = [request.target, *(value for _, value in request.headers)]

    def text():
        return mutator.text_of(random, random.choice(sent))

    names = [name for name in ("title", "url", "referrer", "user_id") if random.random() < 0.3]
    writes = {name: text() for name in names}
    if random.random() < 0.05:
        writes["consent"] = random.choice(("full", "anonymous", text()))
    calls = tuple((kind, text(), text()) for kind in _CALLS if random.random() < 0.1)
    return Answer(status, headers, raises=random.random() < 0.03, writes=writes, calls=calls)


def tell(answer, tracker):
    """What the app does with the current page."""
    page = current_page()
    for name, value in answer.writes.items():
        setattr(page, name, value)
    for kind, text, other in answer.calls:
        _CALLS[kind](page, tracker, text, other)
    if answer.raises:
        raise AppError


class AppError(Exception):
    """The app's own."""


def _seal(page, tracker, text, _other):
    token = page.seal()
    assert tracker is None or tracker.unseal(token)
    if tracker is not None:
        try:
            tracker.unseal(text[:20] + token[20:])
        except TokenError:
            return
        assert text[:20] == token[:20], "a token that was changed is taken"


def _track(_page, tracker, text, other):
    if tracker is not None:
        entities = [Article(id=other[:255])]
        tracker.track(StructuredEvent(text, other, text, other), key=text, entities=entities)


_CALLS = {
    "attach": lambda page, _tracker, text, other: page.attach(
        Article(id=text[:255], tags=[other[:255]], author=other[:1024])
    ),
    "attach_dict": lambda page, _tracker, text, other: page.attach(
        {"schema": "iglu:com.acme/a/jsonschema/1-0-0", "data": {"text": text, other[:50]: [text]}}
    ),
    "attach_junk": lambda page, _tracker, text, other: page.attach({"schema": text, "data": other}),
    "skip": lambda page, _tracker, text, _other: page.skip(text),
    "seal": _seal,
    "track": _track,
}


def new_tracker(random):
    """A tracker of its own for the case, so that what is told once a process is told in each."""
    page_module.enter_exchange(page_module._outside)
    delivery = Delivery()
    return Tracker(random.choice(settings()), delivery=delivery, clock=lambda: 1_700_000_000.5), delivery


# --- WSGI ---


def wsgi(random, _log):
    request = mutator.mutated(random, {"GET"})
    answer = answer_to(random, request)
    tracker, delivery = new_tracker(random)
    is_lazy = random.random() < 0.2

    def app(_environ, start_response):
        def late():
            tell(answer, tracker)
            start_response(f"{answer.status} X", answer.headers)
            yield from answer.chunks

        if is_lazy:
            return late()
        tell(answer, tracker)
        start_response(f"{answer.status} X", answer.headers)
        return list(answer.chunks)

    status, headers, content = answered(WSGIMiddleware(app, tracker=tracker), environ_of(random, request))
    if answer.raises:
        assert (status, headers) == ("AppError", []), f"the app raised, and this came: {status}"
    else:
        assert (status, content) == (f"{answer.status} X", b"".join(answer.chunks)), f"{status}: {content!r}"
        check_added(answer.headers, headers)
    return check_events(delivery, tracker)


# --- ASGI ---


def asgi(random, _log):
    request = mutator.mutated(random, {"GET"})
    answer = answer_to(random, request)
    tracker, delivery = new_tracker(random)
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers]
    messages = [
        {"type": "http.response.start", "status": answer.status, "headers": headers},
        *({"type": "http.response.body", "body": chunk, "more_body": True} for chunk in answer.chunks),
        {"type": "http.response.body", "body": b""},
    ]

    async def app(_scope, _receive, send):
        tell(answer, tracker)
        for message in messages:
            await send(message)

    scope = scope_of(random, request)
    sent, raised = run(called(ASGIMiddleware(app, tracker=tracker), scope))
    if answer.raises:
        assert (sent, raised) == ([], "AppError"), f"the app raised, and this came: {raised} {sent}"
    else:
        assert not raised, f"{raised} was raised"
        check_added(headers, list(sent[0]["headers"]))
        assert [{**sent[0], "headers": headers}, *sent[1:]] == messages, "the messages changed"
    return check_events(delivery, tracker)
