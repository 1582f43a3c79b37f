"""FastAPI's dependency: ``def article(page: Page): page.attach(…)``."""

from __future__ import annotations

from typing import Annotated

from .errors import missing_extra
from .request import page as pages

try:
    from fastapi import Depends
except ImportError as error:
    raise ImportError(missing_extra("tracking_middleware.fastapi needs FastAPI", "fastapi")) from error

__all__ = ["Page"]


async def _page() -> pages.Page:
    # async, since FastAPI has others run in a thread
    return pages.current_page()


Page = Annotated[pages.Page, Depends(_page)]
"""The page of the request that is being answered; the middleware is ``tracking_middleware.starlette``'s."""
