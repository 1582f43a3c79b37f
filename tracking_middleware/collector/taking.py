"""From a request to its events in the store, without keeping the event loop waiting."""

from __future__ import annotations

import asyncio

from starlette.concurrency import run_in_threadpool

from .hit import Hit
from .micro import rows_of
from .store import Store

_SHORT = 16_384
"""Bytes of a body that is read on the spot, in some milliseconds; a longer one would hold up all others."""


async def keep(store: Store, hit: Hit) -> None:
    """Keep the events of a request: when this returns they are committed. Raises NotKeptError."""
    if len(hit.body) > _SHORT:
        committed = await run_in_threadpool(lambda: store.submit(rows_of(hit)))
    else:
        committed = store.submit(rows_of(hit))
    await asyncio.wrap_future(committed)
