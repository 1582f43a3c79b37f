"""What ``format`` takes: the formats of the pipeline's validator, and of each just what passes there.

The validator is networknt's json-schema-validator 1.0.76, as iglu-scala-client sets it up. It knows formats
of its own (``phone``, ``color``, ``alpha`` …), and for draft 4 also those of later drafts. It is at times
laxer than a standard (a ``time`` of 99:99:99) and at times stricter (no ``time`` has a zone). What it does
not know, as ``uri-reference``, ``regex`` and ``json-pointer``, takes any text.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping

from .dates import is_date, is_date_time
from .emails import is_email

Format = Callable[[str], bool]

_PLAIN = r"A-Za-z0-9._~%!$&'()*+,;=:\-"
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_SHARE = r"(?:\d?\d%|100%)+"
_NAMES = (
    "aqua|black|blue|fuchsia|gray|green|lime|maroon|navy|olive|orange|purple|red|silver|teal|white|yellow"
)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_LINE_ENDS = re.compile(r"[\n\r\x85\u2028\u2029]")


def _three(part: str) -> str:
    return rf"rgb\(\s*{part}\s*,\s*{part}\s*,\s*{part}\s*\)"


_PATTERNS = {
    "alpha": r"[A-Za-z]+",
    "alphanumeric": r"[A-Za-z0-9]+",
    "color": rf"#?[0-9A-Fa-f]{{3,6}}|{_NAMES}|{_three(_BYTE)}|{_three(_SHARE)}",
    "duration": r"-?P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+[DW])?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
    "hostname": rf"{_LABEL}(?:\.{_LABEL})*+",
    "phone": r"\+(?:\d ?){6,14}\d",
    "time": r"\d{2}:\d{2}:\d{2}(?:\.\d+)?",
    # brackets are for a host in them, and no run of characters is looked at twice
    "uri": rf"[A-Za-z][A-Za-z0-9+.\-]*+:(?://(?:[{_PLAIN}]*+@)?[{_PLAIN}\[\]]*+)?[{_PLAIN}@/]*+"
    rf"(?:\?[{_PLAIN}@/?]*+)?(?:\#[{_PLAIN}@/?]*+)?",
    "utc-millisec": r"\d++(?:\.\d+)?",
    "uuid": r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
}


def _matching(pattern: str) -> Format:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _is_ipv6(text: str) -> bool:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return address.scope_id is None and "%" not in text


def _is_loose_ipv4(text: str) -> bool:
    """With zeros in front, which ``ipv4`` refuses."""
    parts = text.split(".")
    return len(parts) == 4 and all(re.fullmatch(r"[0-9]{1,3}", part) and int(part) <= 255 for part in parts)


def _is_style(text: str) -> bool:
    """A name in one line, a colon, and a value without a semicolon but at its end: ``color: red;``."""
    declaration = text.removesuffix(";")
    colon = declaration.find(":", max(1, declaration.rfind(";")))
    name = declaration[: max(colon, 0)]
    return colon > 0 and colon + 1 < len(declaration) and not _LINE_ENDS.search(name.lstrip(" \t\n\v\f\r"))


def _is_anything(_text: str) -> bool:
    return True


FORMATS: Mapping[str, Format] = {
    **{name: _matching(pattern) for name, pattern in _PATTERNS.items()},
    "date": is_date,
    "date-time": is_date_time,
    "email": is_email,
    "ip-address": _is_loose_ipv4,
    "ipv4": _is_ipv4,
    "ipv6": _is_ipv6,
    "style": _is_style,
    # known to the validator that is used here, and not to the pipeline's
    **dict.fromkeys(
        (
            *("idn-email", "idn-hostname", "iri", "iri-reference", "json-pointer", "regex"),
            *("relative-json-pointer", "uri-reference", "uri-template"),
        ),
        _is_anything,
    ),
}
"""By name, whether a text is of the format."""
