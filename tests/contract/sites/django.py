"""The site in Django, for WSGI and for ASGI; settings are made once a process."""

from __future__ import annotations

import asyncio
import functools
import io

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.template import Context, Engine
from django.test import override_settings
from django.urls import include, path, re_path
from django.views import View

from tracking_middleware import current_page, untracked
from tracking_middleware.django import get_tracker, lifespan

from . import content

MIDDLEWARE = "tracking_middleware.django.TrackingMiddleware"


def configure(options):
    """Settings for this process; every site in it has the same tracker, as every Django process has."""
    if not settings.configured:
        settings.configure(
            ROOT_URLCONF=__name__,
            ALLOWED_HOSTS=["*"],
            SECRET_KEY="contract" * 5,
            TRACKING=options,
            LOGGING_CONFIG=None,
        )
        django.setup()


def page(request, **_rest):
    content.fill_page()
    return HttpResponse(content.HTML)


async def page_async(request, **_rest):
    content.fill_page()
    return HttpResponse(content.HTML)


def template(request):
    source = Engine().from_string("<p>template</p>{{ title }}")
    return HttpResponse(source.render(Context({"title": content.title_in_template})))


def skip(request):
    current_page().skip("staff")
    return page(request)


def keep(request):
    content.kept_pages.append(current_page())
    return page(request)


def track(request):
    return HttpResponse(content.order(request.META["QUERY_STRING"]))


def afterwards(request):
    response = HttpResponse("<p>thanks</p>")
    response._resource_closers.append(content.after_response)
    return response


tasks = set()


async def afterwards_async(request):
    """Django closes a response elsewhere than the view ran: what the view began is still in its context."""
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def later():
        await closed.wait()
        content.after_response()

    task = loop.create_task(later())
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    response = HttpResponse("<p>thanks</p>")
    response._resource_closers.append(lambda: loop.call_soon_threadsafe(closed.set))
    return response


def raises(request):
    raise content.SiteError("before the response")


def file(request):
    content.fill_page()
    return FileResponse(io.BytesIO(b"<p>a file</p>"), content_type="text/html")


def lazy():
    content.fill_page()
    yield b"<p>lazy</p>"


async def lazy_async():
    content.fill_page()
    yield b"<p>lazy</p>"


def cookies(request):
    response = HttpResponse("c")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


def _streamed(chunks, async_chunks):
    def view(request):
        is_async = hasattr(request, "scope")
        return StreamingHttpResponse(async_chunks() if is_async else chunks())

    return view


def export(request):
    chunks = content.async_exported() if hasattr(request, "scope") else content.exported()
    return StreamingHttpResponse(chunks, content_type="text/csv")


def _answered(make_response):
    return lambda request: make_response()


@untracked
class Untracked(View):
    def get(self, request):
        return page(request)


@untracked
class UntrackedAsync(View):
    async def get(self, request):
        return page(request)


def answering(view):
    """A decorator that answers in the view's place, as a cache does."""

    @functools.wraps(view)
    def answer(request):
        return page(request)

    return answer


urlpatterns = [
    path("untracked", untracked(page)),
    path("untracked-async", untracked(page_async)),
    path("untracked-lazy", untracked(_streamed(lazy, lazy_async))),
    path("untracked-raises", untracked(raises)),
    path("untracked-track", untracked(track)),
    path("untracked-class", Untracked.as_view()),
    path("untracked-async-class", UntrackedAsync.as_view()),
    path("untracked-above", answering(untracked(skip))),
    path(
        "untracked/", untracked(include([path("group", page), path("in/", include([path("group", page)]))]))
    ),
    untracked(path("untracked-pattern", page)),
    path("template", template),
    path("thread", page),
    path("async", page_async),
    path("skip", skip),
    path("keep", keep),
    path("raises", raises),
    path("track", track),
    path("afterwards", afterwards),
    path("afterwards-async", afterwards_async),
    path("export", export),
    path("file", file),
    path("cookies", cookies),
    path("streamed", _streamed(content.stream, content.async_stream)),
    path("breaks", _streamed(content.broken_stream, content.async_broken_stream)),
    path("slow", _streamed(content.slow_stream, content.async_slow_stream)),
    path("lazy", _streamed(lazy, lazy_async)),
    path("cached", _answered(lambda: HttpResponse("c", headers={"Cache-Control": content.PUBLIC}))),
    path("json", _answered(lambda: JsonResponse({}))),
    path("nothing", _answered(lambda: HttpResponse(status=204))),
    path("not-modified", _answered(lambda: HttpResponse(status=304))),
    path("missing", _answered(lambda: HttpResponse("none", status=404))),
    path("redirect", _answered(lambda: HttpResponseRedirect("/page"))),
    re_path(r"(?P<rest>.*)", page),
]


def make_wsgi(options):
    """The site under WSGI, tracked with these settings, or bare."""
    return _made(WSGIHandler, options)


def make_asgi(options):
    """The site under ASGI, tracked with these settings, or bare."""
    return _made(lambda: lifespan(ASGIHandler()), options)


def _made(make, options):
    """Each site with a tracker of its own, although a Django process has one."""
    get_tracker.cache_clear()
    with override_settings(MIDDLEWARE=[] if options is None else [MIDDLEWARE], TRACKING=options or {}):
        app = make()
        if options is not None:
            app.tracker = get_tracker()
    return app
