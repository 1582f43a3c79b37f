"""The exchange of a request that is no page view, and what all exchanges of a tracker share."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from .events import Recorded
from .exchange import Exchange
from .issuer import Issuer
from .page import Page
from .privacy import ConsentAnswer
from .raw_request import RawRequest
from .rules import Reason
from .settings import Settings
from .tally import Tally

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all exchanges of a tracker share."""

    settings: Settings
    tally: Tally
    issuer: Issuer | None
    record: Callable[[Recorded], None]
    signals: tuple[tuple[str, ConsentAnswer], ...]
    """What ``signals_of`` makes of the settings."""

    def explain(self, request: RawRequest, reason: Reason, detail: str | None = None) -> None:
        """Why a request is no page view: counted, and told to who asked for it."""
        self.tally.skip(reason)
        level = logging.INFO if self.settings.debug else logging.DEBUG
        if logger.isEnabledFor(level):
            logger.log(level, "not tracked: %s %r: %s %s", request.method, request.path, reason, detail or "")


class SkippedExchange(Exchange):
    """The exchange of a request that is no page view, whatever its answer."""

    _shared: Shared
    _request: RawRequest | None
    _reason: Reason
    _page: Page | None = None

    __repr__ = object.__repr__

    @property
    def page(self) -> Page:
        """A page like any other, made when it is asked for, since most such requests have no use for it.

        Two threads that ask at once may get one each; nothing of either is sent.
        """
        page = self._page
        if page is None:
            shared = self._shared
            page = self._page = Page(self._request, shared.settings.max_entities, shared.tally.error)
            if self._request is None:
                page.end()
        return page

    @property
    def is_open(self) -> bool:
        return self._request is not None

    def finish(self, how: str) -> None:
        request, self._request = self._request, None
        if request is None:
            return
        try:
            page = self._page
            self._shared.explain(request, self._reason, None if page is None else page.skip_reason)
        except Exception:  # noqa: BLE001
            # a bug of ours must not reach the response
            self._shared.tally.failure(f"finish ({how})")
        finally:
            if self._page is not None:
                self._page.end()
