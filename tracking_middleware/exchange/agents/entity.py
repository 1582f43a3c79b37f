"""What an event says of the agent that it is about."""

from __future__ import annotations

import msgspec

from ...agents import AgentClass, Proof
from ...events.entities import entity


@entity("iglu:org.tracking_middleware/agent/jsonschema/1-0-0")
class AgentRead(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who asked, how sure that is, and what they were answered; what is not known is not sent.

    ``bytes`` is the length of the body as it was sent, ``seconds`` from the request to the body's end.
    ``rate`` is the setting ``agents_sample`` where not all are tracked: the event stands for 1 / ``rate``.
    """

    agent_class: AgentClass
    proof: Proof
    status: int
    seconds: float
    operator: str | None = None
    product: str | None = None
    bytes: int | None = None
    rate: float | None = None
