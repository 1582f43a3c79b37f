"""What is older than it may be: taken out, or left without whom it is of; for every night."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ..forgetting import Outcome
from ..holding import Counts, Holding, What
from ..in_use import refuse_unwritable
from ..plan import now
from ..receipt import receipt_beside, write_receipt

Asked = Callable[[Mapping[Path, Counts]], bool]


def retain(
    what: What,
    before: datetime,
    holdings: Sequence[Holding],
    *,
    wait: float,
    asked: Asked,
    receipt: Path | None,
) -> Outcome | None:
    """Change what is older in all files; None where ``asked`` says no. Killed, the same call does the rest.

    ``before`` is in UTC and without a zone, ``wait`` in seconds. Raises InUseError and UnusableError.
    """
    refuse_unwritable((each.path for each in holdings), receipt)
    begun = now()
    found: dict[Path, Counts] = {}
    for each in holdings:
        with each.opened(wait=wait) as held:
            found[each.path] = held.older(what, before)
    if not asked(found):
        return None
    done: dict[Path, Counts] = {each.path: Counter() for each in holdings}
    for each in holdings:
        with each.opened(wait=wait) as held:
            held.change(what, before, done[each.path].update)
    receipt = receipt or receipt_beside(holdings[0].path, what=what)
    files = [
        {"kind": each.kind, "path": str(each.path), "changed": dict(done[each.path])} for each in holdings
    ]
    said = {"what": what, "older_than": before.isoformat() + "Z", "begun": begun, "files": files}
    write_receipt(receipt, said)
    return Outcome(counts=done, receipt=receipt)
