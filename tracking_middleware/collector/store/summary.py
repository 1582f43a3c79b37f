"""The few values of an event that are looked for and listed; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ...protocol.fields import EVENT_NAMES

_LONGEST_NAME = 512
_LONGEST_TEXT = 10_000
"""Characters. No good event has more; a bad one may have any number, and they are in its shape."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of an event; of a bad one what its parameters say, unchecked.

    ``event_name`` is ``page_view``, ``struct`` … and of a self-describing event the name of its schema,
    ``derived`` the moment it happened (the receipt where that is not known), ISO 8601 in UTC, ``reason``
    groups bad rows: the first sentence of why, without the values that it quotes.
    """

    derived: str
    event_id: str | None = None
    app_id: str | None = None
    platform: str | None = None
    event_name: str | None = None
    event_vendor: str | None = None
    domain_userid: str | None = None
    domain_sessionid: str | None = None
    domain_sessionidx: int | None = None
    user_id: str | None = None
    network_userid: str | None = None
    page_url: str | None = None
    page_title: str | None = None
    useragent: str | None = None
    br_family: str | None = None
    reason: str | None = None


_QUOTED = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_MORE = re.compile(r" \(and [0-9]+ more\)$")
_VARYING = (
    re.compile(rf"(?<!key ){_QUOTED}(?= (?:is|has) )"),
    re.compile(r"(?<=\bis )[0-9]+(?= characters)"),
    re.compile(r"(?<=\bdata\[)[0-9]+(?=\])"),
    re.compile(r"(?<=: )line [0-9]+ column [0-9]+ \(char [0-9]+\)$"),
)
_TEXTS = ("page_url", "page_title", "useragent")
_SENT = {
    "event_id": "eid",
    "app_id": "aid",
    "platform": "p",
    "domain_userid": "duid",
    "domain_sessionid": "sid",
    "user_id": "uid",
    "network_userid": "tnuid",
    "page_url": "url",
    "page_title": "page",
    "useragent": "ua",
}


def summary_of(shape: Mapping[str, Any], *, is_good: bool, received: str) -> Summary:
    """The summary of what Micro's API shows of a good or a bad event."""
    if is_good:
        return _of_good(shape["event"], received)
    raw = shape.get("rawEvent") or {}
    return _of_bad(raw.get("parameters") or {}, shape.get("errors") or (), received)


def _of_good(columns: Mapping[str, Any], received: str) -> Summary:
    name = (columns["event_name"] if columns["event"] == "unstruct" else None) or columns["event"]
    get = columns.get
    return Summary(
        derived=get("derived_tstamp") or received,
        event_id=_cut(get("event_id"), _LONGEST_NAME),
        app_id=_cut(get("app_id"), _LONGEST_NAME),
        platform=_cut(get("platform"), _LONGEST_NAME),
        event_name=_cut(name, _LONGEST_NAME),
        event_vendor=_cut(get("event_vendor"), _LONGEST_NAME),
        domain_userid=_cut(get("domain_userid"), _LONGEST_NAME),
        domain_sessionid=_cut(get("domain_sessionid"), _LONGEST_NAME),
        domain_sessionidx=get("domain_sessionidx"),
        user_id=_cut(get("user_id"), _LONGEST_NAME),
        network_userid=_cut(get("network_userid"), _LONGEST_NAME),
        page_url=_cut(get("page_url"), _LONGEST_TEXT),
        page_title=_cut(get("page_title"), _LONGEST_TEXT),
        useragent=_cut(get("useragent"), _LONGEST_TEXT),
        br_family=_cut(get("br_family"), _LONGEST_NAME),
    )


def _of_bad(parameters: Mapping[str, Any], errors: Any, received: str) -> Summary:
    found = {name: parameters.get(key) for name, key in _SENT.items()}
    event = parameters.get("e")
    return Summary(
        derived=received,
        domain_sessionidx=_number(parameters.get("vid")),
        event_name=_cut(EVENT_NAMES.get(event, event) if isinstance(event, str) else event, _LONGEST_NAME),
        reason=_cut(group_of(str(errors[0])[:_LONGEST_TEXT] if errors else "unknown"), _LONGEST_NAME),
        **{
            name: _cut(value, _LONGEST_TEXT if name in _TEXTS else _LONGEST_NAME)
            for name, value in found.items()
        },
    )


def group_of(sentence: str) -> str:
    """What a sentence on a bad row has in common with those on others: it without the values it quotes."""
    sentence = _MORE.sub("", sentence)
    for pattern in _VARYING:
        sentence = pattern.sub("…", sentence)
    return sentence


def _cut(value: object, longest: int) -> str | None:
    """Text that SQLite can keep, at most so long; empty is as good as none."""
    if value is None or value == "":
        return None
    text = (value if isinstance(value, str) else str(value))[:longest]
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _number(value: object) -> int | None:
    return (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
        else None
    )
