"""Ids of persons and sessions that the server begins: new ones at random, those that follow derived."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence

from ..ids import new_uuid, uuid_of_digits

_LABEL = b"tracking_middleware.session"


class SessionIds:
    """Where the ids come from that a new person, or a session that ended, goes on with.

    ``keys`` are those of ``secret_key``, oldest first; the last one derives. ``timeout`` is the
    session's, in seconds. ``new_id`` gives a random UUID.
    """

    def __init__(self, keys: Sequence[str], *, timeout: int, new_id: Callable[[], str] = new_uuid) -> None:
        # a key of its own, so that nothing signed with secret_key is an id, nor an id a signature
        key = hmac.digest(keys[-1].encode(), _LABEL, "sha256")
        self._begun = hmac.new(key, digestmod="sha256")
        self._timeout = timeout
        self._new_id = new_id

    def fresh(self) -> str:
        """A random id. Two cold tabs get two persons: nothing that both send is theirs alone."""
        return self._new_id()

    def following(self, person: str, *, previous: str | None, index: int, now: int) -> str:
        """The id of the session of ``person``, their ``index``-th, that begins at ``now`` after ``previous``.

        It is the same for all requests of one beginning, since tabs that open together after a session
        has ended send the same cookie and know nothing of each other. Nobody can foretell it: it is an
        HMAC, in the form of a version 4 UUID, as the tracker's own are. Under another key (while servers
        are restarted with a new one) it is another id, as a random one would be.

        Two sessions never share an id. Persons, sessions and indexes that differ give ids that differ; an
        index at its limit does no harm, since the previous session is another each time. Where even that
        is the same again, because the browser did not keep what it was told, because the cookie came back
        from a backup, or because very old trackers gave sessions no id, time tells them apart. It is counted
        in windows as long as ``timeout``, since requests within one are too close to be two sessions. So
        a browser that keeps nothing has one session a window, not one a page. The price: tabs on either
        side of a window's end begin two sessions, as they would with random ids.
        """
        derived = self._begun.copy()
        # none of the four holds a blank: no two beginnings are written alike
        derived.update(f"{person} {previous or ''} {index} {now // self._timeout}".encode())
        return uuid_of_digits(derived.hexdigest()[:32])
