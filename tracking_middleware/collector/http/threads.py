"""Endpoints that are answered in a thread."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response


def threaded(page: Callable[[Request], Response]) -> Callable[[Request], object]:
    """Asking the store and making HTML of it must not keep the trackers waiting."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(page, request)

    return endpoint
