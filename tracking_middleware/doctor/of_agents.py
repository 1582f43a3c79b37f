"""How agents are checked: whether each source can be read, and what a proxy in front would hide."""

from __future__ import annotations

from collections.abc import Iterator

from ..agents.proof.reading import proving_of
from ..errors import SettingsError
from ..settings.settings import Settings
from .finding import Finding


def on_agents(settings: Settings, *, sends: bool = False) -> Iterator[Finding]:
    """Whether each source of the settings can be read, of the URLs where it ``sends``; and proxies."""
    try:
        proving = proving_of(settings)
    except SettingsError as error:
        for problem in error.problems:
            yield Finding("wrong", "agents", problem)
        return
    if proving is None:
        return
    yield from _on_proxies(settings)
    if sends:
        proving.refresh()
    for state in proving.states():
        if state.error:
            advice = "Correct the address, or name a file and renew it; until then it proves nobody."
            yield Finding("wrong", "agents", f"{state.name} {state.error}", advice)
        elif state.read:
            yield Finding("ok", "agents", f"{state.name} can be read")
        else:
            yield Finding("note", "agents", f"{state.name} was not tried", "Give --send to see what it says.")


def _on_proxies(settings: Settings) -> Iterator[Finding]:
    """Where nothing is said of proxies, what comes through one speaks against nobody."""
    by_address = settings.agent_networks or settings.agent_reverse_dns
    if by_address and settings.trusted_proxies is None:
        yield Finding(
            "note",
            "agents",
            "trusted_proxies is not set: an agent that comes through a proxy has the proxy's address, and is "
            "'declared', never 'address' or 'impostor'",
            "Set trusted_proxies if there is a proxy.",
        )
    if settings.agent_directories and settings.public_url is None:
        yield Finding(
            "note",
            "agents",
            "public_url is not set: behind a proxy that changes the host, or ends TLS, no signature fits, "
            "and such an agent is 'declared'",
            "Set public_url if there is a proxy and the site has one address.",
        )
