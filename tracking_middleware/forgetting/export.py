"""All that is held of a person, out of all files, for them to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .gathering import gather, refuse_strangers
from .holding import Holding, Reading
from .persons import Given
from .plan import now


def export(given: Given, holdings: Sequence[Holding], *, wait: float, reading: Reading) -> dict[str, Any]:
    """What the files have, as JSON has it: identifiers, and by file the rows of each kind.

    ``wait`` is in seconds. Nothing is changed. Raises NowhereError, InUseError and UnusableError.
    """
    gathered = gather(given, holdings, wait=wait)
    refuse_strangers(given, gathered, holdings)
    person = gathered.person
    files = []
    for each in holdings:
        rows: dict[str, list[dict[str, Any]]] = {}
        with each.opened(wait=wait) as held:
            for name, row in held.rows(person, reading):
                rows.setdefault(name, []).append(row)
        files.append({"kind": each.kind, "path": str(each.path), "rows": rows})
    return {
        "made": now(),
        "asked_by": [{"kind": kind, "value": value} for kind, value in given.named()],
        "known_by": {
            "user_id": sorted(person.user_ids),
            "domain_userid": sorted(person.devices),
            "domain_userid_shared": sorted(person.shared_devices),
            "domain_sessionid": sorted(person.sessions),
            "network_userid": sorted(person.network_userids),
        },
        "shows_confidential": reading.shows_confidential,
        "files": files,
        "read_from": sorted(gathered.sources),
    }
