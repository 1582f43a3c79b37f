"""What campaigns cost, from a file of comma-separated values; checked whole, with the lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from ...errors import TrackingError

_COLUMNS = ("campaign", "day", "cost", "currency")
_COST = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


class SpendError(TrackingError):
    """Lines of the file are wrong; ``problems`` has a sentence for each."""

    def __init__(self, name: str, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{name} is wrong:\n" + "\n".join(f"  - {problem}" for problem in problems))


@dataclass(frozen=True, slots=True)
class Spend:
    """What a campaign, by its name in ``utm_campaign``, cost on a day."""

    campaign: str
    day: date
    cost: Decimal
    currency: str

    @property
    def texts(self) -> tuple[str, str, str, str]:
        """As a row of texts, in the order of the columns."""
        return self.campaign, self.day.isoformat(), str(self.cost), self.currency


def read_spend(path: Path) -> tuple[Spend, ...]:
    """The rows of a file with the columns campaign, day, cost and currency, in any order.

    Raises SpendError with all that is wrong, OSError where it cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, skipinitialspace=True)
            names = [name.strip() for name in rows.fieldnames or ()]
            missing = [name for name in _COLUMNS if name not in names]
            if missing:
                wanted = f"its first line must name the columns {', '.join(_COLUMNS)}"
                raise SpendError(str(path), [f"{wanted}: {', '.join(missing)} is not there"])
            if twice := sorted({name for name in _COLUMNS if names.count(name) > 1}):
                raise SpendError(str(path), [f"its first line names {', '.join(twice)} more than once"])
            rows.fieldnames = names
            return _checked(path, rows)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SpendError(str(path), [f"it is no text of comma-separated values: {error}"]) from None


def _checked(path: Path, rows: csv.DictReader[str]) -> tuple[Spend, ...]:
    problems: list[str] = []
    found = []
    for row in rows:
        given = {name: (row.get(name) or "").strip() for name in _COLUMNS}
        wrong = list(_wrong(given))
        if None in row:
            wrong.append("there are more values than columns: a comma within a value needs quotes around it")
        if wrong:
            problems += [f"line {rows.line_num}: {problem}" for problem in wrong]
        else:
            day = date.fromisoformat(given["day"])
            found.append(Spend(given["campaign"], day, Decimal(given["cost"]), given["currency"]))
    if problems:
        raise SpendError(str(path), problems)
    return tuple(found)


def _wrong(given: Mapping[str, str]) -> Iterator[str]:
    if not given["campaign"]:
        yield "campaign is empty"
    try:
        date.fromisoformat(given["day"])
    except ValueError:
        yield f"day must be a date such as 2026-03-14 (it is {given['day']!r})"
    if not _COST.fullmatch(given["cost"]):
        yield f"cost must be a number such as 1234.50 (it is {given['cost']!r})"
    if not _CURRENCY.fullmatch(given["currency"]):
        yield f"currency must be an ISO 4217 code such as EUR (it is {given['currency']!r})"
