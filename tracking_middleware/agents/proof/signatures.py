"""HTTP Message Signatures (RFC 9421) as Web Bot Auth has them.

After draft-meunier-webbotauth-httpsig-protocol: the tag ``web-bot-auth``, ``created`` and ``expires``, a
``keyid`` that is the key's thumbprint, and a ``Signature-Agent`` that is covered, which names the directory
that the key has to be from.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from ...settings.agents.sources import Source, directory_url
from .keys import DirectoryKey, HeldKey
from .nonces import Nonces

TAG = "web-bot-auth"
MOST_CHARACTERS = 4096
"""Of one of the three headers; a signature has some 400."""
MOST_COMPONENTS = 32
"""That one signature covers; sound ones cover some five, and each costs time."""
MOST_SIGNATURES = 2
"""Of one request that are looked at: an intermediary may add its own."""
LONGEST_LIFE = 86_400
"""Seconds from ``created`` on in which a signature is taken: the draft's own advice for ``expires``."""
CLOCK_SKEW = 60
"""Seconds by which two sound clocks may differ."""

Verdict = Literal["signed", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a signature may cover of a request: its method, its whole URL and the headers that were kept.

    ``headers``: pairs of lower-case name and value, in order. A signature over a header that is not
    here cannot be checked, and is neither good nor bad. ``at``: when it came, epoch seconds.
    ``has_sure_url``: whether a proxy cannot have changed the URL unknown to us; else no signature fails
    for what it covers.
    """

    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    at: float
    has_sure_url: bool = True

    def header(self, name: str) -> str:
        """The header's lines, joined; ``""`` where there is none."""
        return ", ".join(value for known, value in self.headers if known == name).strip()


@dataclass(frozen=True, slots=True)
class Finding:
    """``signed``, ``failed``, or ``unknown`` where it cannot be told; whose key is named, and why."""

    verdict: Verdict
    source: Source | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that are held by ``keyid``, and the directories all of whose keys are, by their URL."""

    held: Mapping[str, Sequence[HeldKey]]
    directories: Mapping[str, Source]
    is_fresh: Callable[[Source], bool]
    """Whether a directory was read so lately that a key that it has not is not there."""


class Signatures:
    """Checks signatures against the keys that are held, each request once. Not for several threads."""

    def __init__(self, keys: Callable[[], Keys]) -> None:
        self._keys = keys
        self._nonces = Nonces()

    def check(self, request: SignedRequest) -> Finding:
        """What the request's signatures prove; the best of several. Never raises."""
        sent = [value for name, value in request.headers if name.startswith("signature")]
        if not request.header("signature-input"):
            return Finding("unknown", reason="no signature")
        if any(len(value) > MOST_CHARACTERS for value in sent):
            return Finding("unknown", reason="longer than any signature")
        try:
            return self._best(request)
        except Exception as error:  # noqa: BLE001
            # whatever a visitor sends, and the libraries do with it
            return Finding("unknown", reason=f"malformed: {error}"[:200])

    def _best(self, request: SignedRequest) -> Finding:
        best = Finding("unknown", reason=f"no signature has the tag {TAG}")
        for signature in _signatures(request)[:MOST_SIGNATURES]:
            finding = self._one(request, signature)
            if finding.verdict == "signed":
                return finding
            if best.verdict == "unknown":
                best = finding
        return best

    def _one(self, request: SignedRequest, signature: _Signature) -> Finding:
        keys = self._keys()
        held = _holder(signature, keys)
        if isinstance(held, Finding):
            return held
        failed = _refusal(request, signature, held.key) or self._replayed(request, signature)
        if failed is None:
            return Finding("signed", held.source)
        return (
            Finding("unknown", None, failed)
            if failed == _NOT_HERE
            else Finding("failed", held.source, failed)
        )

    def _replayed(self, request: SignedRequest, signature: _Signature) -> str | None:
        nonce, until = signature.parameters.get("nonce"), signature.until + CLOCK_SKEW
        if nonce is None or self._nonces.is_new(signature.keyid, nonce, until=until, now=request.at):
            return None
        return "has a nonce that was used before"


@dataclass(frozen=True, slots=True)
class _Signature:
    """One signature as it is written: nothing of it is known to be true yet."""

    label: str
    components: Sequence[tuple[Any, Mapping[str, Any]]]
    parameters: Mapping[str, Any]
    agents: tuple[str, ...] | None
    """The URLs of the directories that it names and covers; None where no Signature-Agent was sent."""

    @property
    def keyid(self) -> str:
        keyid = self.parameters.get("keyid")
        return keyid if isinstance(keyid, str) else ""

    @property
    def until(self) -> float:
        """When it ends, by its own word and by ours."""
        expires, created = self.parameters.get("expires"), self.parameters.get("created")
        if not isinstance(expires, int) or not isinstance(created, int):
            return -math.inf
        return min(expires, created + LONGEST_LIFE)


def _signatures(request: SignedRequest) -> list[_Signature]:
    """Those with the tag."""
    from http_sf import parse

    found: Any = parse(request.header("signature-input").encode(), tltype="dictionary")
    return [
        _Signature(label, components, parameters, _covered_agents(request, label, components))
        for label, (components, parameters) in found.items()
        if parameters.get("tag") == TAG and isinstance(components, list)
    ]


def _covered_agents(request: SignedRequest, label: str, components: Sequence[Any]) -> tuple[str, ...] | None:
    """The directories that the covered members name, the one that is keyed to the label first."""
    from http_sf import parse

    sent = request.header("signature-agent")
    if not sent:
        return None
    covered = [dict(params) for name, params in components if name == "signature-agent"]
    if sent.startswith('"'):  # the form of earlier drafts: one bare string
        item: Any = parse(sent.encode(), tltype="item")
        return _directory(item) if {} in covered else ()
    members: Any = parse(sent.encode(), tltype="dictionary")
    keys = [params["key"] for params in covered if params.keys() == {"key"} and params["key"] in members]
    keys.sort(key=lambda key: key != label)
    return tuple(url for key in keys for url in _directory(members[key]))


def _directory(member: Any) -> tuple[str, ...]:
    value, parameters = member
    if not isinstance(value, str) or not value.startswith("https://"):
        return ()
    kind = str(parameters.get("type", "directory"))
    return (directory_url(value, is_origin=kind == "directory"),) if kind in {"directory", "jwks_uri"} else ()


def _holder(signature: _Signature, keys: Keys) -> HeldKey | Finding:
    """Whose key it claims to be by; a finding where that settles it.

    Keys are looked up by their directory and ``keyid`` together: by ``keyid`` alone a directory that copies
    another's key would be that other. A file that the setting names is its operator's, whatever
    ``Signature-Agent`` says.
    """
    held = keys.held.get(signature.keyid, ())
    from_files = next((key for key in held if not key.source.is_url), None)
    if from_files is not None and signature.agents != ():
        return from_files
    if signature.agents is None:
        return Finding("unknown", reason="names no directory by Signature-Agent")
    if not signature.agents:
        owner = held[0].source if held else None
        return Finding("failed", owner, "does not cover a directory in its Signature-Agent")
    for url in signature.agents:
        for key in held:
            if key.source.place == url:
                return key
    source = next((keys.directories[url] for url in signature.agents if url in keys.directories), None)
    if source is not None and keys.is_fresh(source):
        return Finding("failed", source, "has a key that its directory has not")
    return Finding("unknown", reason="no directory that is held has this key")


_NOT_HERE = "covers what is not kept of a request, or cannot be read"


def _refusal(request: SignedRequest, signature: _Signature, key: DirectoryKey) -> str | None:
    """Why a signature is not taken; None where it is good."""
    from http_message_signatures import HTTPMessageSignaturesException, InvalidSignature

    names = {name for name, _ in request.headers}
    covered = {name for name, _ in signature.components}
    if len(signature.components) > MOST_COMPONENTS:
        return _NOT_HERE
    if any(not str(name).startswith("@") and name not in names for name in covered):
        return _NOT_HERE
    if covered.isdisjoint({"@authority", "@target-uri"}):
        return "does not cover where it goes: @authority or @target-uri"
    message = _Message(request.method, request.url, _Lines(request.headers))
    try:
        _verifier()(key).verify(message, max_age=None, expect_tag=TAG, expect_label=signature.label)
    except InvalidSignature as error:
        # such as a URL with characters that no standard allows and browsers send
        is_readable = not isinstance(error.__cause__, HTTPMessageSignaturesException)
        if not request.has_sure_url:
            return _NOT_HERE
        return f"is not valid: {error}"[:200] if is_readable else _NOT_HERE
    return _out_of_time(request.at, signature, key)


def _out_of_time(now: float, signature: _Signature, key: DirectoryKey) -> str | None:
    created = signature.parameters.get("created")
    if not isinstance(created, int) or signature.until == -math.inf:
        return "has no created or no expires"
    if created > now + CLOCK_SKEW:
        return "is from the future"
    if signature.until < now - CLOCK_SKEW:
        return "has expired"
    return None if key.since <= now < key.until else "is by a key that is out of its time"


class _Lines:
    """Header lines as the library asks for them."""

    def __init__(self, lines: Sequence[tuple[str, str]]) -> None:
        self._lines = lines

    def items(self) -> Sequence[tuple[str, str]]:
        return self._lines


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: _Lines


@cache
def _verifier() -> Callable[[DirectoryKey], Any]:
    from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver, algorithms

    known = {
        algorithm.algorithm_id: algorithm
        for algorithm in (algorithms.ED25519, algorithms.ECDSA_P256_SHA256, algorithms.RSA_PSS_SHA512)
    }

    class Verifier(HTTPMessageVerifier):
        """The times are looked at here, by when the request came and not by when it is checked."""

        def validate_created_and_expires(
            self, sig_input: Any, max_age: datetime.timedelta | None = None
        ) -> None:
            del sig_input, max_age

    def of(key: DirectoryKey) -> Verifier:
        resolver = MappingKeyResolver(public_keys={key.keyid: key.public}, private_keys={})
        return Verifier(signature_algorithm=known[key.algorithm], key_resolver=resolver)

    return of
