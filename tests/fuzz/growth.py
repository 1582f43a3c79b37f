"""Inputs of 64 KB that make a badly written regular expression, or a loop within a loop, take ages."""

from __future__ import annotations

import time

from tracking_middleware.addresses import client_address
from tracking_middleware.collector.enrichment.enrich import enrich
from tracking_middleware.collector.enrichment.page_urls import read_page_url
from tracking_middleware.collector.http.sender import sender_address
from tracking_middleware.collector.payload.problems import RefusedError
from tracking_middleware.collector.payload.query import query_pairs
from tracking_middleware.collector.payload.values import decoded_base64
from tracking_middleware.identity.cookie_scope import NoScopeError, scope_of
from tracking_middleware.identity.cookies import first_cookies, read_identity
from tracking_middleware.identity.id_cookie import parse_id_cookie
from tracking_middleware.identity.languages import first_language
from tracking_middleware.identity.sessions import CookieNames
from tracking_middleware.privacy.redaction import Scrubbing
from tracking_middleware.privacy.shared_caches import cache_answer
from tracking_middleware.privacy.urls import clean_page_url, clean_referrer
from tracking_middleware.request.client_ip import client_of
from tracking_middleware.request.raw_request import ViewedRequest
from tracking_middleware.request.rules import PathRules
from tracking_middleware.request.view import RequestView
from tracking_middleware.settings.path_masks import masks_of
from tracking_middleware.settings.proxies import trusted_proxies
from tracking_middleware.settings.settings import DEFAULT_EXCLUDE, DEFAULT_SCRUB_QUERY

from .adapters import MASKS
from .oracle import VALIDATION, hit_of

SIZE = 65_536
_PATHS = PathRules(exclude=DEFAULT_EXCLUDE, include=())
_GLOBS = PathRules(exclude=("**/a/**/b", "/x*b*c", "/*/*a*a*/**/!b"), include=("**a**a**!c",))
_SCRUBBING = Scrubbing(secrets=DEFAULT_SCRUB_QUERY, masks=masks_of(MASKS))
_TEXTS = {
    "blanks": ("", " ", "x"),
    "blanks after a word": ("a", " ", "!"),
    "blanks after an equals sign": ("a=", " ", "!"),
    "tabs": ("a", "\t", "\0"),
    "letters": ("", "a", "!"),
    "digits": ("", "1", "!"),
    "subtags": ("a", "-a", "!"),
    "at signs": ("http://", "a@", "!"),
    "only at signs": ("http://", "@", "!"),
    "dots": ("", "a.", "!"),
    "labels": ("http://", "a.", "-/|"),
    "a label": ("http://", "a", "-/|"),
    "parameters": ("http://a/?", "a|&", "%"),
    "colons": ("[", ":", "!"),
    "quotes": ('a="', '\\"', ""),
    "commas": ("", ",", "="),
    "semicolons": ("", ";", "!"),
    "semicolons and blanks": ("", "; ", "!"),
    "sp": ("", ";sp ", "!"),
    "cookies": ("", ";_sp_id.8e5d=1", ""),
    "cookies of many suffixes": ("", ";_sp_id.abcd=1;_sp_ses.abce=1", ""),
    "pairs": ("http://a/?", "a=b&", "!"),
    "semicolon pairs": ("http://a/?", "_sp=1;", "!"),
    "percents": ("http://a/", "%", ""),
    "escapes": ("http://a/?", "%25", "%"),
    "brackets": ("http://a/?", "a[", "=1"),
    "slashes": ("/static/", "/", "\n"),
    "equals signs": ("http://a/?", "=", "\n"),
    "hyphens": ("iglu:a/", "a-", "/"),
    "braces": ('{"a":', "[", ""),
}


def _scope(text):
    try:
        scope_of.__wrapped__(text, cookie_domain="auto", cookie_path="/", tracker_compat="4")
    except NoScopeError:
        return


def _enriched(text):
    keys = ("url", "page", "refr", "co", "cx", "ue_pr", "eid", "vid", "dtm", "se_va", "res", "ip", "tr_tt")
    try:
        enrich(
            {"e": "pv", "p": "web", "tv": "x", **dict.fromkeys(keys, text)},
            hit_of(None),
            VALIDATION.for_request(),
        )
    except RefusedError:
        return


def _client(text):
    headers = {"x-forwarded-for": text, "forwarded": text, "x-forwarded-host": text}
    request = ViewedRequest(
        RequestView(
            method="GET",
            scheme="https",
            host="a",
            path="/",
            query="",
            headers=headers,
            peer="10.0.0.1",
            native_source=dict,
        ),
        {},
    )
    client_of(request, trusted_proxies(["10.0.0.0/8"]))


def _read_url(text):
    try:
        read_page_url(text)
    except ValueError:
        return


def _sender(text):
    sender_address({"x-forwarded-for": text, "forwarded": text}, None)


READERS = {
    "identity": lambda text: read_identity(text, host="www.example.test", cookie_domain="auto"),
    "id cookie": parse_id_cookie,
    "first cookies": first_cookies,
    "jar": lambda text: CookieNames.of("_sp_", "8e5d").found_in(text).jar,
    "page url": lambda text: clean_page_url(text, _SCRUBBING),
    "referrer": lambda text: clean_referrer(text, _SCRUBBING),
    "language": first_language,
    "address": lambda text: client_address(text, is_forwarded=False),
    "cache control": lambda text: cache_answer(200, [("Cache-Control", text)]),
    "excluded path": _PATHS.excludes,
    "globs of several wildcards": _GLOBS.excludes,
    "masked path": _SCRUBBING.masks.mask,
    "forwarding headers": _client,
    "host": _scope,
    "columns": _enriched,
    "collector's url": _read_url,
    "sender": _sender,
    "base64": decoded_base64,
    "query": query_pairs,
}


def inputs(size=SIZE):
    """Names and texts of about ``size`` characters."""
    for name, (before, piece, after) in _TEXTS.items():
        yield name, before + piece * (size // len(piece)) + after


def worst(most=20):
    """The readers that grow most from half the size to the whole: growth, seconds, reader, input."""
    found = []
    for reader_name, reader in READERS.items():
        half = dict(inputs(SIZE // 2))
        for name, text in inputs():
            short, whole = _seconds(reader, half[name]), _seconds(reader, text)
            found.append((whole / max(short, 1e-9), whole, reader_name, name))
    return sorted((entry for entry in found if entry[1] > 0.001), reverse=True)[:most]


def _seconds(reader, text):
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        reader(text)
        times.append(time.perf_counter() - begun)
    return min(times)
