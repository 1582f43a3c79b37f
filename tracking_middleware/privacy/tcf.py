"""The consent that the cookie ``euconsent-v2`` holds: the string of the Transparency and Consent Framework.

Read here and not by a library, since those there are take the bits that a cut cookie lacks for consent.
Format: IAB Tech Lab, "Consent string and vendor list formats v2", core segment.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection, Iterable

from ..errors import SettingsError
from .consent import ConsentAnswer, HasCookies, check_answers

COOKIE = "euconsent-v2"
MEASURING = (1, 8, 9)
"""Store on the device, measure content, understand audiences: what a page view with an identity is for."""

_VERSION, _POLICY, _PURPOSES, _VENDORS = 0, 132, 152, 213
"""Where in the core segment these begin, in bits."""
_MOST_PURPOSES, _MOST_VENDORS = 24, 65_535
_CORE = re.compile(r"[A-Za-z0-9_-]{44,8192}")
_NOT_BY_CONSENT = frozenset({0, 2})
"""Restrictions of the publisher's by which a vendor may not, or not by consent, do what a purpose says."""


class UnreadableError(ValueError):
    """What the cookie holds is no string of TCF 2, or was cut."""


def consent_tcf(
    *,
    purposes: Iterable[int] = MEASURING,
    vendor: int | None = None,
    refused: ConsentAnswer = "none",
    missing: ConsentAnswer = "none",
    cookie: str = COOKIE,
) -> Callable[[HasCookies], ConsentAnswer]:
    """A ``consent`` callable that reads the cookie of a TCF 2 consent platform.

    It answers ``full`` where the visitor consented to every one of ``purposes`` (numbers of the TCF: 1 store
    on the device, 7 measure advertising, 8 measure content, 9 understand audiences, 10 improve services)
    and, where ``vendor`` is given, to that vendor of the global list; ``refused`` where not; ``missing``
    without the cookie. One that cannot be read is no consent: ``none``. Raises SettingsError.
    """
    needed = tuple(purposes) if isinstance(purposes, Iterable) else ()
    problems = check_answers(
        "consent_tcf()", {"where consent is refused": refused, "where it is missing": missing}
    )
    if not needed or not all(_is_number(purpose, _MOST_PURPOSES) for purpose in needed):
        problems.append(
            f"consent_tcf() has purposes={purposes!r}: give numbers of 1 to 24, such as {MEASURING}"
        )
    if vendor is not None and not _is_number(vendor, _MOST_VENDORS):
        problems.append(f"consent_tcf() has vendor={vendor!r}: give the vendor's number in the global list")
    if problems:
        raise SettingsError(problems)

    def consent(request: HasCookies) -> ConsentAnswer:
        text = request.cookies.get(cookie)
        if not text:
            return missing
        try:
            return "full" if allows(text, purposes=needed, vendor=vendor) else refused
        except UnreadableError:
            return "none"

    return consent


def allows(text: str, *, purposes: Collection[int], vendor: int | None) -> bool:
    """Whether a TC string has consent to all ``purposes``, and to the vendor; raises UnreadableError."""
    core = text.partition(".")[0]
    if not _CORE.fullmatch(core):
        raise UnreadableError("is no TC string")
    bits = _Bits(urlsafe_b64decode(core + "=" * (-len(core) % 4)) if len(core) % 4 != 1 else b"")
    if bits.number(_VERSION, 6) != 2 or bits.number(_POLICY, 6) < 2:
        raise UnreadableError("is no TC string of version 2")
    may_vendor, refused = _vendor(bits, vendor or 0)  # all of it is read, so that a cut one is found
    allowed = (bits.flag(_PURPOSES + purpose - 1) for purpose in purposes)
    return all(allowed) and (vendor is None or (may_vendor and refused.isdisjoint(purposes)))


def _vendor(bits: _Bits, vendor: int) -> tuple[bool, frozenset[int]]:
    """Whether a vendor has consent, and the purposes that the publisher keeps it from; 0 is no vendor."""
    has_consent, start = _vendor_list(bits, _VENDORS, vendor)
    _, start = _vendor_list(bits, start, vendor)  # those with a legitimate interest
    restrictions, start = bits.number(start, 12), start + 12
    refused = set()
    for _ in range(restrictions):
        purpose, kind = bits.number(start, 6), bits.number(start + 6, 2)
        is_named, start = _ranges(bits, start + 8, vendor)
        if is_named and kind in _NOT_BY_CONSENT:
            refused.add(purpose)
    return has_consent, frozenset(refused)


def _vendor_list(bits: _Bits, start: int, vendor: int) -> tuple[bool, int]:
    """Whether a list of vendors has this one, and where what follows it begins."""
    most, is_ranges, start = bits.number(start, 16), bits.flag(start + 16), start + 17
    if is_ranges:
        return _ranges(bits, start, vendor)
    end = bits.within(start + most)
    return 0 < vendor <= most and bits.flag(start + vendor - 1), end


def _ranges(bits: _Bits, start: int, vendor: int) -> tuple[bool, int]:
    count, start, has_vendor = bits.number(start, 12), start + 12, False
    for _ in range(count):
        width = 16 if bits.flag(start) else 0
        first, last = bits.number(start + 1, 16), bits.number(start + 1 + width, 16)
        has_vendor |= first <= vendor <= last
        start += 17 + width
    return has_vendor, start


class _Bits:
    """Bits of a cookie, which raise UnreadableError where there are none any more."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.length = len(content) * 8

    def within(self, end: int) -> int:
        """The place, where the cookie goes on to it."""
        if end > self.length:
            raise UnreadableError("was cut")
        return end

    def number(self, start: int, width: int) -> int:
        """The whole number of so many bits."""
        end = self.within(start + width)
        part = int.from_bytes(self._content[start // 8 : (end + 7) // 8], "big")
        return (part >> (-end % 8)) & ((1 << width) - 1)

    def flag(self, start: int) -> bool:
        """A single bit."""
        return bool(self.number(start, 1))


def _is_number(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
