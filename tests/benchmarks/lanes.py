"""Ours off the common way: behind a proxy, with callables, beyond ASCII, with an event of the view's own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from tracking_middleware import StructuredEvent, track

from .ours import Ours
from .sites import Request
from .visitors import HOST, Visit, Visitors


class OursBehindProxy(Ours):
    """One proxy stands in front, and says where the visitor is."""

    name = "trusted_proxies=1"
    options: ClassVar[dict[str, Any]] = {"trusted_proxies": 1}

    def visit(self, visitors: Visitors) -> Visit:
        visit = visitors.with_cookies()
        forwarded = (("x-forwarded-for", visit.address), ("x-forwarded-proto", "https"))
        return replace(
            visit, address="127.0.0.1", headers=(*visit.headers, *forwarded, ("x-forwarded-host", HOST))
        )


class OursMasking(Ours):
    """Paths have secrets in them."""

    name = "mask_paths"
    options: ClassVar[dict[str, Any]] = {
        "mask_paths": ["/reset/<uid>/<token>/", "/articles/<article>", "**/share/<token>"]
    }


class OursConsenting(Ours):
    """A callable is asked for each page view."""

    name = "consent callable"
    options: ClassVar[dict[str, Any]] = {
        "consent": lambda request: "full" if request.cookies.get("consent") == "full" else "none"
    }


class OursFiltering(Ours):
    """Every event is shown to the application before it leaves."""

    name = "before_send"
    options: ClassVar[dict[str, Any]] = {"before_send": lambda event: event}


class OursBeyondASCII(Ours):
    """Addresses that are not written in ASCII; the authors are not either."""

    name = "non-ASCII URLs"

    def visit(self, visitors: Visitors) -> Visit:
        visit = visitors.with_cookies()
        number = visit.story.id.partition("-")[0]
        path = f"/artikel/{number}-nachtz%C3%BCge-%E6%97%A5%E6%9C%AC"
        return replace(visit, path=path, query=f"{visit.query}&q=gr%C3%B6%C3%9Fe")


class OursTracking(Ours):
    """The view tracks an event of its own, besides the page view."""

    name = "track() in the view"
    each = 2

    def view(self, request: Request) -> None:
        super().view(request)
        track(StructuredEvent("checkout", "pay", label="card", value=Decimal("12.30")))
