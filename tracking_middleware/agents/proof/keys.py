"""Operators' key directories: JSON Web Key Sets, and the keys of all that are held."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...settings.agents.sources import Source
from .sources import ExpiredError

if TYPE_CHECKING:
    from http_message_signatures import VerificationKey

MOST_KEYS = 64
"""Of one directory; an operator has two while it changes them."""
LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 8192
"""Of a larger one each signature would take long to check."""

PUBLISHED_TEST_KEYS = frozenset(
    {
        "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U",  # Ed25519
        "oD0HwocPBSfpNy5W3bpJeyFGY_IQ_YpqxSjQ3Yd-CLA",  # RSA-PSS
        "ydQXMtvbsOsZyFir-Y7A8t7fKEM1gbKPvyFkdpu4fvI",  # ECDSA P-256
    }
)
"""Thumbprints of RFC 9421's example keys, whose private halves everybody has."""

_MEMBERS = {"OKP": ("crv", "kty", "x"), "EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}
"""What a thumbprint is made of (RFC 7638, 3.2; RFC 8037, 2), in the order that it is written in."""


@dataclass(frozen=True, slots=True)
class DirectoryKey:
    """A public key; ``keyid`` is its thumbprint. It holds from ``since`` until ``until``, epoch seconds."""

    keyid: str
    algorithm: str
    """As RFC 9421 names it."""
    public: VerificationKey
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Directory:
    """The keys of a directory by their thumbprint. ``is_whole``: it has none that were passed over."""

    keys: dict[str, DirectoryKey]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key and the source that it is from."""

    key: DirectoryKey
    source: Source


def directory_keys(text: str, *, refused: frozenset[str] = PUBLISHED_TEST_KEYS) -> dict[str, DirectoryKey]:
    """The keys of a directory by their thumbprint (RFC 7638, RFC 8037 A.3), a signature's ``keyid``.

    Keys of other kinds, for other uses and with a thumbprint that is ``refused`` are passed over. Raises
    ValueError where the text is no JSON Web Key Set.
    """
    keys = [key for entry in _entries(text)[:MOST_KEYS] if (key := _key(entry)) is not None]
    return {key.keyid: key for key in keys if key.keyid not in refused}


def read_directory(text: str, *, now: Callable[[], float] = time.time) -> Directory:
    """A directory that can be used: an empty one can, since it takes back all keys.

    Raises ValueError also where it has keys and none of them is of a kind that is known, or in its time.
    """
    entries, keys = _entries(text), directory_keys(text)
    if entries and not keys:
        raise ValueError(
            "has no key that can be used: Ed25519, ECDSA P-256 and RSA of 2,048 to 8,192 bits can"
        )
    if keys and all(key.until <= now() for key in keys.values()):
        raise ExpiredError("has only keys that have expired")
    return Directory(keys, is_whole=len(keys) == len(entries))


def _entries(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is no JSON") from None
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise ValueError('is no JSON Web Key Set: {"keys": [...]} would be one')
    return listed


def held_keys(
    directories: Iterable[tuple[Source, dict[str, DirectoryKey]]],
) -> dict[str, tuple[HeldKey, ...]]:
    """The keys of all directories by their thumbprint; one that is in two directories is held twice."""
    held: dict[str, tuple[HeldKey, ...]] = {}
    for source, keys in directories:
        for keyid, key in keys.items():
            held[keyid] = (*held.get(keyid, ()), HeldKey(key, source))
    return held


def thumbprint(key: dict[str, Any]) -> str:
    """The thumbprint of a JSON Web Key."""
    members = {name: key[name] for name in _MEMBERS[key["kty"]]}
    text = json.dumps(members, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _key(entry: Any) -> DirectoryKey | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    try:
        made = _made(entry)
        if made is None:
            return None
        since, until = _seconds(entry, "nbf", -math.inf), _seconds(entry, "exp", math.inf)
        return DirectoryKey(thumbprint(entry), *made, since, until)
    except (ValueError, TypeError, KeyError):  # no key after all
        return None


def _made(entry: dict[str, Any]) -> tuple[str, VerificationKey] | None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    kind = entry.get("kty"), entry.get("crv")
    if kind == ("OKP", "Ed25519"):
        return "ed25519", ed25519.Ed25519PublicKey.from_public_bytes(_bytes(entry["x"]))
    if kind == ("EC", "P-256"):
        point = ec.EllipticCurvePublicNumbers(_number(entry["x"]), _number(entry["y"]), ec.SECP256R1())
        return "ecdsa-p256-sha256", point.public_key()
    if kind[0] == "RSA":
        modulus = _number(entry["n"])
        if LEAST_RSA_BITS <= modulus.bit_length() <= MOST_RSA_BITS:
            return "rsa-pss-sha512", rsa.RSAPublicNumbers(_number(entry["e"]), modulus).public_key()
    return None


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text))


def _seconds(entry: dict[str, Any], name: str, otherwise: float) -> float:
    """A time, which some directories write in milliseconds."""
    value = entry.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return otherwise
    return value / 1000 if value > 1e11 else float(value)
