"""The options of ``collector`` that say how trackers are answered."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..collector import TrackerOptions


def add_tracker_options(collector: argparse.ArgumentParser) -> None:
    """Those that the real collector has in its configuration file."""
    collector.add_argument(
        "--post-path",
        metavar="VENDOR/VERSION",
        type=_post_path,
        action="append",
        default=[],
        help="a path that trackers POST to (postPath in JavaScript); may be given several times",
    )
    collector.add_argument(
        "--redirects", action="store_true", help="redirect /r/tp2?u=… (enableDefaultRedirect)"
    )
    collector.add_argument(
        "--do-not-track-cookie",
        metavar="NAME=VALUE",
        type=_do_not_track,
        help="whoever has this cookie is answered, and not kept; VALUE is a regular expression",
    )
    _add_cookie_options(collector)


def _add_cookie_options(collector: argparse.ArgumentParser) -> None:
    collector.add_argument(
        "--cookie-name",
        default="sp",
        metavar="NAME",
        help="of the cookie that browsers get (default: %(default)s)",
    )
    collector.add_argument(
        "--cookie-domain",
        metavar="DOMAIN",
        action="append",
        default=[],
        help="its Domain for pages of this domain; may be given several times",
    )
    collector.add_argument(
        "--cookie-fallback-domain", metavar="DOMAIN", help="its Domain for all others (default: none)"
    )
    collector.add_argument(
        "--cookie-secure",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether browsers send it over HTTPS, and to this machine, only (default: yes)",
    )
    collector.add_argument(
        "--cookie-same-site",
        choices=("None", "Lax", "Strict"),
        default="None",
        help="whether it goes along from other sites (default: %(default)s)",
    )


def tracker_options(arguments: argparse.Namespace) -> TrackerOptions:
    """What was asked for; raises CookieError, which is a ValueError, where no browser would take it."""
    from ..collector import TP2, Cookie, DoNotTrack, TrackerOptions

    asked = arguments.do_not_track_cookie
    return TrackerOptions(
        post_paths=dict.fromkeys(arguments.post_path, TP2),
        cookie=Cookie(
            name=arguments.cookie_name,
            domains=tuple(arguments.cookie_domain),
            fallback_domain=arguments.cookie_fallback_domain,
            is_secure=arguments.cookie_secure,
            same_site=arguments.cookie_same_site,
        ),
        do_not_track=None if asked is None else DoNotTrack(name=asked[0], value=asked[1]),
        has_redirects=arguments.redirects,
    )


def _do_not_track(text: str) -> tuple[str, re.Pattern[str]]:
    name, is_pair, value = text.partition("=")
    if not name or not is_pair:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no cookie: write its name and value, such as opt_out=1"
        )
    try:
        return name, re.compile(value)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{value!r} is no regular expression: {error}") from None


def _post_path(text: str) -> str:
    path = text.strip("/")
    if re.fullmatch(r"[\w.~-]+/[\w.~-]+", path, re.ASCII) is None or path.startswith(("micro/", "r/")):
        raise argparse.ArgumentTypeError(
            f"{text!r} takes no events: give two segments, such as com.acme/track, not below micro/ or r/"
        )
    return path
