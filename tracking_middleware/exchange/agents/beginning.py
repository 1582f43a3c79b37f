"""Which exchange a request begins, where agents' are others than people's."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from ...agents import classify
from ...request.raw_request import RawRequest
from ...request.rules import Reason
from ..exchange import Exchange
from ..fetched_ahead import other_exchange
from ..shared import Shared
from .files import file_at
from .reading import AgentExchange


def begun_exchange(
    shared: Shared, request: RawRequest, mark: int, reason: Reason | None, clock: Callable[[], float]
) -> Exchange:
    """The exchange of a request, with ``agents="all"``; ``clock`` gives seconds since the epoch."""
    if reason is None or reason == "fetch" or reason == "excluded":
        path = request.path
        file = file_at(path)
        if is_asked_by_agent(request, reason, is_file=file is not None):
            rate = shared.settings.agents_sample
            if rate < 1 and random.random() >= rate:  # noqa: S311  # nobody's secret
                return Exchange(shared, request, mark, "sampled")
            return AgentExchange(
                shared,
                request,
                mark,
                "status",
                clock(),
                is_candidate=True,
                may_be_page=True,
                rate=rate,
                file=file,
                _since=time.perf_counter(),
            )
    if reason is None:
        return Exchange(shared, request, mark, "status", clock(), is_candidate=True, may_be_page=True)
    return other_exchange(shared, request, mark, reason, clock)


def is_asked_by_agent(request: RawRequest, reason: Reason | None, *, is_file: bool) -> bool:
    """Whether an agent asks for what may be a page, or for a file of those that agents ask for.

    What a script in a page asks for, be the browser an agent's, is part of that page.
    """
    if reason == "excluded" and not is_file:
        return False
    if reason is not None and (request.header("sec-fetch-dest") or request.header("x-requested-with")):
        return False
    said, signer = request.header("user-agent") or "", request.header("signature-agent") or ""
    return classify(said, signature_agent=signer).is_agent
