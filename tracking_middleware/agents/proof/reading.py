"""Who has sent a request: by what it says of itself, and by the proof that the settings ask for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ...settings.settings import Settings
from ..agent import Agent
from ..classifying import classify

if TYPE_CHECKING:
    from .proving import Proving
    from .signatures import SignedRequest

logger = logging.getLogger("tracking_middleware")


def proving_of(settings: Settings) -> Proving | None:
    """What the settings ask for; None where they ask for nothing.

    Raises SettingsError, which says which of the files is wrong.
    """
    directories, networks = settings.agent_directories or (), settings.agent_networks or ()
    if not settings.enabled or not (directories or networks or settings.agent_reverse_dns):
        return None
    from .names import ReverseNames
    from .proving import Proving

    names = ReverseNames() if settings.agent_reverse_dns else None
    return Proving(directories=directories, networks=networks, names=names)


def who_reads(
    proving: Proving | None, user_agent: str, *, request: SignedRequest | None, address: str
) -> Agent:
    """Who has sent a request, and how sure that is; see ``classify`` and ``Proving.prove``. Never raises."""
    named = "" if request is None else request.header("signature-agent")
    agent = classify(user_agent, signature_agent=named)
    try:
        return agent if proving is None else proving.prove(agent, request=request, address=address)
    except Exception:
        # a bug of ours must not cost the event
        logger.exception("an agent was not proved")
        return agent
