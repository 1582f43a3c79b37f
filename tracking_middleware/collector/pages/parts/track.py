"""A journey as inline SVG: a band for each session, a lane for the browser and one for the server; pure.

Time goes to the right, and long waits are drawn short: what they were is written into them.
"""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ...insights.journeys import Journey, Session, Step, is_handed_off, is_server, moment_of
from ...store.rows import StoredRow
from .html import Child, Element, tag
from .lines import line_of
from .scale import written

_CLIENT, _SERVER, _HEIGHT = 64, 112, 156
_MARGIN, _BETWEEN, _LETTER = 14, 96, 6.9
_LONGEST_LABEL = 24
_WORTH_SAYING = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Band:
    """A drawn band, and where it ends."""

    element: Element
    end: float


def track(journey: Journey) -> Element:
    """All of a journey, as wide as it needs."""
    x, parts, previous = 0.0, list[Child](), None
    for session in journey.sessions:
        if previous is not None:
            parts.append(_later(x, previous, session.steps[0].rows[0]))
            x += _BETWEEN
        band = _session(x, session, has_devices=len(journey.persons) > 1)
        parts.append(band.element)
        x, previous = band.end, session.steps[-1].rows[-1]
    if journey.off_browser:
        first = journey.off_browser[0].rows[0]
        if previous is not None:
            parts.append(_later(x, previous, first, is_handed_off=is_handed_off(first)))
            x += _BETWEEN
        band = _off_browser(x, journey.off_browser)
        parts.append(band.element)
        x = band.end
    return tag(
        "svg",
        tag("path", d=f"M0 {_CLIENT}H{x:.0f}M0 {_SERVER}H{x:.0f}", class_="lane"),
        parts,
        width=math.ceil(x),
        height=_HEIGHT,
        viewBox=f"0 0 {math.ceil(x)} {_HEIGHT}",
        role="group",
        aria_label="Events in time",
        class_="track",
    )


def _session(x: float, session: Session, *, has_devices: bool) -> _Band:
    title = "Session" if session.index is None else f"Session {session.index}"
    if session.name is None:
        title = "Outside any session"
    if has_devices:
        title += f" · device {session.device}"
    return _band(x, title, session.steps, "session")


def _off_browser(x: float, steps: Sequence[Step]) -> _Band:
    return _band(x, "Off-browser", steps, "off-browser")


def _band(x: float, title: str, steps: Sequence[Step], kind: str) -> _Band:
    position, drawn, previous = x + _MARGIN, list[Child](), None
    for step in steps:
        rows = step.rows
        if previous is not None:
            waited = moment_of(rows[0]) - moment_of(previous)
            space = _space(waited)
            if waited >= _WORTH_SAYING:
                drawn.append(_text(position + space / 2, (_CLIENT + _SERVER) / 2 + 4, span(waited), "wait"))
            position += space
        width = _width(rows)
        drawn.append(_step(position + width / 2, step))
        position, previous = position + width, rows[-1]
    began = steps[0].rows[0].summary.derived
    end = max(position + _MARGIN, x + (len(title) + 25) * 6.9 + 30)
    head = tag(
        "text",
        tag("tspan", title, class_="band-title"),
        tag("tspan", written(began), dx=8, class_="band-time"),
        x=x + 12,
        y=20,
    )
    frame = tag("rect", x=x + 0.5, y=0.5, width=end - x - 1, height=_HEIGHT - 1, rx=10, class_="frame")
    return _Band(tag("g", frame, head, drawn, class_=f"band {kind}"), end)


def _step(x: float, step: Step) -> Element:
    """One event, or a page view that both sides saw, which a line joins."""
    parts: list[Child] = []
    if len(step.rows) == 2:
        parts.append(tag("path", d=f"M{x:.1f} {_CLIENT}V{_SERVER}", class_="joint"))
    elif step.is_unreported:
        parts.append(
            tag(
                "g",
                tag("title", "The browser did not report this page view"),
                tag("circle", cx=x, cy=_CLIENT, r=6.5, class_="ghost"),
            )
        )
    parts += [_event(x, row) for row in step.rows]
    label = _label(step.rows)
    if label:
        is_above = any(not is_server(row) for row in step.rows)
        parts.append(_text(x, _CLIENT - 15 if is_above else _SERVER + 25, label, "label"))
    return tag("g", parts)


def _event(x: float, row: StoredRow) -> Element:
    line = line_of(row)
    when = f"{line.platform}, {written(row.summary.derived)} UTC"
    words = [line.name, line.detail[:80], line.title[:80], line.page, when]
    size = 3.5 if row.summary.event_name == "page_ping" else 7.0
    mark = (
        tag("rect", x=x - size, y=_SERVER - size, width=2 * size, height=2 * size, rx=2.5, class_="server")
        if line.side == "server"
        else tag("circle", cx=x, cy=_CLIENT, r=size, class_="client")
    )
    handed = (
        tag("path", d=f"M{x - 3.2:.1f} {_SERVER}h6m-2.6 -2.6l2.8 2.6l-2.8 2.6", class_="handed")
        if line.side == "server" and is_handed_off(row)
        else None
    )
    name = " · ".join(word for word in words if word) + (" · by a hand-off token" if handed else "")
    return tag(
        "a",
        tag("title", name),
        mark,
        handed,
        href=f"/events/{row.id}",
        aria_label=name,
        class_="mark",
        data_kind="view" if row.summary.event_name == "page_view" else "event",
    )


def _later(x: float, before: StoredRow, after: StoredRow, *, is_handed_off: bool = False) -> Element:
    """What lies between two bands."""
    middle, y = x + _BETWEEN / 2, (_CLIENT + _SERVER) / 2
    start = _SERVER if is_handed_off else y
    return tag(
        "g",
        tag("path", d=f"M{x + 6:.1f} {start}H{x + _BETWEEN - 12:.1f}m-5 -4l5 4l-5 4", class_="passage"),
        _text(middle, start - 10, _later_words(moment_of(after) - moment_of(before)), "wait"),
        _text(middle, start + 18, "hand-off", "handed-words") if is_handed_off else None,
        class_="later",
    )


def _later_words(waited: timedelta) -> str:
    return f"{span(waited)} later" if waited > timedelta(0) else "at the same time"


def _text(x: float, y: float, text: str, kind: str) -> Element:
    return tag("text", text, x=x, y=y, text_anchor="middle", class_=kind)


def _label(rows: Sequence[StoredRow]) -> str:
    """A view by its title, where one side knows it, else by the end of its path."""
    line = line_of(rows[0])
    if line.name == "page_ping":
        return ""
    if line.name == "struct":
        return _begun(str(rows[0].shape["event"]["se_action"] or line.name))
    if line.name != "page_view":
        return _begun(line.name)
    title = next((each.title for each in map(line_of, rows) if each.title.strip()), "")
    if title:
        return _begun(" ".join(title.split()))
    return line.page if len(line.page) <= _LONGEST_LABEL else f"…{line.page[1 - _LONGEST_LABEL :]}"


def _begun(text: str) -> str:
    """As much of it as a label has room for."""
    if _letters(text) <= _LONGEST_LABEL:
        return text
    rooms = itertools.accumulate(map(_letters, text))
    count = sum(room < _LONGEST_LABEL for room in rooms)
    return f"{text[:count].rstrip()}…"


def _letters(text: str) -> int:
    """The room that a text takes: a Chinese letter or an emoji is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _width(rows: Sequence[StoredRow]) -> float:
    label = _label(rows)
    return max(30.0, _letters(label) * _LETTER + 20) if label else 16.0


def _space(waited: timedelta) -> float:
    """Of a wait: the longer the more, but never in proportion."""
    seconds = max(0.0, waited.total_seconds())
    words = len(span(waited)) * _LETTER + 10 if waited >= _WORTH_SAYING else 0.0
    return max(words, min(90.0, 5 * math.log2(1 + seconds)))


def span(waited: timedelta) -> str:
    """A time as people say it."""
    seconds = abs(waited.total_seconds())
    for name, size in (("day", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {name}{'s' if name == 'day' and count != 1 else ''}"
    return f"{seconds:.0f} s"
