"""Texts, times and numbers as pages have them: as they should be, or left out. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from ..settings.path_masks import REDACTED

LONGEST = 255
LONGEST_HEADLINE = 1024
_MOST_ITEMS = 100
_MOST_MARKUP = 16
"""A text that is so much longer than it may be says nothing under its tags and spaces either."""
_LONGEST_TITLE = 10_000
_SPACE = re.compile("[ \t\n\f\r]+")
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@|%40)(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")
_DAMAGED = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd]")
"""What decoding could not read, and what no writer types, which warehouses refuse."""
_INLINE_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")
_NOTHING = frozenset({"undefined", "null", "none", "nan", "n/a", "false", "[object object]", "-"})
_TEMPLATE = re.compile(r"\{\{|\}\}|\{%|%%\w+%%|<%")
_STEP = re.compile("&gt;|[>\u203a»]")
_URL = re.compile(r"https?:|//", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_PRICE = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")
_HIGHEST_PRICE = 9_999_999
_LONGEST_LENGTH = 2_147_483_647
_FIRST_YEAR, _LAST_YEAR = 1500, 2500
"""Beyond stands what means never, such as 9999, of which no moment may be left in UTC."""
_LANGUAGE_OF = "alternateName"


def without_emails(text: str) -> str:
    """A text in which addresses of e-mail are redacted."""
    return _EMAIL.sub(REDACTED, text) if "@" in text or "%40" in text else text


def shown_title(content: str) -> str | None:
    """A title as ``document.title`` has it (HTML, 3.1.5), so that a browser's event has the same.

    Addresses of e-mail are redacted; what is damaged or endless is none.
    """
    title = html.unescape(content) if "&" in content else content
    if not title.isprintable() or "  " in title:
        title = _SPACE.sub(" ", title)
    title = title.strip(" ")
    is_damaged = "\ufffd" in title or "\0" in title  # of which a browser makes U+FFFD
    return without_emails(title) if title and not is_damaged and len(title) <= _LONGEST_TITLE else None


def text_of(value: object, *, longest: int = LONGEST) -> str | None:
    """A text on one line; ``None`` where it is none, too long, damaged, or what a template left."""
    plain = _plain(value)
    if (
        plain is None
        or len(plain) > _MOST_MARKUP * longest
        or _DAMAGED.search(plain)
        or _TEMPLATE.search(plain)
    ):
        return None
    text = without_emails(" ".join(plain.split()))
    return text if text and len(text) <= longest and text.casefold() not in _NOTHING else None


def marked_up_text(value: object, *, longest: int = LONGEST) -> str | None:
    """A text of JSON-LD, whose writers often escape it as HTML, or leave inline tags in it."""
    plain = _plain(value)
    if plain is None or len(plain) > _MOST_MARKUP * longest:
        return None
    return text_of(_INLINE_TAG.sub("", html.unescape(plain)), longest=longest)


def identifier_of(value: object) -> str | None:
    """An id of the site's own: no URL, which the page has already, and nothing with an address of e-mail."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = text_of(value)
    return None if text is None or REDACTED in text or _URL.match(text) else text


def names_of(values: object) -> list[str]:
    """Names in a site's order, each once; of things their names; no URLs and no addresses of e-mail."""
    kept: dict[str, None] = {}
    for named in listed(values):
        name = marked_up_text(named)
        if name and not _URL.match(name) and REDACTED not in name:
            kept[name] = None
            if len(kept) >= _MOST_ITEMS:
                break
    return list(kept)


def sections_of(values: object) -> list[str]:
    """A path of sections; not one text with commas, which may be one name or all of a page's keywords."""
    names = names_of(values)
    return [] if len(names) == 1 and "," in names[0] else names


def listed(values: object) -> Iterator[object]:
    """What a list has, or the one there is; of a thing its ``name``."""
    for value in values if isinstance(values, list) else [values]:
        if isinstance(value, dict) and "@value" not in value:
            yield from listed(value.get("name")) if value.get("name") is not value else ()
        elif value is not None:
            yield value


def split_names(values: object) -> list[str]:
    """Keywords: those of a list, or of one text with commas, else semicolons, between them."""
    texts = values if isinstance(values, list) else [values]
    if (
        texts and isinstance(texts[0], str) and all(text == texts[0] for text in texts)
    ):  # also one that is there twice
        text = html.unescape(texts[0])
        values = text.split("," if "," in text else ";")
    return names_of(values)


def category_path(text: str) -> str:
    """A path of categories with the separator that the schema's description has."""
    return "/".join(part.strip() for part in _STEP.split(text))


def moment_of(value: object) -> datetime | None:
    """A moment (ISO 8601, or RFC 5322): ``None`` where its offset is not said, or it is somebody's zero."""
    text = _plain(value)
    if text is None:
        return None
    text = text.strip()
    try:
        moment: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        moment = _of_mail(text)
    if moment is None or moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return None if moment.timestamp() == 0 else moment


def words_of(value: object) -> int | None:
    """A number of words; templates that count nothing write 0."""
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,10}\s*", value, re.ASCII):
        value = int(value)
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LONGEST_LENGTH
    return value if is_count else None  # type: ignore[return-value]  # an int


def language_of(value: object) -> str | None:
    """A BCP 47 tag, of ``en_GB`` too; of a ``Language`` of schema.org its ``alternateName``."""
    if isinstance(value, dict):
        value = value.get(_LANGUAGE_OF) or value.get("name")
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    text = text_of(value)
    tag = "" if text is None else text.replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else None


def price_of(value: object) -> Decimal | None:
    """An amount with a point and two decimals at most; where a comma stands nobody knows what it means."""
    text = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    if not _PRICE.fullmatch(text):
        return None
    price = Decimal(text)
    rounded = price.quantize(Decimal("0.01"))
    return rounded if rounded == price <= _HIGHEST_PRICE else None


def currency_of(value: object) -> str | None:
    """An ISO 4217 code."""
    text = value.strip().upper() if isinstance(value, str) else ""
    return text if re.fullmatch("[A-Z]{3}", text) else None


def known(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that are known."""
    return {name: value for name, value in fields.items() if value is not None and value != []}


def _plain(value: object) -> str | None:
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) else None


def _of_mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
