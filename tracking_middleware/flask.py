"""Flask's way in: ``Tracking(app)``, or ``tracking.init_app(app)`` in an app factory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import missing_extra
from .metadata.objects.guards import add_guard_of
from .metadata.objects.showing import describe, show
from .metadata.objects.watched_cache import MOST_ENTRIES, Entry, settle, watch_cache
from .request.page import current_exchange
from .request.untracked import is_untracked_endpoint, leave_out
from .settings.problems import mapping
from .settings.secret_keys import InheritedKeys
from .tracker import Tracker
from .wiring import tracker_from
from .wsgi import EnvironRequest, WSGIMiddleware

try:
    import flask
except ImportError as error:
    raise ImportError(missing_extra("tracking_middleware.flask needs Flask", "flask")) from error

__all__ = ["Tracking"]

_EXTENSION = "tracking_middleware"
_ENTRIES = "_tracking_middleware_entries"
"""What caches gave and took, in a request."""

add_guard_of("sqlalchemy.orm", guard="tracking_middleware.sqlalchemy:no_queries")


class Tracking:
    """Tracks the page views of Flask apps; each app has its own tracker.

    Settings come from ``app.config["TRACKING"]``, a mapping; keywords given here win over it.
    """

    def __init__(
        self, app: flask.Flask | None = None, *, tracker: Tracker | None = None, **settings: Any
    ) -> None:
        """Raises SettingsError, as ``init_app``, where ``app`` is given."""
        self._ready_tracker = tracker
        self._settings = settings
        if app is not None:
            self.init_app(app)

    def init_app(self, app: flask.Flask) -> None:
        """Track ``app``; a second call for one app changes nothing. Raises SettingsError."""
        if _EXTENSION in app.extensions:
            return
        given = mapping(app.config.get("TRACKING", {}), named='app.config["TRACKING"]')
        settings = {**_secret_key(app), **given, **self._settings}
        hosts = app.config.get("TRUSTED_HOSTS") or filter(None, [app.config.get("SERVER_NAME")])
        tracker = tracker_from(self._ready_tracker, {} if self._ready_tracker else settings, hosts=hosts)
        app.extensions[_EXTENSION] = tracker
        app.url_value_preprocessor(_looking_at_view(app))
        app.teardown_request(_describe)
        flask.template_rendered.connect(_show, app)
        app.wsgi_app = _FlaskMiddleware(app.wsgi_app, tracker=tracker)  # type: ignore[method-assign]

    @property
    def tracker(self) -> Tracker:
        """The tracker of the current app; outside an app context Flask raises its RuntimeError."""
        tracker: Tracker = flask.current_app.extensions[_EXTENSION]
        return tracker


def _secret_key(app: flask.Flask) -> dict[str, Any]:
    """The app's own key signs unless another is set; its fallbacks (Flask 3.1) are still taken."""
    if not app.config.get("SECRET_KEY"):
        return {}
    fallbacks = app.config.get("SECRET_KEY_FALLBACKS") or ()
    return {"secret_key": InheritedKeys([*fallbacks, app.config["SECRET_KEY"]])}


def _looking_at_view(app: flask.Flask) -> Callable[[str | None, dict[str, Any] | None], None]:
    """Flask calls it first of all, also where ``@untracked`` stands above the route's decorator."""
    watched: list[object] = []

    def look_at_view(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        if is_untracked_endpoint(app.view_functions.get(endpoint or "")):
            leave_out()
        caches = app.extensions.get("cache")  # Flask-Caching's, one for each of its objects
        if type(caches) is dict and len(caches) != len(watched):
            watched[:] = caches.values()
            for cache in watched:
                try:
                    watch_cache(cache, _note)
                except Exception:  # noqa: BLE001
                    # one of the application's own, which lets nothing be set on it
                    app.extensions[_EXTENSION].tally.failure("watch_cache")

    return look_at_view


def _note(entry: Entry) -> None:
    """A cache gave or took something in a request; whether that is its page is seen when that is answered."""
    exchange: Any = current_exchange()
    if not (exchange.is_open and flask.has_request_context()):
        return
    entries = vars(_flask_request()).setdefault(_ENTRIES, [])
    if not entries:
        flask.after_this_request(_settle)
    if len(entries) < MOST_ENTRIES:
        entries.append(entry)


def _settle(response: flask.Response) -> flask.Response:
    entries = vars(_flask_request()).pop(_ENTRIES, [])
    exchange: Any = current_exchange()
    try:
        if "html" in (response.mimetype or "") and not (response.is_streamed or response.direct_passthrough):
            settle(entries, response.get_data())
    except Exception as error:  # noqa: BLE001
        # the cache is the application's, and must not raise where it did not
        told = f"a cache of Flask-Caching raised {type(error).__name__}, and nothing was kept or found"
        exchange.tracker.tally.error("metadata_not_cached", told)
    return response


def _show(_app: flask.Flask, *, context: dict[str, Any], **_signal: object) -> None:
    show(context)


def _describe(_error: BaseException | None) -> None:
    """The response is made, and the app's session is given up next, with the app context."""
    describe()


class _FlaskRequest(EnvironRequest):
    """A request whose ``native`` one is Flask's."""

    def native_source(self) -> Callable[[], flask.Request]:
        return _flask_request


class _FlaskMiddleware(WSGIMiddleware):
    """The WSGI adapter whose ``native`` request is Flask's."""

    request_class = _FlaskRequest


def _flask_request() -> flask.Request:
    # the object behind the proxy, which would be another one in another context
    return flask.request._get_current_object()  # type: ignore[attr-defined, no-any-return]
