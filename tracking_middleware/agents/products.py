"""The names that agents give themselves, and what is known of them: ``products.toml``, read once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from .agent import Agent, AgentClass

_WORD = re.compile(r"[^\s/;,()\"'\[\]]+")


class Products(NamedTuple):
    """Agents by how their names, in lower case, are found in a user agent."""

    words: dict[str, Agent]
    first_words: dict[str, Agent]
    parts: tuple[tuple[str, Agent], ...]
    starts: tuple[tuple[str, Agent], ...]
    signers: dict[str, Agent]
    """By the host that ``Signature-Agent`` names."""

    def named_in(self, user_agent: str) -> Agent | None:
        """The agent that is named first; a tool only where nothing else is, of which agents are made."""
        tool = None
        for agent in self._named_in(user_agent.lower()):
            if agent.agent_class != "tool":
                return agent
            tool = tool or agent
        return tool

    def _named_in(self, text: str) -> Iterator[Agent]:
        words = _WORD.findall(text)
        if words and words[0] in self.first_words:
            yield self.first_words[words[0]]
        yield from (self.words[word] for word in words if word in self.words)
        yield from (agent for part, agent in self.parts if part in text)
        yield from (agent for start, agent in self.starts if text.startswith(start))


@cache
def products() -> Products:
    """What ``products.toml`` has."""
    table: dict[Any, Any] = tomllib.loads(
        files(__package__).joinpath("products.toml").read_text(encoding="utf-8")
    )
    signers: dict[str, tuple[AgentClass, str, str]] = table.pop("signers")
    words: dict[str, Agent] = {}
    first_words: dict[str, Agent] = {}
    parts: list[tuple[str, Agent]] = []
    starts: list[tuple[str, Agent]] = []
    for agent_class, operators in table.items():
        for operator, names in operators.items():
            for written in names:
                name = written.removeprefix("^").removesuffix("*")
                agent = Agent(agent_class, operator, name.strip(" /"), "declared")
                is_part = _WORD.fullmatch(name) is None or written.endswith("*")
                if written.startswith("^"):
                    starts.append((name.lower(), agent)) if is_part else first_words.update(
                        {name.lower(): agent}
                    )
                else:
                    parts.append((name.lower(), agent)) if is_part else words.update({name.lower(): agent})
    return Products(
        words,
        first_words,
        tuple(parts),
        tuple(starts),
        {host: Agent(kind, operator, name, "declared") for host, (kind, operator, name) in signers.items()},
    )
