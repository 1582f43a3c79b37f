"""An app of the other interface is told when it is wrapped, where it surely is one."""

from __future__ import annotations

import functools
from unittest.mock import Mock

import pytest
from flask import Flask
from starlette.applications import Starlette

from tracking_middleware import TrackingError
from tracking_middleware.asgi import ASGIMiddleware
from tracking_middleware.wsgi import WSGIMiddleware


async def asgi_app(scope, receive, send):
    """Is never called: how it could be is what counts."""


def passing_on(scope, receive, send):
    return asgi_app(scope, receive, send)


def wsgi_app(environ, start_response):
    """Is never called either."""


@pytest.mark.parametrize(
    "app",
    [asgi_app, functools.partial(asgi_app), Starlette(), passing_on, ASGIMiddleware(asgi_app, enabled=False)],
)
def test_an_asgi_app_is_none_of_wsgi(app):
    with pytest.raises(TrackingError, match=r"around an ASGI app$"):
        WSGIMiddleware(app, enabled=False)
    assert ASGIMiddleware(app, enabled=False).app is app


@pytest.mark.parametrize(
    "app", [wsgi_app, Flask("shop"), Flask("shop").wsgi_app, WSGIMiddleware(wsgi_app, enabled=False)]
)
def test_a_wsgi_app_is_none_of_asgi(app):
    with pytest.raises(TrackingError, match=r"around a WSGI app$"):
        ASGIMiddleware(app, enabled=False)
    assert WSGIMiddleware(app, enabled=False).app is app


@pytest.mark.parametrize("app", [lambda *given: None, Mock(), print])
def test_what_may_be_either_is_taken(app):
    assert ASGIMiddleware(app, enabled=False).app is app
    assert WSGIMiddleware(app, enabled=False).app is app
