"""The request path in fresh processes: what a contestant adds to a request, beside the version before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .contestants import Setup, contestant
from .drivers import Driver, driver_of
from .figures import Cell, Ratio, Row, Spread, Table
from .processes import Sink, measure_in_child
from .request_path import Entry, Lane, visit_of
from .versions import Contender
from .visitors import Visitors

_PATIENCE = 120
_COMES = {
    "page": Visitors.with_cookies,
    "static": Visitors.for_a_style_sheet,
    "xhr": Visitors.by_script,
    "new": Visitors.new,
}


@dataclass(frozen=True)
class Part:
    """One figure: what a contestant adds ``over`` another; ``comes_back``: to a visitor's second request."""

    title: str
    key: str
    over: str
    comes: str
    comes_back: bool = False


_PAGE = Part("page view, title and entity", "ours", "bare", "page")
_PARTS = (
    _PAGE,
    Part("static file", "ours", "bare", "static"),
    Part("XHR", "ours", "bare", "xhr"),
    Part("identity='issue' adds, returning", "ours-issuing", "ours", "new", comes_back=True),
    Part("identity='issue' adds, new", "ours-issuing", "ours", "new"),
)


def compare(*, quick: bool, before: Path) -> Iterator[Table]:
    """What is added to a request in the thread that answers it."""
    rounds, turns, requests = (3, 5, 100) if quick else (3, 11, 150)
    trees = {"now": None, "before": before}
    for protocol in ("WSGI", "ASGI"):
        with Sink() as sink:
            sizes = {"port": sink.port, "protocol": protocol, "turns": turns, "requests": requests}
            found: dict[tuple[str, str], list[float]] = {}
            for _ in range(rounds):
                for part in _PARTS:
                    for label, tree in trees.items():
                        found.setdefault((part.title, label), []).append(_measure(part, tree, sizes))
                peer = Part(_PAGE.title, "snowplow", "bare", "page")
                found.setdefault((_PAGE.title, "peer"), []).append(_measure(peer, None, sizes))
        names = {"now": Contender("ours"), "before": Contender("ours", before), "peer": Contender("snowplow")}
        yield Table(
            title=f"Added to a request in its own thread, {protocol}, µs of CPU",
            columns=tuple(column for part in _PARTS for column in (part.title, "ours ÷ it")),
            rows=tuple(Row(names[label].name, tuple(_cells(found, label))) for label in names),
            contestants=(contestant("ours"), contestant("ours-issuing"), contestant("snowplow")),
            notes=(_how(rounds, turns, requests),),
        )


def _how(rounds: int, turns: int, requests: int) -> str:
    return (
        f"{rounds} fresh processes each, one after the other; in each {turns} turns of {requests} requests "
        "with and without, by turns, and the median of the differences; every request has a visitor, cookies "
        "and a URL of its own; over the bare app, and of identity='issue' over identity='read'"
    )


def _measure(part: Part, tree: Path | None, sizes: dict[str, Any]) -> float:
    options = {
        "key": part.key,
        "over": part.over,
        "comes": part.comes,
        "comes_back": part.comes_back,
        **sizes,
    }
    found = measure_in_child("add", options, timeout=_PATIENCE, tree=tree)
    if found is None:
        raise RuntimeError(f"{part.title} took longer than {_PATIENCE} s")
    return found["added"]


def _cells(found: dict[tuple[str, str], list[float]], label: str) -> Iterator[Cell | Ratio]:
    for part in _PARTS:
        values = found.get((part.title, label))
        yield Spread.of(values) if values else None
        if values and label != "now":
            yield Ratio(Spread.of(found[part.title, "now"]).median, Spread.of(values).median)
        else:
            yield None


def add(
    *,
    key: str,
    over: str,
    comes: str,
    comes_back: bool,
    port: int,
    protocol: str,
    turns: int,
    requests: int,
    folder: Path,
) -> dict[str, float]:
    """In the child: what ``key`` takes more than ``over``, µs a request, the median of the turns."""
    with ExitStack() as stack:
        driver = driver_of(protocol)
        stack.callback(driver.close)
        lanes = []
        for each in (over, key):
            made = contestant(each)(Setup(port=port, folder=folder))
            stack.callback(made.close)
            entry = Entry(each, _COMES[comes], comes_back=comes_back)
            lanes.append(Lane(entry, made, driver.app_of(made)))
        visitors = Visitors(seed=1)
        for turn in range(turns + 1):
            for lane in lanes:
                taken = _turn(driver, lane, visitors, requests)
                if turn:  # the first warms up
                    lane.turns.append(taken)
        return {"added": lanes[1].over(lanes[0]).median}


def _turn(driver: Driver, lane: Lane, visitors: Visitors, requests: int) -> float:
    visits = [visit_of(driver, lane, visitors) for _ in range(requests)]
    lane.contestant.flush()
    seconds = driver.cpu_of(lane.app, visits)
    lane.contestant.flush()  # its threads rest while the other takes its turn
    return seconds / requests * 1e6
