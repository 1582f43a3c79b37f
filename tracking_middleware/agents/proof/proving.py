"""The proof of an agent: its signature, the address that it comes from, and what it says of itself."""

from __future__ import annotations

from msgspec.structs import replace

from ...addresses import Address, parse_address
from ...settings.agents.sources import Source
from ..agent import Agent
from ..classifying import classify
from .fetching import Fetcher
from .keys import held_keys, read_directory
from .names import ReverseNames
from .networks import read_networks
from .published import Published
from .signatures import Finding, Keys, Signatures, SignedRequest
from .sources import SourceState
from .whereabouts import is_own_network


class Proving:
    """Checks what an agent claims. For one thread, the one behind the requests; no method raises or waits.

    ``directories`` and ``networks`` are the settings ``agent_directories`` and ``agent_networks``. Their
    files are read here: SettingsError says which are wrong.
    """

    def __init__(
        self,
        *,
        directories: tuple[Source, ...] = (),
        networks: tuple[Source, ...] = (),
        names: ReverseNames | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        self._directories = Published(
            directories, read_directory, setting="agent_directories", fetcher=fetcher
        )
        self._networks = Published(networks, read_networks, setting="agent_networks", fetcher=fetcher)
        self._names = names
        self._signatures = Signatures(self._held_keys)
        self._keys = Keys({}, {}, self._directories.is_fresh)
        self._version = -1

    def prove(self, agent: Agent, *, request: SignedRequest | None = None, address: str = "") -> Agent:
        """The agent with its proof; another operator's where that has signed.

        ``agent`` is what the request says of itself. ``request``: what was signed, where anything was.
        ``address``: the client's, ``""`` where it is not known. One of a private network may be a proxy's: it
        speaks against nobody, and its name is not asked for.

        A good signature is ``signed``, an address of the operator's ``address``. Where it names an operator
        and neither is so, what speaks against it makes it an ``impostor``: a signature of the operator's
        that is not good, or an address that is not the operator's. What cannot be told changes nothing.
        """
        found = _NO_FINDING
        if request is not None and self._directories.sources:
            found = self._signatures.check(request)
        if found.verdict == "signed" and found.source is not None:
            return _signed(agent, found.source)
        if agent.proof != "declared" or not agent.operator:
            return agent
        parsed = parse_address(address) if address else None
        is_own = self._is_own_address(agent, parsed) if parsed is not None else None
        if is_own:
            return replace(agent, proof="address")
        signer = found.source if found.verdict == "failed" else None
        if is_own is False or (signer is not None and _is_same(signer, agent)):
            return replace(agent, proof="impostor")
        return agent

    def states(self) -> list[SourceState]:
        """How it stands with each source in this process; for any thread."""
        return [*self._directories.states(), *self._networks.states()]

    def refresh(self) -> None:
        """Read what is due of the sources, and wait for it; for who is no request's thread."""
        self._directories.refresh()
        self._networks.refresh()

    def close(self) -> None:
        """Let the threads that read end."""
        self._directories.close()
        self._networks.close()

    def _is_own_address(self, agent: Agent, address: Address) -> bool | None:
        """Whether the address is the operator's; ``None`` where that cannot be told, or not yet."""
        answers: list[bool | None] = []
        for source, networks in self._networks.held():
            if _is_same(source, agent) and source.product.casefold() in {"", agent.product.casefold()}:
                answers.append(None if networks is None else address in networks)
        if is_own_network(address):
            return True if True in answers else None
        if self._names is not None:
            verdict = self._names.check(str(address), agent.operator, agent.product)
            if verdict is not None:
                answers.append({"confirmed": True, "refuted": False}.get(verdict))
        if True in answers:
            return True
        return None if None in answers or not answers else False

    def _held_keys(self) -> Keys:
        directories = self._directories.held()
        version = self._directories.version
        if self._version != version:
            read = [(source, found) for source, found in directories if found is not None]
            urls = {source.place: source for source, found in read if source.is_url and found.is_whole}
            keys = held_keys((source, found.keys) for source, found in read)
            self._keys = Keys(keys, urls, self._directories.is_fresh)
            self._version = version
        return self._keys


_NO_FINDING = Finding("unknown")


def _signed(agent: Agent, source: Source) -> Agent:
    """The agent that signed: what it says itself where that is the same operator's, else what we are told."""
    if _is_same(source, agent):
        return replace(agent, proof="signed")
    known = classify(source.product) if source.product else agent
    agent_class = known.agent_class if known.is_agent else "other_bot"
    return Agent(agent_class, source.operator, source.product, "signed")


def _is_same(source: Source, agent: Agent) -> bool:
    return source.operator.casefold() == agent.operator.casefold()
