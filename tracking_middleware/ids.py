"""Fresh ids of events and pages."""

from __future__ import annotations

import os
from operator import itemgetter

_split = itemgetter(slice(8), slice(8, 12), slice(13, 16), 16, slice(17, 20), slice(20, 32))
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def new_uuid() -> str:
    """A random UUID in lower case (RFC 9562, version 4).

    Each is drawn from the operating system's own source: there is no pool of random bytes that a
    forked child, or a copy of a virtual machine, would share.
    """
    low, mid, high, variant, sequence, node = _split(os.urandom(16).hex())
    return f"{low}-{mid}-4{high}-{_VARIANT[variant]}{sequence}-{node}"
