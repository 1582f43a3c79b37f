"""SQLAlchemy's sessions: events tracked ``with after_commit(session):`` leave when the session commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from .errors import missing_extra
from .metadata.objects.guards import Refuse
from .tracking.transactions import Deferred, gated

try:
    from sqlalchemy import Engine, event, inspect
    from sqlalchemy.orm import InstanceState, Session, SessionTransaction
except ImportError as error:
    raise ImportError(
        missing_extra("tracking_middleware.sqlalchemy needs SQLAlchemy", "sqlalchemy")
    ) from error

__all__ = ["after_commit"]

_KEPT = "tracking_middleware"


@contextmanager
def after_commit(session: Any) -> Iterator[None]:
    """Keep what is tracked within this block until the session's transaction commits.

    ``session`` is a Session, a ``scoped_session`` or an AsyncSession. What is tracked in a savepoint
    (``begin_nested()``) goes with that; a rollback, and a ``close()`` without commit, drop the events,
    counted as ``rolled_back``. Where the session has no transaction at the moment, events leave at
    once: SQLAlchemy begins one with the first query, ``add()`` or ``begin()``.

    It says so in the code, and does nothing to sessions by itself, since a session that only reads
    has a transaction as well, which is never committed.
    """
    plain = _plain(session)
    kept = plain.info.get(_KEPT)
    if kept is None:
        kept = plain.info[_KEPT] = _Kept(plain)

    def take(deferred: Deferred) -> bool:
        return kept.take(plain, deferred)

    with gated(take):
        yield


class _Kept:
    """The events that wait for the transactions of one session, in whose ``info`` it lies."""

    def __init__(self, session: Session) -> None:
        self._events: dict[SessionTransaction, list[Deferred]] = {}
        self._committed: SessionTransaction | None = None
        event.listen(session, "after_commit", self._note_commit)
        event.listen(session, "after_transaction_end", self._end)

    def take(self, session: Session, deferred: Deferred) -> bool:
        """Keep an event for the session's innermost transaction, if it has one."""
        transaction = _innermost(session)
        if transaction is not None:
            self._events.setdefault(transaction, []).append(deferred)
        return transaction is not None

    def _note_commit(self, session: Session) -> None:
        self._committed = _innermost(session)

    def _end(self, _session: Session, transaction: SessionTransaction) -> None:
        """Pass on what the transaction has if it was committed, a savepoint's to what is around it."""
        is_committed = transaction is self._committed
        events = self._events.pop(transaction, ())
        if not is_committed:
            return  # they are forgotten here
        self._committed = None
        if transaction.nested and transaction.parent is not None:
            self._events.setdefault(transaction.parent, []).extend(events)
        else:
            for deferred in events:
                deferred()


def _innermost(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def _plain(session: Any) -> Session:
    """The Session itself; raises TypeError where there is none."""
    if callable(session):  # a registry of sessions
        session = session()
    plain = getattr(session, "sync_session", session)
    if not isinstance(plain, Session):
        raise TypeError(f"after_commit() takes a Session, a scoped_session or an AsyncSession, not {plain!r}")
    return plain


_refusing: ContextVar[Refuse | None] = ContextVar("tracking_middleware_refusing", default=None)


@contextmanager
def no_queries(refuse: Refuse, shown: Sequence[object]) -> Iterator[None]:
    """Refuse what would be a query, and do not flush the objects' sessions: a refused flush rolls it back."""
    _watch_engines()
    before = _refusing.set(refuse)
    with ExitStack() as standing:
        standing.callback(_refusing.reset, before)
        for session in {_session_of(one) for one in shown} - {None}:
            standing.enter_context(session.no_autoflush)
        yield


def _session_of(shown: object) -> Any:
    state = inspect(shown, raiseerr=False)
    return state.session if isinstance(state, InstanceState) else None


@cache
def _watch_engines() -> None:
    event.listen(Engine, "before_cursor_execute", _refuse_query)


def _refuse_query(*_query: object) -> None:
    if (refuse := _refusing.get()) is not None:
        refuse()
