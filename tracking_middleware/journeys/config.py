"""What ``journeys.toml`` may say, checked whole: all that is wrong at once, with the closest known name."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..errors import TrackingError
from ..settings.checks import one_of, whole_number
from .answers.schemas import FIELD, URI, Schema
from .answers.settings import TABLES as ANSWERS
from .answers.settings import Answers, answers_of

_MEMORY = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})? ?(?:MB|GB|MiB|GiB)")
_EXAMPLE = '{ event = "iglu:com.acme/order_placed/jsonschema/1-*-*", field = "order" }'


class ConfigError(TrackingError):
    """One or more lines of the configuration are wrong; ``problems`` has a sentence for each."""

    def __init__(self, name: str, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{name} is wrong:\n" + "\n".join(f"  - {problem}" for problem in problems))


@dataclass(frozen=True, slots=True)
class Carrier:
    """What carries a transaction's number: an event or an entity, by its schema, and a field of its data."""

    kind: Literal["event", "entity"]
    schema: str
    field: str

    @property
    def prefix(self) -> str:
        """What the URIs meant begin with: up to the first ``*``."""
        return Schema(self.schema).prefix

    @property
    def name(self) -> str:
        """The part of the URI that is the same in all versions, to look for in JSON as it is written."""
        return Schema(self.schema).name


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How events are joined; times in seconds.

    ``anonymous`` says whose the sessions without a ``user_id`` are on a browser that had one ever: that
    person's (``"device"``), or nobody's but the browser's (``"session"``). Through an identifier of more
    than ``max_persons_per_identifier`` nothing merges. ``page_view_window`` is the longest between the two
    sides' views of one page. Once a browser's clock is put right, so that the two fall together, ``clock``
    is how far they still may be apart, and ``near`` how far where no other of the page is nearer.
    ``heartbeat`` is what one page ping stands for, ``session_timeout`` the longest pause within a session,
    ``wait`` how long a browser has to tell of a page view before it counts as missing. ``memory_limit`` and
    ``threads`` are DuckDB's. ``answers`` is what is asked of the tables then.
    """

    anonymous: Literal["device", "session"] = "device"
    max_persons_per_identifier: int = 50
    transaction: tuple[Carrier, ...] = ()
    page_view_window: int = 120
    clock: int = 2
    near: int = 10
    heartbeat: int = 10
    session_timeout: int = 1800
    wait: int = 600
    memory_limit: str = "2.5GB"
    threads: int | None = None
    answers: Answers = field(default_factory=Answers)


def read_config(path: Path) -> Config:
    """The configuration in a file; raises ConfigError, and OSError where it cannot be read."""
    try:
        with path.open("rb") as stream:
            given = tomllib.load(stream)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [f"it is no TOML: {error}"]) from None
    return config_of(given, name=str(path))


def config_of(given: Mapping[str, Any], *, name: str = "journeys.toml") -> Config:
    """The configuration that tables say; raises ConfigError with all that is wrong."""
    problems: list[str] = []
    values: dict[str, Any] = {}
    asked: dict[str, dict[str, Any]] = {}
    for table, content in given.items():
        if table not in _TABLES:
            problems.append(_unknown(f"[{table}]", "table", table, _TABLES))
        elif not isinstance(content, Mapping):
            problems.append(
                f"{table} must be a table: write [{table}], and below it {', '.join(_TABLES[table])}"
            )
        else:
            problems += _read(table, content, asked.setdefault(table, {}) if table in ANSWERS else values)
    answers = answers_of(asked, given, problems)
    if problems:
        raise ConfigError(name, problems)
    return Config(**values, answers=answers)


def _read(table: str, content: Mapping[str, Any], values: dict[str, Any]) -> Iterator[str]:
    known = _TABLES[table]
    for key, value in content.items():
        if key not in known:
            yield _unknown(f"[{table}] {key}", "setting", key, known)
            continue
        field, check = known[key]
        try:
            values[field] = check(value)
        except ValueError as problem:
            yield f"[{table}] {key} {problem} (it is {value!r})"


def _unknown(where: str, what: str, name: str, known: Mapping[str, Any]) -> str:
    closest = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean {closest[0]}?" if closest else f"there are {', '.join(known)}"
    return f"{where} is no {what}: {hint}"


def _carriers(value: Any) -> tuple[Carrier, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"must be a list of what carries a transaction's number, such as [{_EXAMPLE}]")
    return tuple(_carrier(item, number) for number, item in enumerate(value, start=1))


def _carrier(item: Any, number: int) -> Carrier:
    names = set(item) if isinstance(item, Mapping) else set()
    if names not in ({"event", "field"}, {"entity", "field"}):
        raise ValueError(
            f"must name in number {number} an event or an entity, and a field, such as {_EXAMPLE}"
        )
    kind: Literal["event", "entity"] = "event" if "event" in names else "entity"
    if not isinstance(item[kind], str) or not URI.fullmatch(item[kind]):
        example = "iglu:com.acme/order_placed/jsonschema/1-*-*"
        raise ValueError(f"must have in number {number} an Iglu URI as {kind}, such as '{example}'")
    if not isinstance(item["field"], str) or not FIELD.fullmatch(item["field"]):
        raise ValueError(f"must have in number {number} the name of a field of the data, such as 'order'")
    return Carrier(kind, item[kind], item["field"])


def _memory(value: Any) -> str:
    if not isinstance(value, str) or not _MEMORY.fullmatch(value):
        raise ValueError("must be an amount of memory, such as '2.5GB' or '800MB'")
    return value


_Check = Callable[[Any], Any]
_TABLES: dict[str, dict[str, tuple[str, _Check]]] = {
    "identity": {
        "anonymous": ("anonymous", one_of("device", "session")),
        "max_persons_per_identifier": ("max_persons_per_identifier", whole_number(least=1, most=1_000_000)),
        "transaction": ("transaction", _carriers),
    },
    "page_view": {
        "window_seconds": ("page_view_window", whole_number(least=1, most=86_400)),
        "clock_seconds": ("clock", whole_number(least=0, most=3600)),
        "near_seconds": ("near", whole_number(least=0, most=3600)),
        "heartbeat_seconds": ("heartbeat", whole_number(least=1, most=3600)),
    },
    "session": {"timeout_seconds": ("session_timeout", whole_number(least=1, most=86_400))},
    "adblock_gap": {"wait_seconds": ("wait", whole_number(least=0, most=864_000))},
    "duckdb": {
        "memory_limit": ("memory_limit", _memory),
        "threads": ("threads", whole_number(least=1, most=1024)),
    },
    **{table: {name: (name, check) for name, check in checks.items()} for table, checks in ANSWERS.items()},
}
"""By table and name, the field of ``Config`` and its check."""
