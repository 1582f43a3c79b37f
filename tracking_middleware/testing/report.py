"""What was tracked, as text for people whose test has failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .tracked_event import TrackedEvent

_MOST = 20
"""Events that a report lists at the most."""
_SHOWN = ("category", "action", "label", "property", "value", "user_id", "domain_userid")


def report(expected: str, tracked: Sequence[TrackedEvent], notes: Iterable[str]) -> str:
    """What was expected, each event that was tracked instead, and what else is worth knowing."""
    lines = [f"{expected}; tracked {'was nothing' if not tracked else 'were' if len(tracked) > 1 else 'was'}"]
    for number, event in enumerate(tracked[:_MOST], 1):
        lines += [f"  {number}  {line}" if n == 0 else f"     {line}" for n, line in enumerate(_lines(event))]
    if len(tracked) > _MOST:
        lines.append(f"  … and {len(tracked) - _MOST} more")
    return "\n".join([*lines, *notes])


def differences(event: TrackedEvent, wanted: Mapping[str, Any]) -> list[str]:
    """In what an event is not as it is wanted, a line each."""
    return [
        f"- {name}: wanted {value!r}, is {getattr(event, name)!r}"
        for name, value in wanted.items()
        if getattr(event, name) != value
    ]


def _lines(event: TrackedEvent) -> list[str]:
    anonymous = "  anonymous" if event.is_anonymous else ""
    lines = [f"{event.name}  {event.page_url or '(no page)'}{anonymous}"]
    if event.page_title:
        lines.append(f"page_title {event.page_title!r}")
    lines += [f"{name} {value!r}" for name in _SHOWN if (value := getattr(event, name))]
    if event.data is not None:
        lines.append(f"{event.schema} {event.data!r}")
    lines += [f"entity {entity.schema} {entity!r}" for entity in event.entities]
    return lines
