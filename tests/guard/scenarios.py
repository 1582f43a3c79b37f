"""What is counted: a scenario a function, whose name is that of its figure.

``wsgi``, ``asgi``, ``django`` and ``flask`` are a request's way through the middleware to the delivery;
``encode`` is the way of its event from there to the bytes that are sent, ``outbox`` to the file,
``deliver`` to the collector and its answer. ``bare`` is the driver and the site alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from . import driving, making
from .driving import Lane
from .making import CONSENTING, FILTERING, ISSUING, MASKING, PROXIED, asgi, delivering, wsgi

COLLECTOR = "GUARD_COLLECTOR"
"""The environment variable with the URL of a collector."""

# --- without the middleware ---


def bare_wsgi() -> Lane:
    return Lane(making.environs(making.visit), driving.serve_wsgi(driving.wsgi_site(making.no_view)))


def bare_asgi() -> Lane:
    return Lane(making.scopes(making.visit), driving.serve_asgi(driving.asgi_site(making.no_view)))


# --- the request path ---


def wsgi_page() -> Lane:
    return wsgi()


def wsgi_page_with_entity() -> Lane:
    return wsgi(making.title_and_entity)


def wsgi_static() -> Lane:
    return wsgi(visit=making.style_sheet, events=0)


def wsgi_issue_new() -> Lane:
    return wsgi(visit=making.newcomer, **ISSUING)


def wsgi_issue_returning() -> Lane:
    return wsgi(visit=making.returning, **ISSUING)


def wsgi_proxy() -> Lane:
    return wsgi(visit=making.proxied, **PROXIED)


def wsgi_mask_paths() -> Lane:
    return wsgi(**MASKING)


def wsgi_consent() -> Lane:
    return wsgi(**CONSENTING)


def wsgi_before_send() -> Lane:
    return wsgi(**FILTERING)


def wsgi_non_ascii() -> Lane:
    return wsgi(making.title_beyond_ascii, making.beyond_ascii)


def wsgi_track() -> Lane:
    return wsgi(making.tracking_view, events=2)


def asgi_page() -> Lane:
    return asgi()


def asgi_page_with_entity() -> Lane:
    return asgi(making.title_and_entity)


def asgi_xhr() -> Lane:
    return asgi(visit=making.xhr, events=0)


def asgi_issue_new() -> Lane:
    return asgi(visit=making.newcomer, **ISSUING)


def asgi_issue_returning() -> Lane:
    return asgi(visit=making.returning, **ISSUING)


def django_page() -> Lane:
    from . import django_site  # its settings are those of the whole process

    return django_site.lane()


def flask_page() -> Lane:
    from . import flask_site

    return flask_site.lane()


# --- from the buffer to bytes ---


def encode_page() -> Lane:
    return delivering()


def encode_page_with_entity() -> Lane:
    return delivering(making.title_and_entity)


def encode_issue_new() -> Lane:
    return delivering(visit=making.newcomer, **ISSUING)


def encode_proxy() -> Lane:
    return delivering(visit=making.proxied, **PROXIED)


def encode_mask_paths() -> Lane:
    return delivering(**MASKING)


def encode_before_send() -> Lane:
    return delivering(**FILTERING)


def encode_non_ascii() -> Lane:
    return delivering(making.title_beyond_ascii, making.beyond_ascii)


def encode_track() -> Lane:
    return delivering(making.tracking_view, events=2)


# --- further on ---


def outbox_page_with_entity() -> Lane:
    return delivering(making.title_and_entity, arrive="stored", outbox=making.fresh_file)


def deliver_page_with_entity() -> Lane:
    return delivering(making.title_and_entity, collector_url=os.environ[COLLECTOR])


SCENARIOS: tuple[Callable[[], Lane], ...] = (
    *(bare_wsgi, bare_asgi),
    *(wsgi_page, wsgi_page_with_entity, wsgi_static, wsgi_issue_new, wsgi_issue_returning, wsgi_proxy),
    *(wsgi_mask_paths, wsgi_consent, wsgi_before_send, wsgi_non_ascii, wsgi_track),
    *(asgi_page, asgi_page_with_entity, asgi_xhr, asgi_issue_new, asgi_issue_returning),
    *(django_page, flask_page),
    *(encode_page, encode_page_with_entity, encode_issue_new, encode_proxy, encode_mask_paths),
    *(encode_before_send, encode_non_ascii, encode_track),
    *(outbox_page_with_entity, deliver_page_with_entity),
)
"""All of them, in the order of the table."""
