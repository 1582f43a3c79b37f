"""How each kind of setting is checked: a function from what was given to what is used.

Each raises ValueError with a sentence that says what would be right; text is taken where the
environment can give nothing else.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from .path_masks import masks_of
from .public_suffixes import is_public_suffix

Check = Callable[[Any], Any]

_HOST = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.\[\]]+")
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,=:@%/-]*")
"""Without the ``;`` that would end a cookie's attribute."""
_OWN_HEADERS = frozenset(
    {"cookie", "content-type", "content-length", "content-encoding", "transfer-encoding", "host"}
)
_PATH_MARKS = "/._~!$&'()*+,=:@%-"
_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})


def switch(value: Any) -> bool:
    """True or False, in text ``true`` or ``false``."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
        return value.strip().lower() in _TRUE
    raise ValueError("must be True or False (in text true, yes, on or 1, false, no, off or 0)")


def text(*, longest: int) -> Check:
    """Text that is not empty and not longer than the protocol allows."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
            raise ValueError(f"must be text of 1 to {longest} printable characters")
        return value

    return check


def one_of(*choices: str) -> Check:
    """One of the words."""

    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError("must be " + " or ".join(repr(choice) for choice in choices))
        return str(value)

    return check


def some_of(*choices: str) -> Check:
    """A list of some of the words, each once, in an order that counts."""

    def check(value: Any) -> tuple[str, ...]:
        listed = words(value)
        wrong = next((word for word in listed if word not in choices), None)
        if wrong is not None:
            raise ValueError(f"holds {wrong!r}: it may hold " + ", ".join(repr(choice) for choice in choices))
        return tuple(dict.fromkeys(listed))

    return check


def whole_number(*, least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any) -> int:
        number = (
            int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value.strip()) else value
        )
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return number

    return check


def seconds(*, most: float) -> Check:
    """A positive number of seconds."""

    def check(value: Any) -> float:
        number = value
        if isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value.strip()):
            number = float(value)
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number <= most:
            raise ValueError(f"must be a number of seconds above 0 and up to {most:g}")
        return float(number)

    return check


def share(value: Any) -> float:
    """A number above 0 and up to 1."""
    number = value
    if isinstance(value, str) and re.fullmatch(r"[0-9]*\.?[0-9]+", value.strip()):
        number = float(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number <= 1:
        raise ValueError("must be a number above 0 and up to 1")
    return float(number)


def words(value: Any) -> tuple[str, ...]:
    """A list of text, in text comma-separated."""
    items = value.split(",") if isinstance(value, str) else value
    if isinstance(items, Mapping) or not isinstance(items, Iterable):
        raise ValueError("must be a list of text")
    listed = tuple(item.strip() if isinstance(item, str) else item for item in items)
    if not all(isinstance(item, str) for item in listed):
        raise ValueError("must be a list of text")
    return tuple(item for item in listed if item)


def lower_words(value: Any) -> frozenset[str]:
    """A list of text in which case does not matter."""
    return frozenset(word.lower() for word in words(value))


def path_globs(value: Any) -> tuple[str, ...]:
    """Globs on paths."""
    globs = words(value)
    wrong = next((glob for glob in globs if not glob.startswith(("/", "*"))), None)
    if wrong is not None:
        raise ValueError(f"holds {wrong!r}: a path begins with '/', write '/{wrong}'")
    return globs


def path_masks(value: Any) -> tuple[str, ...]:
    """Patterns of paths with segments to mask."""
    patterns = path_globs(value)
    masks_of(patterns)
    return patterns


def statuses(value: Any) -> frozenset[int]:
    """HTTP statuses: numbers, ranges, or text such as ``"200-299"``."""
    items = value.split(",") if isinstance(value, str) else value
    if isinstance(items, int):
        items = [items]
    if isinstance(items, bytes | bytearray | Mapping) or not isinstance(items, Iterable):
        raise ValueError("must be a list of statuses such as 200 and of ranges such as '200-299'")
    found = frozenset(status for item in items for status in _status_range(item))
    if not found:
        raise ValueError("must have a status at least, or nothing is a page view: enabled=False says that")
    return found


def _status_range(item: Any) -> range:
    span = None
    if isinstance(item, range):
        span = item
    elif isinstance(item, int) and not isinstance(item, bool):
        span = range(item, item + 1)
    elif isinstance(item, str) and (match := re.fullmatch(r"([0-9]{3})(?:-([0-9]{3}))?", item.strip())):
        span = range(int(match[1]), int(match[2] or match[1]) + 1)
    if span is None or not span or min(span) < 100 or max(span) > 599:
        raise ValueError(f"holds {item!r}: give statuses such as 200 or ranges such as '200-299'")
    return span


def collector_url(value: Any) -> str:
    """``http(s)://host[:port][/path]``, or ``log:``."""
    if value == "log:":
        return "log:"
    return _web_url(value, "must be http(s)://host[:port][/path], or 'log:'")


def origin(value: Any) -> str:
    """A scheme and host, without a path."""
    sentence = "must be a scheme and host such as 'https://www.example.com'"
    url = _web_url(value, sentence).rstrip("/")
    if urlsplit(url).path:
        raise ValueError(sentence)
    return url


def _web_url(value: Any, sentence: str) -> str:
    if not isinstance(value, str) or not value.isprintable() or " " in value:
        raise ValueError(sentence)
    try:
        parts = urlsplit(value)
        is_right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(sentence)
    return value


def cookie_prefix(value: Any) -> str:
    """The beginning of a cookie's name (RFC 6265, 4.1.1)."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", value):
        raise ValueError("must be the tracker's cookieName, such as '_sp_' (letters, digits, '_', '-', '.')")
    return value


def cookie_name(value: Any) -> str:
    """A cookie's name (RFC 6265, 4.1.1: a token)."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}", value):
        raise ValueError("must be a cookie's name, such as 'opt_out'")
    return value


def cookie_domain(value: Any) -> str:
    """A domain, with a leading dot where the tracker's ``cookieDomain`` has one."""
    if not isinstance(value, str) or len(value) > 255 or not _HOST.fullmatch(value):
        raise ValueError("must be the tracker's cookieDomain, such as 'example.com', without scheme or port")
    if value != "auto" and is_public_suffix(value):
        raise ValueError(
            "must be a domain of your own, such as 'example.com': no browser takes a cookie for one that "
            "everybody shares"
        )
    return value


def cookie_path(value: Any) -> str:
    """A cookie's path, as browsers compare it: the path of a URL (RFC 6265, 5.1.4; RFC 3986, 3.3)."""
    if not isinstance(value, str) or not value.startswith("/") or len(value) > 1024:
        raise ValueError("must be a path that begins with '/', such as '/'")
    if not _PATH.fullmatch(value):
        written = quote(value, safe=_PATH_MARKS, errors="replace")
        raise ValueError(f"must be a path as it is written in a URL, such as {written!r}")
    return value


def function(*, like: str) -> Check:
    """A callable, or the dotted path of one; ``like`` is the example that is given of it."""

    def check(value: Any) -> Callable[..., Any]:
        found = _imported(value) if isinstance(value, str) else value
        if not callable(found):
            raise ValueError(f"must be a callable, or the dotted path of one such as 'shop.tracking.{like}'")
        checked: Callable[..., Any] = found
        return checked

    return check


def _imported(path: str) -> Any:
    """What a dotted path names; None where it is no path."""
    module, _, name = path.replace(":", ".").rpartition(".")
    if not all(part.isidentifier() for part in f"{module}.{name}".split(".")):
        return None
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"names {path!r}, which cannot be imported ({error})") from error


def header_mapping(value: Any) -> dict[str, str]:
    """Extra headers of the POSTs to the collector."""
    if not isinstance(value, Mapping):
        raise ValueError("must be a mapping of header names to values")
    for name, content in value.items():
        if not isinstance(name, str) or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise ValueError(f"holds {name!r}, which is no header name")
        if name.lower() in _OWN_HEADERS:
            raise ValueError(f"holds {name!r}, which the tracker itself decides")
        if not isinstance(content, str) or not content.isascii() or not content.isprintable():
            raise ValueError(f"must give text for {name!r}, ASCII and without line breaks")
        if content != content.strip():  # RFC 9110, 5.5: blanks around a value are none of it
            raise ValueError(f"must give text for {name!r} without blanks around it")
    return dict(value)
