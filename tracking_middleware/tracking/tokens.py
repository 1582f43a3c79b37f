"""The token of whom it is about here: a named subject, or the visitor of the request."""

from __future__ import annotations

from ..errors import TrackingError
from ..identity.sealing import Sealer
from ..identity.subject import Consent, Subject
from ..request.page import current_exchange
from ..settings.settings import Settings
from ..tally import Tally
from .blocks import current_subject
from .preparation import sound_subject


def seal_here(sealer: Sealer | None, subject: Subject | None, settings: Settings, tally: Tally) -> str:
    """The token; ``""``, counted and told, where there is no key or nobody to seal. Never raises."""
    try:
        if settings.privacy == "audience":
            tally.error("seal_refused", "privacy='audience' gives no tokens: leave seal() or the preset out")
            return ""
        if sealer is None:
            tally.error("seal_without_key", "set secret_key, a long random text that stays secret")
            return ""
        named = current_subject() if subject is None else subject
        if named is None and current_exchange().tracker is None:
            tally.error("seal_outside_request", "give the Subject to seal")
            return ""
        about, consent = _visitor() if named is None else _named(named, settings, tally)
        return sealer.seal(about, consent=consent or "none")
    except TrackingError as error:
        tally.error("subject_invalid", str(error))
    except Exception:  # noqa: BLE001
        # a bug of ours must not reach the caller
        tally.failure("seal")
    return ""


def _named(subject: Subject, settings: Settings, tally: Tally) -> tuple[Subject, Consent | None]:
    """A subject that somebody named, with its own consent, or else that of the visitor, if there is one."""
    sound, exchange = sound_subject(subject, settings, tally.error), current_exchange()
    return sound, sound.consent or (exchange.visitor().consent if exchange.tracker else "full")


def _visitor() -> tuple[Subject, Consent | None]:
    visitor = current_exchange().visitor()
    return visitor, visitor.consent
