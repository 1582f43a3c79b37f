"""Sources about agents of whom nobody is known by that name: most likely it is misspelt."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from ...agents.products import products
from ...settings.agents.sources import Source
from ...settings.settings import Settings
from .remark import Remark


def remarks_on_agents(settings: Settings) -> Iterator[Remark]:
    """Of ranges each whose owner no agent names; of directories those that nearly have a known name.

    Who signs may be somebody unknown. Who only comes from an address is known by the user agent alone.
    """
    networks, directories = settings.agent_networks or (), settings.agent_directories or ()
    if not networks and not directories:
        return
    known = _known()
    for source in networks:
        name, names = _unknown(source, known)
        if name:
            yield _remark("agent_networks", name, names, "its ranges prove nobody")
    for source in directories:
        name, names = _unknown(source, known)
        if name and get_close_matches(name.casefold(), names, 1):
            yield _remark("agent_directories", name, names, "whoever signs is called so")


def _unknown(source: Source, known: dict[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
    """The operator or the product that is not known, and those that are; ``""`` where both are."""
    operators = {name: products[""] for name, products in known.items()}
    products = known.get(source.operator.casefold())
    if products is None:
        return source.operator, operators
    return ("" if source.product.casefold() in products else source.product), products


def _known() -> dict[str, dict[str, str]]:
    """By operator its products, names in small letters and as they are written; ``""`` is the operator."""
    found = products()
    listed = (*found.parts, *found.starts, *found.words.items(), *found.first_words.items())
    known: dict[str, dict[str, str]] = {}
    for _, agent in listed:
        of_operator = known.setdefault(agent.operator.casefold(), {"": agent.operator})
        of_operator[agent.product.casefold()] = agent.product
    return known


def _remark(setting: str, name: str, names: dict[str, str], what: str) -> Remark:
    near = [names[each] for each in get_close_matches(name.casefold(), names, 1)]
    advice = f"Write {near[0]!r}." if near else "Write it as the page Agents and the tables have it."
    return Remark(
        "contradiction", f"{setting} names {name!r}, and no agent is known by that name: {what}", advice
    )
