"""The site as a plain ASGI app."""

from __future__ import annotations

from tracking_middleware import current_page, untracked
from tracking_middleware.asgi import ASGIMiddleware

from . import content

HTML_TYPE = (b"content-type", b"text/html; charset=utf-8")


async def site(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    path = scope["path"].removeprefix("/mounted")
    if path in UNTRACKED:
        await UNTRACKED[path]({**scope, "path": path.replace("untracked-", "")}, receive, send)
        return
    if path == "/track":
        await respond(send, 200, [HTML_TYPE], content.order(scope["query_string"].decode()))
    elif path == "/afterwards":
        await respond(send, 200, [HTML_TYPE], b"<p>thanks</p>")
        content.after_response()
    elif path == "/download":
        await respond(send, 200, [(b"content-type", b"text/csv")], b"a,b")
        content.after_response()
    elif path == "/export":
        await stream(send, content.async_exported(), (b"content-type", b"text/csv"))
    elif path in STREAMS:
        await stream(send, STREAMS[path]())
    elif path == "/raises":
        raise content.SiteError("before the response")
    else:
        status, headers, body = answer(path)
        await respond(send, status, headers, body)
        if path == "/background":
            current_page().title = "too late"


async def lifespan(receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def respond(send, status, headers, body):
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def stream(send, chunks, content_type=HTML_TYPE):
    await send({"type": "http.response.start", "status": 200, "headers": [content_type]})
    async for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def lazy():
    content.fill_page()
    yield b"<p>lazy</p>"


STREAMS = {
    "/streamed": content.async_stream,
    "/breaks": content.async_broken_stream,
    "/slow": content.async_slow_stream,
    "/lazy": lazy,
}


def answer(path):
    if path in ANSWERS:
        return ANSWERS[path]
    body = content.HTML.encode()
    if path == "/template":
        content.title_in_template()
        body = b"<p>template</p>"
    elif path == "/skip":
        current_page().skip("staff")
    elif path == "/keep":
        content.kept_pages.append(current_page())
    if path != "/template":
        content.fill_page()
    return 200, [HTML_TYPE, (b"content-length", str(len(body)).encode())], body


ANSWERS = {
    "/json": (200, [(b"content-type", b"application/json"), (b"content-length", b"2")], b"{}"),
    "/nothing": (204, [], b""),
    "/not-modified": (304, [(b"etag", b'"1"')], b""),
    "/missing": (404, [HTML_TYPE, (b"content-length", b"4")], b"none"),
    "/redirect": (302, [(b"location", b"/page"), (b"content-length", b"0")], b""),
    "/cached": (
        200,
        [HTML_TYPE, (b"cache-control", content.PUBLIC.encode()), (b"content-length", b"1")],
        b"c",
    ),
    "/cookies": (
        200,
        [
            HTML_TYPE,
            *((b"set-cookie", cookie.encode()) for cookie in content.COOKIES),
            (b"content-length", b"1"),
        ],
        b"c",
    ),
}


class App:
    """An app that is an object, or a class of such."""

    async def __call__(self, scope, receive, send):
        await site({**scope, "path": "/page"}, receive, send)


async def site_page(scope, receive, send):
    await site({**scope, "path": "/page"}, receive, send)


UNTRACKED = {
    "/untracked": untracked(site_page),
    "/untracked-lazy": untracked(site),
    "/untracked-class": untracked(type("Untracked", (App,), {}))(),
    "/untracked/group": untracked(App()),
    "/untracked-raises": untracked(site),
    "/untracked-track": untracked(site),
}


def make(options):
    """The site, tracked with these settings, or bare."""
    return site if options is None else ASGIMiddleware(site, **options)
