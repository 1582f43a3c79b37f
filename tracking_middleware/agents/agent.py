"""What is said of who is reading."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

AgentClass = Literal[
    "person",
    "search",
    "ai_training",
    "ai_search",
    "ai_assistant",
    "preview",
    "monitor",
    "tool",
    "other_bot",
    "unknown",
]
"""``search``: crawlers of search engines. ``ai_training``, ``ai_search``: crawlers that collect for models,
and for answers that cite. ``ai_assistant``: fetches for the question of a person. ``preview``: of a link in a
message. ``monitor``: is the site there. ``tool``: a library or a scraper that says so. ``unknown``: said
nothing of itself, or nothing that tells."""

Proof = Literal["signed", "address", "declared", "guessed", "impostor"]
"""``signed``: a signature of the operator's key. ``address``: it comes from where the operator says.
``declared``: a known name, which anybody may write. ``guessed``: by what such texts mostly are. ``impostor``:
a name that its operator's signature or addresses deny."""

AGENT_CLASSES: tuple[AgentClass, ...] = get_args(AgentClass)
PROOFS: tuple[Proof, ...] = get_args(Proof)


class Agent(msgspec.Struct, frozen=True, gc=False):
    """Who is reading. ``operator`` and ``product`` are ``""`` where they are not known."""

    agent_class: AgentClass
    operator: str = ""
    product: str = ""
    proof: Proof = "guessed"

    @property
    def is_agent(self) -> bool:
        """Whether it is surely nobody who reads for themselves: ``unknown`` may be a person."""
        return self.agent_class not in {"person", "unknown"}


PERSON = Agent("person")
UNKNOWN = Agent("unknown")
