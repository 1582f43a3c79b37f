"""CPU on the request path: of a tracked page view, and of a request that is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from .contestants import Contestant, Setup, contestant
from .drivers import ASGIDriver, Driver, WSGIDriver
from .figures import Cell, Ratio, Row, Spread, Table
from .processes import Sink
from .visitors import Visit, Visitors

Maker = Callable[[Visitors], Visit]


@dataclass(frozen=True)
class Entry:
    """Who is measured, and with which visitors; ``comes_back``: with the cookies of an earlier answer."""

    key: str
    comes: Maker = Visitors.with_cookies
    label: str = ""
    comes_back: bool = False


@dataclass
class Lane:
    """A contestant that takes its turns, and what each took, in µs a request."""

    entry: Entry
    contestant: Contestant
    app: object
    turns: list[float] = field(default_factory=list)
    arrived: int = 0

    @property
    def name(self) -> str:
        return f"{self.contestant.name}{self.entry.label}"

    @property
    def is_ours(self) -> bool:
        return self.entry.key.startswith("ours")

    def over(self, bare: Lane) -> Spread:
        """What it costs more than the bare app, turn by turn."""
        return Spread.of(mine - base for mine, base in zip(self.turns, bare.turns, strict=True))


_SESSIONS = (
    Entry("starlette-session", Visitors.new, ", returning visitor", comes_back=True),
    Entry("starlette-session", Visitors.new, ", new visitor"),
)
_PAGE_VIEWS = (
    Entry("bare"),
    Entry("ours"),
    Entry("ours-issuing", Visitors.new, ", returning visitor", comes_back=True),
    Entry("ours-issuing", Visitors.new, ", new visitor"),
    Entry("opentelemetry"),
    Entry("opentelemetry-attributes"),
    Entry("snowplow"),
    Entry("posthog"),
    Entry("segment"),
)
_NO_PAGE_VIEWS: dict[str, Maker] = {
    "static file": Visitors.for_a_style_sheet,
    "XHR": Visitors.by_script,
    "POST": Visitors.posting,
}


def tracked(*, quick: bool) -> Iterator[Table]:
    """The CPU of a page view with a title and one entity, over the bare app."""
    rounds, requests = (15, 100) if quick else (31, 150)
    for driver, more in ((WSGIDriver(), ()), (ASGIDriver(), _SESSIONS)):
        lanes = _take_turns(driver, (*_PAGE_VIEWS, *more), rounds=rounds, requests=requests)
        ours = [lane for lane in lanes if lane.is_ours]
        yield Table(
            title=f"CPU on the request path, tracked page view, {driver.name}",
            columns=("µs over the bare app", *(f"{_short(lane)} ÷ it" for lane in ours)),
            rows=tuple(Row(lane.name, _cells(lane, lanes[0], ours)) for lane in lanes),
            contestants=tuple(type(lane.contestant) for lane in lanes),
            notes=(_how(rounds, requests), _arrivals(lanes, (rounds + 1) * requests)),
        )


def untracked(*, quick: bool) -> Iterator[Table]:
    """The CPU of a request that is no page view, over the bare app."""
    rounds, requests = (11, 150) if quick else (25, 200)
    for make_driver in (WSGIDriver, ASGIDriver):
        cells: dict[str, list[Cell | Ratio]] = {}
        for comes in _NO_PAGE_VIEWS.values():
            entries = [Entry(key, comes) for key in ("bare", "ours", "ours-issuing", "opentelemetry")]
            lanes = _take_turns(make_driver(), entries, rounds=rounds, requests=requests)
            for lane in lanes:
                cells.setdefault(lane.name, []).extend(_cells(lane, lanes[0], lanes[1:2]))
        yield Table(
            title=f"CPU on the request path, not tracked, {make_driver.name}",
            columns=tuple(
                column for kind in _NO_PAGE_VIEWS for column in (f"{kind}: µs", f"{kind}: read ÷ it")
            ),
            rows=tuple(Row(name, tuple(row)) for name, row in cells.items()),
            contestants=tuple(type(lane.contestant) for lane in lanes),
            notes=(_how(rounds, requests),),
        )


def _take_turns(driver: Driver, entries: Sequence[Entry], *, rounds: int, requests: int) -> list[Lane]:
    """Let the contestants take turns; the first round warms up and is not counted."""
    with ExitStack() as stack:
        stack.callback(driver.close)
        sink = stack.enter_context(Sink())
        setup = Setup(port=sink.port)
        lanes = []
        for entry in entries:
            made = contestant(entry.key)(setup)
            stack.callback(made.close)
            lanes.append(Lane(entry, made, driver.app_of(made)))
        visitors = Visitors(seed=1)
        for turn in range(rounds + 1):
            for lane in lanes:
                visits = [visit_of(driver, lane, visitors) for _ in range(requests)]
                lane.contestant.flush()
                before = sink.arrivals().events
                seconds = driver.cpu_of(lane.app, visits)
                lane.contestant.flush()  # its threads rest while the others take their turns
                lane.arrived += sink.arrivals().events - before
                if turn:
                    lane.turns.append(seconds / requests * 1e6)
        return lanes


def visit_of(driver: Driver, lane: Lane, visitors: Visitors) -> Visit:
    """Who comes to a lane next."""
    visit = lane.entry.comes(visitors)
    return visitors.back(visit, driver.set_cookies(lane.app, visit)) if lane.entry.comes_back else visit


def _cells(lane: Lane, bare: Lane, ours: Sequence[Lane]) -> tuple[Cell | Ratio, ...]:
    """The lane's cost over the bare app (its own, if it is that), and how it compares with ours."""
    if lane is bare:
        return (Spread.of(bare.turns), *[None] * len(ours))
    cost = lane.over(bare)
    if lane.is_ours:
        return (cost, *[None] * len(ours))
    return (cost, *(Ratio(one.over(bare).median, cost.median) for one in ours))


def _how(rounds: int, requests: int) -> str:
    return (
        f"CPU of the calling thread; {rounds} turns of {requests} requests each, the contestants one after "
        "the other; every request has a visitor, cookies and a URL of its own. The bare app's line is its "
        "own CPU."
    )


def _arrivals(lanes: Sequence[Lane], page_views: int) -> str:
    """What reached the sink, of those that send to it."""
    counts = (f"{lane.name} {lane.arrived:,}" for lane in lanes if lane.arrived)
    return f"Events that arrived, of {page_views:,} page views each: {'; '.join(counts)}."


def _short(lane: Lane) -> str:
    """The name of one of ours in the head of a column."""
    name = lane.name.removeprefix("tracking_middleware, identity=")
    return name.replace("'", "").removesuffix(" visitor")
