"""The site in Starlette, and in FastAPI; sync endpoints run in a thread of the framework's."""

from __future__ import annotations

import tempfile
from pathlib import Path

import fastapi
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route, Router

from tracking_middleware import Tracker, current_page, untracked
from tracking_middleware.starlette import TrackingMiddleware

from . import content

FILE = Path(tempfile.gettempdir()) / "tracking-middleware-contract.html"


async def page(request):
    content.fill_page()
    return HTMLResponse(content.HTML)


def threaded(request):
    content.fill_page()
    return HTMLResponse(content.HTML)


def template(request):
    content.title_in_template()
    return HTMLResponse("<p>template</p>")


async def skip(request):
    current_page().skip("staff")
    return await page(request)


async def keep(request):
    content.kept_pages.append(current_page())
    return await page(request)


async def raises(request):
    raise content.SiteError("before the response")


def too_late():
    current_page().title = "too late"


async def background(request):
    content.fill_page()
    return HTMLResponse(content.HTML, background=BackgroundTask(too_late))


async def track(request):
    return HTMLResponse(content.order(request.url.query))


def track_in_thread(request):
    return HTMLResponse(content.order(request.url.query))


async def afterwards(request):
    return HTMLResponse("<p>thanks</p>", background=BackgroundTask(content.after_response))


async def download(request):
    return Response("a,b", media_type="text/csv", background=BackgroundTask(content.after_response))


async def export(request):
    return StreamingResponse(content.exported(), media_type="text/csv")


async def file(request):
    content.fill_page()
    FILE.write_bytes(b"<p>a file</p>")
    return FileResponse(FILE)


async def lazy():
    content.fill_page()
    yield b"<p>lazy</p>"


async def cookies(request):
    response = HTMLResponse("c")
    for cookie in content.COOKIES:
        response.headers.append("Set-Cookie", cookie)
    return response


def _streamed(chunks):
    async def view(request):
        return StreamingResponse(chunks(), media_type="text/html")

    return view


def _answered(make_response):
    async def view(request):
        return make_response()

    return view


VIEWS = {
    "/template": template,
    "/thread": threaded,
    "/skip": skip,
    "/keep": keep,
    "/raises": raises,
    "/background": background,
    "/file": file,
    "/track": track,
    "/track-in-thread": track_in_thread,
    "/afterwards": afterwards,
    "/export": export,
    "/download": download,
    "/cookies": cookies,
    "/streamed": _streamed(content.async_stream),
    "/breaks": _streamed(content.async_broken_stream),
    "/slow": _streamed(content.async_slow_stream),
    "/lazy": _streamed(lazy),
    "/cached": _answered(lambda: HTMLResponse("c", headers={"Cache-Control": content.PUBLIC})),
    "/json": _answered(lambda: JSONResponse({})),
    "/nothing": _answered(lambda: Response(status_code=204)),
    "/not-modified": _answered(lambda: Response(status_code=304)),
    "/missing": _answered(lambda: HTMLResponse("none", status_code=404)),
    "/redirect": _answered(lambda: RedirectResponse("/page")),
}


@untracked
class Untracked(HTTPEndpoint):
    async def get(self, request):
        return await page(request)


async def grouped(request):
    return await page(request)


def grouped_by_route(request):
    return threaded(request)


UNTRACKED = {
    "/untracked": untracked(page),
    "/untracked-thread": untracked(threaded),
    "/untracked-lazy": untracked(_streamed(lazy)),
    "/untracked-raises": untracked(raises),
    "/untracked-track": untracked(track),
    "/untracked-class": Untracked,
}
VIEWS.update(UNTRACKED)


METHODS = {path: ["GET", "POST"] for path in ("/track", "/track-in-thread", "/afterwards", "/export")}


async def passing(request, call_next):
    """A BaseHTTPMiddleware, which runs the app in another task."""
    return await call_next(request)


def _group():
    router = untracked(Router())
    router.add_route("/group", grouped)
    return router


def make(options):
    """The site in Starlette, tracked with these settings, or bare."""
    routes = [Route(path, view, methods=METHODS.get(path)) for path, view in VIEWS.items()]
    routes.append(Mount("/untracked", app=_group()))
    routes.append(untracked(Mount("/untracked-mount", routes=[Route("/group", grouped)])))
    routes.append(untracked(Route("/untracked-route", grouped_by_route)))
    routes.append(Mount("/mounted", routes=[Route("/page", page)]))
    routes.append(Route("/{path:path}", page))
    passing_on = Middleware(BaseHTTPMiddleware, dispatch=passing)
    if options is None:
        return Starlette(routes=routes, middleware=[passing_on])
    tracker = options.get("tracker") or Tracker(**options)
    app = Starlette(routes=routes, middleware=[Middleware(TrackingMiddleware, tracker=tracker), passing_on])
    app.tracker = tracker
    return app


def _include_untracked(app):
    group = untracked(fastapi.APIRouter(default_response_class=HTMLResponse))
    within = fastapi.APIRouter(default_response_class=HTMLResponse)

    def fill():
        content.fill_page()
        return content.HTML

    def forbid():
        raise content.ForbiddenError("before the view")

    @group.get("/group")
    def view(html: str = fastapi.Depends(fill)):
        return html

    @group.get("/mended")
    def never(html: str = fastapi.Depends(forbid)):
        return html

    @within.get("/group")
    async def view_within():
        return fill()

    group.include_router(within, prefix="/in")
    late = untracked(fastapi.FastAPI())
    late.add_route("/group", grouped)
    app.mount("/untracked/mounted", late)
    app.include_router(group, prefix="/untracked")
    app.add_exception_handler(content.ForbiddenError, page_of_error)

    @untracked
    @app.get("/untracked-above", response_class=HTMLResponse)
    def above(html: str = fastapi.Depends(fill)):
        return html

    @app.get("/untracked-below", response_class=HTMLResponse)
    @untracked
    def below(html: str = fastapi.Depends(fill), *, number: int = 3):
        assert number == 3
        return html


async def page_of_error(request, error):
    return await page(request)


def make_fastapi(options):
    """The site in FastAPI, tracked with these settings, or bare."""
    app = fastapi.FastAPI()
    for path, view in VIEWS.items():
        app.add_route(path, view, methods=METHODS.get(path))
    _include_untracked(app)
    inner = fastapi.FastAPI()
    inner.add_route("/page", page)
    app.mount("/mounted", inner)
    app.add_route("/{path:path}", page)
    if options is not None:
        app.add_middleware(TrackingMiddleware, **options)
    return app
