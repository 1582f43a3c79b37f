"""The site as a plain WSGI app."""

from __future__ import annotations

import os
import tempfile

from tracking_middleware import Tracker, current_page, untracked
from tracking_middleware.wsgi import WSGIMiddleware

from . import content

HTML_TYPE = ("Content-Type", "text/html; charset=utf-8")


def site(environ, start_response):
    path = environ["PATH_INFO"]
    if path.startswith("/mounted"):
        inner = {**environ, "SCRIPT_NAME": "/mounted", "PATH_INFO": path.removeprefix("/mounted")}
        return site(inner, start_response)
    return ROUTES.get(path, page)(environ, start_response)


def page(environ, start_response):
    content.fill_page()
    body = content.HTML.encode()
    start_response("200 OK", [HTML_TYPE, ("Content-Length", str(len(body)))])
    return [body]


def template(environ, start_response):
    content.title_in_template()
    return answer("200 OK", [HTML_TYPE], b"<p>template</p>")(environ, start_response)


def streamed(environ, start_response):
    start_response("200 OK", [HTML_TYPE])
    return content.stream()


def lazy(environ, start_response):
    # a generator that calls start_response when its first chunk is asked for
    content.fill_page()
    start_response("200 OK", [HTML_TYPE])
    yield b"<p>lazy</p>"


def breaks(environ, start_response):
    start_response("200 OK", [HTML_TYPE])
    return content.broken_stream()


def slow(environ, start_response):
    start_response("200 OK", [HTML_TYPE])
    return content.slow_stream()


def raises(environ, start_response):
    raise content.SiteError("before the response")


def file(environ, start_response):
    content.fill_page()
    handle = tempfile.TemporaryFile()  # noqa: SIM115 (the server closes it)
    handle.write(b"<p>a file</p>")
    handle.seek(0)
    start_response("200 OK", [HTML_TYPE, ("Content-Length", "13")])
    return environ["wsgi.file_wrapper"](handle)


def written(environ, start_response):
    content.fill_page()
    write = start_response("200 OK", [HTML_TYPE])
    write(b"<p>written</p>")
    return []


def track(environ, start_response):
    body = content.order(environ["QUERY_STRING"])
    start_response("200 OK", [HTML_TYPE, ("Content-Length", str(len(body)))])
    return [body]


class Afterwards:
    """A body that has something to do when it was sent."""

    def __init__(self, body):
        self.body = body

    def __iter__(self):
        yield self.body

    def close(self):
        content.after_response()


def afterwards(environ, start_response):
    start_response("200 OK", [HTML_TYPE])
    return Afterwards(b"<p>thanks</p>")


def export(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/csv")])
    return content.exported()


def skip(environ, start_response):
    current_page().skip("staff")
    return page(environ, start_response)


def keep(environ, start_response):
    content.kept_pages.append(current_page())
    return page(environ, start_response)


class App:
    """An app that is an object, or a class of such."""

    def __call__(self, environ, start_response):
        return page(environ, start_response)


def answer(status, headers, body):
    def route(environ, start_response):
        start_response(status, headers)
        return [body] if body else []

    return route


ROUTES = {
    "/template": template,
    "/streamed": streamed,
    "/lazy": lazy,
    "/breaks": breaks,
    "/slow": slow,
    "/raises": raises,
    "/file": file,
    "/written": written,
    "/skip": skip,
    "/untracked": untracked(page),
    "/untracked-lazy": untracked(lazy),
    "/untracked-class": untracked(type("Untracked", (App,), {}))(),
    "/untracked/group": untracked(App()),
    "/untracked-raises": untracked(raises),
    "/untracked-track": untracked(track),
    "/track": track,
    "/afterwards": afterwards,
    "/export": export,
    "/keep": keep,
    "/json": answer("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")], b"{}"),
    "/nothing": answer("204 No Content", [], b""),
    "/not-modified": answer("304 Not Modified", [("ETag", '"1"')], b""),
    "/missing": answer("404 Not Found", [HTML_TYPE, ("Content-Length", "4")], b"none"),
    "/redirect": answer("302 Found", [("Location", "/page"), ("Content-Length", "0")], b""),
    "/cached": answer(
        "200 OK", [HTML_TYPE, ("Cache-Control", content.PUBLIC), ("Content-Length", "1")], b"c"
    ),
    "/cookies": answer(
        "200 OK",
        [HTML_TYPE, *(("Set-Cookie", cookie) for cookie in content.COOKIES), ("Content-Length", "1")],
        b"c",
    ),
}


def make(options):
    """The site, tracked with these settings, or bare."""
    return site if options is None else WSGIMiddleware(site, **options)


if "TRACKING_COLLECTOR_URL" in os.environ:  # under gunicorn, in a process of its own
    application = WSGIMiddleware(WSGIMiddleware(site, tracker=Tracker.from_env()), tracker=Tracker.from_env())
