"""Events as lines in a terminal, as they come."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from ..enrichment.bad_rows import columns_of_bad
from ..payload.times import iso_of_milliseconds
from ..store.store import Row
from .showing import Showing

_MOST_WAITING = 10_000
_LONGEST = 120
_GREEN, _RED, _DIM, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[0m"


class Tail:
    """Writes a line for each row, in a thread of its own: a terminal that is held up holds up no tracker.

    What comes while more than 10,000 events wait to be written is counted, and the count written.
    """

    def __init__(self, stream: TextIO, showing: Showing, *, is_coloured: bool) -> None:
        self._stream = stream
        self._showing = showing
        self._is_coloured = is_coloured
        self._waiting: queue.Queue[Row | None] = queue.Queue(_MOST_WAITING)
        self._missed = 0
        self._thread = threading.Thread(target=self._write_all, name="tracking-tail", daemon=True)
        self._thread.start()

    def heard(self, rows: Sequence[Row]) -> None:
        """Have rows written; may be called from any thread, and never waits."""
        for row in rows:
            try:
                self._waiting.put_nowait(row)
            except queue.Full:
                self._missed += 1

    def close(self, timeout: float = 1.0) -> None:
        """Write what waits, for ``timeout`` seconds at the most."""
        try:
            self._waiting.put(None, timeout=timeout)
        except queue.Full:
            return
        self._thread.join(timeout)

    def _write_all(self) -> None:
        while (row := self._waiting.get()) is not None:
            try:
                self._write(line_of(self._showing.row(row), is_coloured=self._is_coloured))
                if self._missed:
                    missed, self._missed = self._missed, 0
                    self._write(f"… {missed} events came too fast to be written here")
            except (OSError, ValueError):  # nobody reads any more
                return

    def _write(self, line: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        self._stream.flush()


def line_of(row: Row, *, is_coloured: bool) -> str:
    """One line: its own time (UTC), good or bad, platform, app_id, event, what it is about, person, event_id.

    The time has its day where that is not the day of receipt; an event without one has the time of receipt.

    Nothing that an event says gets to the terminal but characters that show: what else there is,
    control characters and those that turn the direction of text, is �.
    """
    kind = "good" if row.is_good else "bad"
    facts = [_shown(value) for value in (_good(row.shape) if row.is_good else _bad(row.shape))]
    time = _shown(_time(row))
    if is_coloured:
        colour = _GREEN if row.is_good else _RED
        time, kind = f"{_DIM}{time}{_PLAIN}", f"{colour}{kind:<4}{_PLAIN}"
    return "  ".join([time, f"{kind:<4}", *facts])


def _good(shape: Mapping[str, Any]) -> tuple[object, ...]:
    event = shape["event"]
    parts = (event["se_category"], event["se_action"], event["se_label"])
    about = " / ".join(str(part) for part in parts if part) or event["page_url"]
    return event["platform"], event["app_id"], _name(event), about, _person(event), event["event_id"]


def _bad(shape: Mapping[str, Any]) -> tuple[object, ...]:
    sent = _sent(shape)
    reasons = "; ".join(str(reason) for reason in shape["errors"])
    person = sent.get("uid") or sent.get("duid")
    name = _name(columns_of_bad(shape)) or sent.get("e")
    return sent.get("p"), sent.get("aid"), name, reasons, person, sent.get("eid")


def _name(columns: Mapping[str, Any]) -> object:
    """A self-describing event has that of its schema."""
    return (columns["event_name"] if columns["event"] == "unstruct" else None) or columns["event"]


def _sent(shape: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters of a bad event, as far as there are any."""
    return (shape["rawEvent"] or {}).get("parameters") or {}


def _time(row: Row) -> str:
    if row.is_good:
        own = row.shape["event"]["true_tstamp"] or row.shape["event"]["dvce_created_tstamp"]
    else:
        own = _read_time(_sent(row.shape))
    moment = str(own or row.received).rstrip("Z")
    day, _, time = moment.partition("T")
    return time if day == row.received[:10] else f"{day} {time}"


def _read_time(sent: Mapping[str, Any]) -> str | None:
    try:
        return iso_of_milliseconds(str(sent.get("ttm") or sent.get("dtm") or ""))
    except ValueError:
        return None


def _person(event: Mapping[str, Any]) -> object:
    return event["user_id"] or event["domain_userid"] or event["network_userid"]


def _shown(value: object) -> str:
    text = "-" if value is None or value == "" else str(value)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
