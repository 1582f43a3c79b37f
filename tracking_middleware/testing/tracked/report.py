"""What was tracked, as text for people whose test has failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .data import TrackedData
from .tracked_event import TrackedEvent

_MOST = 20
"""Events that a report lists at the most."""
_SHOWN = ("category", "action", "label", "property", "value", "user_id", "domain_userid")


_ADVICE = {
    "method": "only a GET is a page view",
    "status": "its answer's status is not among track_status",
    "content_type": "its answer is no text/html",
    "prefetch": "its headers say that it was fetched ahead",
    "fetch": "its Accept, X-Requested-With or Sec-Fetch-Dest asks for no page: send Accept: text/html alone",
    "fragment": "HX-Request asks for a part of a page",
    "frame": "Sec-Fetch-Dest says that a frame asks",
    "excluded": "the setting exclude has its path",
    "skipped_by_app": "by current_page().skip() or untracked",
    "consent_none": "the visitor's consent is none",
    "opt_out": "the visitor has the opt_out_cookie",
    "nested": "an outer middleware tracks it",
}
"""By the names in ``stats()["skipped"]``, what each comes from."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A request that is no page view, and the named reason; see ``stats()["skipped"]``."""

    reason: str
    method: str
    path: str


def skipped_line(skip: Skipped) -> str:
    """A request that is no page view, the reason, and what that comes from."""
    advice = f": {_ADVICE[skip.reason]}" if skip.reason in _ADVICE else ""
    return f"skipped: {skip.reason}  {skip.method} {skip.path}{advice}"


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
        line
        for name, value in wanted.items()
        if (given := getattr(event, name)) != value
        for line in data_differences(given, value, within=name)
        or [f"- {name}: wanted {value!r}, is {given!r}"]
    ]


def data_differences(given: object, wanted: object, *, within: str = "") -> list[str]:
    """In what tracked data is not as it is wanted, a line for each field; none where they are nothing alike.

    Either may be the tracked one.
    """
    if isinstance(given, TrackedData):
        found = given.against(wanted) or []
    elif isinstance(wanted, TrackedData):
        found = [(name, left, right) for name, right, left in wanted.against(given) or []]
    else:
        return []
    place = f"{within}." if within else ""
    return [_difference(f"{place}{name}", left, right) for name, left, right in found]


def _difference(name: str, given: object, wanted: object) -> str:
    return f"- {name}: wanted {wanted!r}, is {given!r}"


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
