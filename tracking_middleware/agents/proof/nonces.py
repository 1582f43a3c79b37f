"""The nonces of the last while, by which a signature that comes again is known."""

from __future__ import annotations

from collections import OrderedDict

MOST_NONCES = 65_536


class Nonces:
    """The nonces of good signatures, each key's apart, until they end; of too many the oldest go.

    They are those of one process: another does not know them.
    """

    def __init__(self, most: int = MOST_NONCES) -> None:
        self._most = most
        self._seen: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def is_new(self, keyid: str, nonce: str, *, until: float, now: float) -> bool:
        """Whether this nonce comes for the first time; it is then remembered ``until`` (epoch seconds).

        ``now`` is when its request came: the very same moment is the same request, looked at again.
        """
        while self._seen and next(iter(self._seen.values()))[0] < now:
            self._seen.popitem(last=False)
        known = self._seen.get((keyid, nonce))
        if known is not None and known[0] >= now:
            return known[1] == now
        self._seen[keyid, nonce] = (until, now)
        self._seen.move_to_end((keyid, nonce))
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True
