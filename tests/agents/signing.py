"""Sign requests as an agent does, by the library's own signer; and hold the keys to check them by."""

from __future__ import annotations

import base64
import datetime
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms

from tracking_middleware.agents.proof.keys import directory_keys, held_keys, thumbprint
from tracking_middleware.agents.proof.signatures import Keys, Signatures, SignedRequest
from tracking_middleware.settings.agents.sources import directory_sources

NOW = 1_800_000_000
OWN = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
WELL_KNOWN = "https://agent.example/.well-known/http-message-signatures-directory"


class Message:
    """A request as the library's signer takes it."""

    def __init__(self, url, headers, method):
        self.method, self.url, self.headers = method, url, headers


def jwk(key, **more):
    """The public half of a key as a JSON Web Key."""
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x, **more}


def directory(*keys, **more):
    """A key directory with the public halves of these keys."""
    return json.dumps({"keys": [jwk(key, **more) for key in keys]})


def signed(
    *,
    key=OWN,
    keyid=None,
    url="https://news.example/story?page=2",
    covered=("@authority", '"signature-agent";key="sig1"'),
    agent='sig1="https://agent.example"',
    headers=None,
    created=NOW,
    expires=NOW + 300,
    nonce=None,
    tag="web-bot-auth",
    method="GET",
    at=NOW + 1,
):
    """A signed request."""
    lines = dict(headers or {})
    if agent is not None:
        lines["signature-agent"] = agent
    message = Message(url, lines, method)
    keyid = keyid or thumbprint(jwk(key))
    resolver = MappingKeyResolver(public_keys={}, private_keys={keyid: key})
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=resolver).sign(
        message,
        key_id=keyid,
        created=datetime.datetime.fromtimestamp(created, datetime.UTC),
        expires=None if expires is None else datetime.datetime.fromtimestamp(expires, datetime.UTC),
        nonce=nonce,
        label="sig1",
        tag=tag,
        covered_component_ids=covered,
    )
    pairs = tuple((name.lower(), value) for name, value in message.headers.items())
    return SignedRequest(method, url, pairs, at)


def checker(*directories, is_fresh=True):
    """Holds what these sources say, each as the setting names it, with its directory's text."""
    given = directories or (("Example=https://agent.example", directory(OWN)),)
    read = [(directory_sources([name])[0], directory_keys(text)) for name, text in given]
    keys = Keys(
        held_keys(read), {source.place: source for source, _ in read if source.is_url}, lambda _: is_fresh
    )
    return Signatures(lambda: keys)
