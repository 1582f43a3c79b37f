"""``@cached_page``: a view behind a cache that keeps its answers, and what is kept beside them."""

from __future__ import annotations

import functools
import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

from ...errors import TrackingError
from ...request.page import current_exchange
from ...request.untracked import keep_signature
from .cached import body_of, key_of, said_since
from .showing import show

V = TypeVar("V", bound=Callable[..., Any])

_MOST_IN_MEMORY = 1000
_DOUBTFUL = b""
"""Kept where two renders with the same bytes say different things: nobody can tell whose a hit is."""


class PageStore(Protocol):
    """Keeps bytes by a key, as clients of Redis and caches of frameworks do; async ones for async views."""

    def get(self, key: str, /) -> Any:
        """The bytes, or None."""

    def set(self, key: str, value: bytes, /) -> Any:
        """Keep the bytes, for as long as pages are cached or longer."""


class _Run:
    """What one call of a view knows: whether the view itself ran, and what is then to be kept."""

    __slots__ = ("has_run", "kept", "title_before")

    def __init__(self) -> None:
        self.has_run = False
        self.title_before: str | None = None
        self.kept: bytes | None = None

    def take(self, exchange: Any, found: object) -> bytes | None:
        """What is to be kept with the answer, where the view ran; else ``found`` is said again."""
        if not self.has_run:
            exchange.recall(found)
            return None
        if self.kept is None or found in {self.kept, _DOUBTFUL}:
            return None
        return self.kept if found is None else _DOUBTFUL


_run: ContextVar[_Run] = ContextVar("tracking_middleware_cached_page")


def cached_page(decorator: Callable[[Any], Any], *, store: PageStore | None = None) -> Callable[[V], V]:
    """Have a view's answers cached by ``decorator``, and say of an answer from there what its render said.

    ``@cached_page(cache(expire=60), store=…)`` in place of ``@cache(expire=60)``, for any decorator that
    gives back what the view returned, or its body: text, bytes, or a response that has them. What is the
    page's (``docs/cached-pages.md``) is kept in ``store`` by a digest of the path and the body; without one
    in this process, for the last 1000 pages. An answer for which nothing was kept is counted
    (``metadata_not_cached``), and so is what the store raises.

    Raises TrackingError where ``decorator`` or the store cannot be called, or a store is async and the view
    that ``decorator`` makes is not.
    """
    kept: Any = _Memory() if store is None else store
    if not all(callable(one) for one in (decorator, getattr(kept, "get", None), getattr(kept, "set", None))):
        raise TrackingError(
            "@cached_page takes the cache's own decorator, and a store with get(key) and set(key, value), "
            f"not {decorator!r} and {store!r}"
        )

    def decorate(view: V) -> V:
        cached = decorator(_noting(view))
        is_async = inspect.iscoroutinefunction(cached)
        if inspect.iscoroutinefunction(kept.get) and not is_async:
            raise TrackingError("@cached_page has an async store, which a view that is not cannot await")
        wrapper = (_settling_async if is_async else _settling)(cached, kept)
        functools.update_wrapper(wrapper, cached)
        keep_signature(wrapper, cached)
        return wrapper  # type: ignore[return-value]  # it is called as the view is

    return decorate


def _settling(cached: Callable[..., Any], store: PageStore) -> Callable[..., Any]:
    def wrapper(*arguments: Any, **named: Any) -> Any:
        run = _Run()
        token = _run.set(run)
        try:
            answer = cached(*arguments, **named)
        finally:
            _run.reset(token)
        exchange: Any = current_exchange()
        if exchange.is_open:
            try:
                key = _key(exchange, answer)
                kept = run.take(exchange, None if key is None else _at_once(store.get(key)))
                if key is not None and kept is not None:
                    _at_once(store.set(key, kept))
            except Exception as error:  # noqa: BLE001
                # the store is the application's, and must not raise into the view
                _count(exchange, error)
        return answer

    return wrapper


def _settling_async(cached: Callable[..., Any], store: PageStore) -> Callable[..., Any]:
    async def wrapper(*arguments: Any, **named: Any) -> Any:
        run = _Run()
        token = _run.set(run)
        try:
            answer = await cached(*arguments, **named)
        finally:
            _run.reset(token)
        exchange: Any = current_exchange()
        if exchange.is_open:
            try:
                key = _key(exchange, answer)
                kept = run.take(exchange, None if key is None else await _awaited(store.get(key)))
                if key is not None and kept is not None:
                    await _awaited(store.set(key, kept))
            except Exception as error:  # noqa: BLE001
                # the store is the application's, and must not raise into the view
                _count(exchange, error)
        return answer

    return wrapper


def _key(exchange: Any, answer: object) -> str | None:
    """What the store has an answer by; None where it cannot be known again."""
    body = body_of(answer)
    return None if body is None else key_of(exchange.path, body)


def _at_once(given: Any) -> object:
    if inspect.isawaitable(given):
        if inspect.iscoroutine(given):
            given.close()
        raise TrackingError("it is async, and its view is not")
    return given


async def _awaited(given: Any) -> object:
    return await given if inspect.isawaitable(given) else given


def _noting(view: Any) -> Any:
    """The view, which says that it runs, and what is to be kept with what it answers."""
    if inspect.iscoroutinefunction(view):

        @functools.wraps(view)
        async def noting(*arguments: Any, **named: Any) -> Any:
            _begin()
            answer = await view(*arguments, **named)
            _note(answer)
            return answer
    else:

        @functools.wraps(view)
        def noting(*arguments: Any, **named: Any) -> Any:
            _begin()
            answer = view(*arguments, **named)
            _note(answer)
            return answer

    keep_signature(noting, view)
    return noting


def _begin() -> None:
    exchange: Any = current_exchange()
    run = _run.get(None)
    if run is not None and exchange.is_open:
        run.title_before = exchange.title


def _note(answer: object) -> None:
    exchange: Any = current_exchange()
    run = _run.get(None)
    if run is None or not exchange.is_open:
        return
    run.has_run = True
    if hasattr(answer, "template"):  # Starlette's shows its context when it is sent
        show(getattr(answer, "context", None))
    run.kept = exchange.remember(said_since(run.title_before, exchange.title))


def _count(exchange: Any, error: Exception) -> None:
    told = str(error) if isinstance(error, TrackingError) else f"raised {type(error).__name__}"
    exchange.tracker.tally.error(
        "metadata_not_cached",
        f"the store of @cached_page: {told}, and nothing was kept or found",
    )


class _Memory:
    """The last pages of this process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, /) -> bytes | None:
        with self._lock:
            return self._kept.get(key)

    def set(self, key: str, value: bytes, /) -> None:
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > _MOST_IN_MEMORY:
                self._kept.popitem(last=False)
