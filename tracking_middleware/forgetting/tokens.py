"""The tokens that bring somebody from one place to another, in the ways in which they are written; pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ..identity.sealing import said_by
from .persons import Given

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def token_of(device: str | None, moment: str | None) -> str | None:
    """A token in one form, ``<domain_userid>.<milliseconds>``; the moment is that or ISO 8601."""
    if not device or not moment:
        return None
    if re.fullmatch(r"[0-9]{1,15}", moment, re.ASCII):
        return f"{device}.{int(moment)}"
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return f"{device}.{moment}"
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return f"{device}.{(at - _EPOCH) // timedelta(milliseconds=1)}"


def with_token(given: Given, text: str) -> Given:
    """What is given, and a token: of ``seal()``, of a link (``_sp=…``) or of the table ``identifiers``.

    Raises ValueError where it is none of them.
    """
    subject = said_by(text)
    if subject is None:
        device, _, moment = text.removeprefix("_sp=").partition(".")
        moment = moment.partition(".")[0] if re.match(r"[0-9]{6,15}(\.|$)", moment) else moment
        token = token_of(device, moment)
        if token is None:
            raise ValueError("it is neither of seal() nor <domain_userid>.<moment>, as links have it")
        return replace(given, tokens=given.tokens | {token})
    if subject.handed_off is None or not (subject.domain_userid or subject.user_id):
        raise ValueError("it names nobody: it was sealed without full consent")
    if subject.user_id:
        given = replace(given, user_ids=given.user_ids | {subject.user_id})
    if subject.domain_userid:
        token = f"{subject.domain_userid}.{subject.handed_off.sealed}"
        given = replace(given, tokens=given.tokens | {token})
    return given
