"""Where a request's visitor came from, as far as a browser's rules for SameSite cookies go. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..identity.cookies import page_host
from .raw_request import RawRequest
from .view import is_visited_over_https, visited_host


def surely_brings_strict_cookies(request: RawRequest, *, origin: str | None, domain: str | None) -> bool:
    """Whether a cookie that is ``SameSite=Strict`` would have come with a page's request, if there were one.

    ``Sec-Fetch-Site`` says it (W3C Fetch Metadata): all values but ``cross-site``, which a reload of the
    page keeps. Where it is not sent (plain http, Safari before 16.4) a Referer of the same scheme and of
    the host, or of the cookies' ``domain``, does; without either nobody knows. ``False`` is "perhaps
    not": after a redirect through another site Chromium says ``cross-site`` and sends them all the same.
    """
    site = request.header("sec-fetch-site")
    if site is not None:
        return site.strip() in {"same-origin", "same-site", "none"}
    try:
        referrer = urlsplit(request.header("referer") or "")
    except ValueError:
        return False
    scheme = "https" if is_visited_over_https(request, origin) else "http"
    host = page_host(referrer.netloc)
    return referrer.scheme == scheme and (
        host == page_host(visited_host(request, origin))
        or (domain is not None and (host == domain or host.endswith(f".{domain}")))
    )
