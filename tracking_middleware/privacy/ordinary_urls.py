"""URLs that leave as they are, which are nearly all: what the careful ways give, in few steps. Pure."""

from __future__ import annotations

import re
import string
from functools import lru_cache

from ..settings.path_masks import NO_MASKS
from .readable_parameters import SURELY_SHORT
from .redaction import Scrubbing

_LONGEST_ORDINARY = 2000  # so that no part is longer than it may be


def _words_table() -> bytes:
    """For ``bytes.translate``: lower case, "=" for all that may stand before or after a name, else zero.

    Without "%", ";", "#", "[" and what must be escaped nothing in a URL means other than it says.
    """
    table = bytearray(256)
    for letter in string.ascii_letters + string.digits + ":@!$'()*,._~-":
        table[ord(letter)] = ord(letter.lower())
    for separator in _SEPARATORS:
        table[ord(separator)] = ord("=")
    return bytes(table)


_SEPARATORS = "/?&=+"
_WORDS, _SEPARATED = _words_table(), ord("=")
_ESCAPE = "%[0-9A-Fa-f]{2}"
_TROUBLING_ESCAPE = re.compile(b"%(?:25|3[bBdD]|(?![0-9A-Fa-f]{2}))")
"""Maybe one in the path, or in a URL that is a value; or none at all."""
_LONGEST_ORIGIN = 280
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]{0,15}://[a-z0-9._-]{1,255}(?::[0-9]{1,4})?")
_PLAIN_NAME = r"[A-Za-z0-9:@!$'()*,._~-]*"
_PLAIN_VALUE = r"[A-Za-z0-9/:@!$'()*+,._~-]*"  # without "?" and "=", so that there is no query in it
_PARAMETER = f"{_PLAIN_NAME}(?:={_PLAIN_VALUE}(?:{_ESCAPE}{_PLAIN_VALUE})*)?"
_ORDINARY_QUERY = re.compile(rf"{_PARAMETER}(?:&{_PARAMETER})*".encode())
_PLAIN = r"[A-Za-z0-9/:@!$&'()*+,=._~-]*"  # without ";", so that there are no parameters in it
_ORDINARY_PATH = re.compile(rf"/{_PLAIN}(?:{_ESCAPE}{_PLAIN})*".encode())


def ordinary(url: str, scrubbing: Scrubbing) -> str | None:
    """``ordinary_url`` of a URL that is whole."""
    place = url.find("/", 8)
    if place > 0:
        return ordinary_url(url[:place], url[place:], scrubbing)
    return url if len(url) <= _LONGEST_ORIGIN and _is_ordinary_origin(url) else None


def ordinary_url(origin: str, rest: str, scrubbing: Scrubbing) -> str | None:
    """A URL of an origin and what follows, as it may leave: a short way for nearly all of them.

    ``None`` where ``clean_page_url`` or ``clean_referrer`` must be asked, which give the same.
    """
    if not rest or not rest.isascii() or len(rest) > _LONGEST_ORDINARY:
        return None
    if len(origin) > _LONGEST_ORIGIN or not _is_ordinary_origin(origin):
        return None
    text = rest.encode()
    words = text.translate(_WORDS)
    if 0 in words or words[0] != _SEPARATED or not scrubbing.telling.isdisjoint(words.split(b"=")):
        if not _is_ordinary(text, scrubbing.telling):  # it has an escape, or a path with a telling word
            return None
    elif len(text) > SURELY_SHORT and not _has_short_parameters(text):
        return None
    if scrubbing.masks is NO_MASKS or not scrubbing.masks.may_match(rest.lower()):
        return f"{origin}{rest}"
    return _masked(origin, rest, scrubbing)


def ordinary_pair(origin: str, rest: str, referrer: str, scrubbing: Scrubbing) -> tuple[str, str] | None:
    """A page's URL and its referrer, where both leave as they are; looked at together, in half the steps.

    ``None`` where that is not known: then each is to be looked at by itself.
    """
    place = referrer.find("/", 8)
    other = referrer[:place]  # most come from the same site
    both = f"{rest}{referrer[place:]}"  # the begin of a path stands between, as a separator of names does
    if place < 0 or not rest or not both.isascii() or len(both) > _LONGEST_ORDINARY:
        return None
    if not (len(origin) <= _LONGEST_ORIGIN >= place and _is_ordinary_origin(origin)):
        return None
    if scrubbing.masks is not NO_MASKS and scrubbing.masks.may_match(both.lower()):
        return None
    text = both.encode()
    words = text.translate(_WORDS)
    if 0 in words or words[0] != _SEPARATED or not scrubbing.telling.isdisjoint(words.split(b"=")):
        return None
    if len(text) > SURELY_SHORT and not _has_short_parameters(text):
        return None
    return (f"{origin}{rest}", referrer) if other == origin or _is_ordinary_origin(other) else None


def _is_ordinary(text: bytes, telling: frozenset[bytes]) -> bool:
    """Whether the careful ways would leave as it is what follows the origin in a URL."""
    path, _, query = text.partition(b"?")
    if _ORDINARY_PATH.fullmatch(path) is None or _TROUBLING_ESCAPE.search(text):
        return False
    if _ORDINARY_QUERY.fullmatch(query) is None or not _has_short_parameters(text):
        return False
    # names and values alike, which is quicker than telling them apart
    return telling.isdisjoint(query.lower().replace(b"&", b"=").split(b"="))


def _has_short_parameters(text: bytes) -> bool:
    return max(map(len, text.partition(b"?")[2].split(b"&"))) <= SURELY_SHORT


def _masked(origin: str, rest: str, scrubbing: Scrubbing) -> str | None:
    """A URL that is ordinary but for secrets in its path; ``None`` where others may be in its query."""
    path, mark, query = rest.partition("?")
    if "%" in path or "%" in query or "/" in query:
        return None
    masked = scrubbing.masks.mask(path)
    return f"{origin}{masked}{mark}{query}" if len(masked) <= _LONGEST_ORDINARY else None


@lru_cache(maxsize=256)
def _is_ordinary_origin(origin: str) -> bool:
    """Whether scheme, host and port are written as ``clean_page_url`` would write them."""
    return _ORIGIN.fullmatch(origin) is not None
