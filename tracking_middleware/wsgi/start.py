"""How a response starts: the application's ``start_response``, with its status and its headers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from ..exchange.exchange import Exchange
from ..headers import Header, content_length, reread
from ..plain_setting import plainly_set


@plainly_set
class Answer(msgspec.Struct, eq=False):
    """How a response starts: the server's ``start_response``, with the exchange told."""

    exchange: Exchange
    _start_response: Callable[..., Callable[[bytes], object]]
    _headers: Sequence[Header] = ()

    __repr__ = object.__repr__  # what a visitor is told is nobody's to log

    def length(self) -> int | None:
        """The response's Content-Length, if it says one."""
        return content_length(self._headers)

    def start(self, *given: Any, **named: Any) -> Callable[[bytes], object]:
        """The server's own call, as the app made it: its answer, and its exceptions."""
        if len(given) == 2 and not named:  # as nearly all apps call it
            status, own = given
            return self._start_response(status, self._told(status, own))
        if len(given) > 1:
            own = given[1]
            if (headers := self._told(given[0], own)) is not own:
                given = (given[0], headers, *given[2:])
        else:
            # PEP 3333 calls them response_headers, most servers headers
            for name in named.keys() & {"headers", "response_headers"}:
                named[name] = self._told(given[0] if given else named.get("status"), named[name])
        return self._start_response(*given, **named)

    def _told(self, status: Any, own: Any) -> Any:
        """The headers, with those that are to be added; they stay what they are where there are none."""
        headers, passed_on = reread(own)
        try:
            number = _number_of(status)
        except TypeError:  # the server is the one to complain
            number = 0
        extra = self.exchange.start(number, headers)
        self._headers = headers
        return [*headers, *extra] if extra else passed_on


@lru_cache(maxsize=64)
def _number_of(status: str | bytes) -> int:
    try:
        return int(status[:3])  # three digits by PEP 3333
    except ValueError:
        return 0
