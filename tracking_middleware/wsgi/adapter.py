"""The WSGI adapter (PEP 3333): from environ and start_response to the tracker's three calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..errors import TrackingError
from ..exchange.exchange import Exchange
from ..identity.texts import shape
from ..request.page import current_exchange, enter_exchange, leave_exchange
from ..tracker import Tracker
from ..tracking import unfinished
from ..tracking.unfinished import abandon_earlier
from ..wiring import is_async, may_take, tracker_from
from .bodies import page_body, trailing_body
from .environ_request import EnvironRequest
from .start import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class WSGIMiddleware:
    """Tracks the page views of any WSGI app: ``WSGIMiddleware(app, collector_url=…, app_id=…)``.

    Takes every setting as a keyword, or a ready ``tracker``; raises SettingsError, and TrackingError where
    ``app`` is surely one of ASGI.
    """

    def __init__(self, app: WSGIApplication, *, tracker: Tracker | None = None, **settings: Any) -> None:
        if is_async(app) or (may_take(app, 3) and not may_take(app, 2)):
            raise TrackingError(
                f"WSGIMiddleware has {shape(app)} as its app, which is not called as app(environ, "
                "start_response): put tracking_middleware.asgi.ASGIMiddleware around an ASGI app"
            )
        self.app = app
        self.tracker = tracker_from(tracker, settings)
        # of the instance, since what only its class has is sought in its bases at each request
        self.request_class = self.request_class
        self._open_most = self.request_class.opened

    request_class: type[EnvironRequest] = EnvironRequest
    """How a request is read; subclasses have one that says what its ``native`` is."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        tracker = self.tracker
        if not tracker.enabled:
            return self.app(environ, start_response)
        if unfinished.has_pending:
            abandon_earlier()
        outer = current_exchange()
        exchange = tracker.begin_from(self.request_class, environ, environ, self._open_most)
        answer = Answer(exchange, start_response) if exchange.is_candidate else None
        try:
            body = self.app(environ, start_response if answer is None else answer.start)
        except BaseException:
            exchange.finish("unsent")
            leave_exchange(exchange, outer)
            raise
        if type(body) is list:  # in which all is there, and nothing of the app's runs any more
            exchange.finish("returned", body)
        else:
            body = self._watched(body, environ, exchange, answer)
        if current_exchange() is exchange:  # last, since what ends may ask the app's own callables
            enter_exchange(outer)
        return body

    def _watched(
        self, body: Iterable[bytes], environ: WSGIEnvironment, exchange: Exchange, answer: Answer | None
    ) -> Iterable[bytes]:
        """The body as the server gets it; its exchange is over, unless the body may be a page's."""
        is_theirs = not exchange.is_open or _is_file(body, environ)
        if answer is not None and exchange.is_candidate and not is_theirs:
            return page_body(body, answer, self.tracker.unfinished.leave)
        exchange.finish("lingering")
        return body if is_theirs or not isinstance(body, Iterable) else trailing_body(body, exchange)


def _is_file(body: object, environ: WSGIEnvironment) -> bool:
    """Whether the server will send the body as a file, which it does not for a wrapped one."""
    wrapper = environ.get("wsgi.file_wrapper")
    if isinstance(wrapper, type):
        return isinstance(body, wrapper)
    return wrapper is not None and hasattr(body, "read")  # uWSGI gives the very file back
