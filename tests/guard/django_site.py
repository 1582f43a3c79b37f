"""The scenario in Django; settings are made once a process."""

from __future__ import annotations

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from . import driving, making
from .driving import Lane, Nowhere


def _page(_request: HttpRequest) -> HttpResponse:
    making.title_and_entity()
    return HttpResponse("<!doctype html><p>A page</p>")


urlpatterns = [re_path("^articles/", _page)]


def lane() -> Lane:
    """A page with a title and an entity, and no other middleware."""
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="a long random text that stays secret",
        MIDDLEWARE=["tracking_middleware.django.TrackingMiddleware"],
        TRACKING={"collector_url": "http://127.0.0.1:9", "app_id": "guard"},
        LOGGING_CONFIG=None,
    )
    django.setup()
    from tracking_middleware.django import get_tracker

    delivery = Nowhere()
    get_tracker().divert(lambda _own: delivery)
    serve = driving.serve_wsgi(WSGIHandler())
    return Lane(making.environs(making.visit), serve, delivery.expect(1))
