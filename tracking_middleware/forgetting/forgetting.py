"""The way of a person out of all files: gather, show, take out, write over, look once more, write it down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .canary import bytes_with
from .gathering import Gathered, gather, refuse_strangers
from .holding import Counts, Holding
from .in_use import UnusableError, refuse_unwritable
from .persons import Given, as_sent
from .plan import Plan, PlanFile, now, plan_beside
from .receipt import hashed, receipt_beside, write_receipt

Asked = Callable[["Shown"], bool]
"""Is shown what would be taken out, and says whether it is to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What would be taken out: by file its counts, and of the person by how many identifiers of each kind."""

    counts: Mapping[Path, Counts]
    known_by: Mapping[str, int]
    shared_devices: int = 0
    sources: Sequence[str] = ()
    """Files that the journeys were made of, which have the person still."""
    alike: Sequence[str] = ()
    """Other users' ids that read as the person's: they stay."""
    goes_on: bool = False
    """An earlier run was broken off, and this one goes on with what it left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was taken out, by file, and the files whose bytes have an identifier all the same."""

    counts: Mapping[Path, Counts]
    left_in: Sequence[Path] = ()
    receipt: Path | None = None


def forget(
    given: Given, holdings: Sequence[Holding], *, wait: float, asked: Asked, receipt: Path | None = None
) -> Outcome | None:
    """Take a person out of the files; None where ``asked`` says no.

    ``wait`` is in seconds. Without a place the receipt is put beside the first file. Whatever ends it in the
    middle, the same call goes on with it. Raises NowhereError, InUseError and UnusableError.
    """
    refuse_unwritable((each.path for each in holdings), receipt)
    with plan_beside(holdings[0].path, wait=wait) as plan_file:
        files = {each.kind: str(each.path.absolute()) for each in holdings}
        before = plan_file.read()
        if before is not None:
            _refuse_fewer(before, files, plan_file)
        gathered = gather(given, holdings, wait=wait, known=None if before is None else before.person)
        if before is None:
            refuse_strangers(given, gathered, holdings)
        if not asked(_shown(gathered, goes_on=before is not None)):
            return None
        plan = before or Plan(person=gathered.person, begun=now(), files=files)
        plan.person = gathered.person
        plan_file.begin(plan)
        for each in holdings:
            _take_out(each, gathered, plan, plan_file, wait=wait)
        receipt = receipt or receipt_beside(holdings[0].path, what="forget")
        outcome, said = _looked_over(holdings, gathered, plan, receipt)
        write_receipt(receipt, {**said, "identifiers": hashed(given.named()), "resumed": before is not None})
        plan_file.end()
        return outcome


def _refuse_fewer(before: Plan, files: Mapping[str, str], plan_file: PlanFile) -> None:
    """What a run that was broken off would have done with other files would be left undone, and unseen."""
    if left := [f"the {kind} {path}" for kind, path in before.files.items() if files.get(kind) != path]:
        raise UnusableError(
            f"a run that was broken off was to take somebody out of {', '.join(left)} too: give that as well "
            f"(or, if that is not wanted any more, take {plan_file.path} away). Nothing was taken out"
        )


def _shown(gathered: Gathered, *, goes_on: bool) -> Shown:
    person = gathered.person
    known_by = {
        "user_id": len({*map(as_sent, person.user_ids)}),
        "domain_userid": len(person.devices),
        "domain_sessionid": len(person.sessions),
        "network_userid": len(person.network_userids),
    }
    return Shown(
        counts=gathered.counts,
        known_by=known_by,
        shared_devices=len(person.shared_devices),
        sources=sorted(gathered.sources),
        alike=gathered.alike,
        goes_on=goes_on,
    )


def _take_out(holding: Holding, gathered: Gathered, plan: Plan, plan_file: PlanFile, *, wait: float) -> None:
    done = plan.done.setdefault(holding.kind, Counter())

    def told(counts: Counts) -> None:
        done.update(counts)
        plan_file.note(holding.kind, counts)

    with holding.opened(wait=wait) as held:
        held.forget(gathered.person, gathered.mentions, told)
        held.write_over()


def _looked_over(
    holdings: Sequence[Holding], gathered: Gathered, plan: Plan, receipt: Path
) -> tuple[Outcome, dict[str, Any]]:
    left_in: list[Path] = []
    files = []
    forms = gathered.mentions.anywhere
    for each in holdings:
        size, found = bytes_with(each.path, forms, gathered.mentions)
        if found:
            left_in.append(each.path)
        files.append(
            {
                "kind": each.kind,
                "path": gathered.mentions.taken_from(str(each.path)),
                "removed": dict(plan.done[each.kind]),
                "bytes_searched": size,
                "identifiers_searched_for": len(forms),
                "identifiers_left": len(found),
            }
        )
    counts = {each.path: plan.done[each.kind] for each in holdings}
    said = {
        "what": "forget",
        "begun": plan.begun,
        "files": files,
        "known_by": _shown(gathered, goes_on=False).known_by,
    }
    return Outcome(counts=counts, left_in=left_in, receipt=receipt), said
