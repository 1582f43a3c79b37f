"""Key directories are read, and what is no key is passed over."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.agents.proof.keys import MOST_KEYS, directory_keys, read_directory, thumbprint

from .published_vectors import ED25519, RSA
from .signing import OTHER, OWN, directory, jwk


def test_has_the_thumbprints_that_are_published():
    assert thumbprint(ED25519) == "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"
    assert thumbprint(RSA) == "oD0HwocPBSfpNy5W3bpJeyFGY_IQ_YpqxSjQ3Yd-CLA"


def test_reads_keys_by_their_own_thumbprint_whatever_they_are_called():
    keys = directory_keys(directory(OWN, OTHER, kid="mine", alg="EdDSA", use="sig"))
    assert set(keys) == {thumbprint(jwk(OWN)), thumbprint(jwk(OTHER))}
    assert {key.algorithm for key in keys.values()} == {"ed25519"}


def test_reads_the_other_kinds_of_keys():
    found = directory_keys(json.dumps({"keys": [RSA, ED25519, _p256()]}), refused=frozenset())
    assert sorted(key.algorithm for key in found.values()) == [
        "ecdsa-p256-sha256",
        "ed25519",
        "rsa-pss-sha512",
    ]


@pytest.mark.parametrize(
    "entry",
    [
        None,
        "key",
        {},
        {"kty": "oct", "k": "c2VjcmV0"},
        {**jwk(OWN), "use": "enc"},
        {**jwk(OWN), "x": "AAAA"},
        {**jwk(OWN), "x": 7},
        {**jwk(OWN), "x": "*" * 43},
        {**jwk(OWN), "crv": "X25519"},
        {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
        {"kty": "EC", "crv": "P-384", "x": "AAAA", "y": "AAAA"},
        {"kty": ["OKP"], "crv": {}},
    ],
)
def test_passes_over_what_is_no_key_for_signatures(entry):
    assert set(directory_keys(json.dumps({"keys": [entry, jwk(OTHER)]}))) == {thumbprint(jwk(OTHER))}


def test_takes_no_weak_key():
    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    weak = {"kty": "RSA", "e": "AQAB", "n": _text(numbers.n, 128)}
    assert directory_keys(json.dumps({"keys": [weak]})) == {}


@pytest.mark.parametrize(
    ("bits", "is_taken"), [(2047, False), (2048, True), (8192, True), (8193, False), (1_000_000, False)]
)
def test_takes_no_rsa_key_whose_signatures_take_too_long_to_check(bits, is_taken):
    modulus = (1 << bits) - 1
    text = json.dumps({"keys": [{"kty": "RSA", "e": "AQAB", "n": _text(modulus, (bits + 7) // 8)}]})
    assert len(directory_keys(text)) == is_taken
    if not is_taken:
        with pytest.raises(ValueError, match="RSA of 2,048 to 8,192 bits can"):
            read_directory(text)


def test_reads_so_many_keys_and_no_more():
    assert directory_keys(json.dumps({"keys": [{}] * MOST_KEYS + [jwk(OWN)]})) == {}


@pytest.mark.parametrize("text", ["", "<html>", "[]", "{}", '{"keys": {}}', "[" * 100_000, "\0"])
def test_says_what_is_no_directory(text):
    with pytest.raises(ValueError, match=r"is no JSON"):
        directory_keys(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.fixed_dictionaries(dict.fromkeys(("kty", "crv", "x", "y", "e", "n", "use", "nbf"), _JSON)), _JSON)
def test_reads_whatever_an_operator_publishes(entry, other):
    sound = {**jwk(OWN), "nbf": other, "exp": other}
    text = json.dumps({"keys": [entry, {**entry, "kty": "RSA"}, {**entry, "kty": "OKP"}, other, sound]})
    assert set(directory_keys(text)) == {thumbprint(sound)}


def _p256():
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _text(numbers.x, 32), "y": _text(numbers.y, 32)}


def _text(number, length):
    import base64

    return base64.urlsafe_b64encode(number.to_bytes(length)).rstrip(b"=").decode()


def test_a_directory_is_whole_where_no_key_was_passed_over():
    assert read_directory(directory(OWN, OTHER)).is_whole
    assert not read_directory(json.dumps({"keys": [{"kty": "OKP", "crv": "Ed448"}, jwk(OWN)]})).is_whole
    assert read_directory('{"keys": []}').keys == {}


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([{"kty": "OKP", "crv": "Ed448", "x": "AAAA"}], "has no key that can be used"),
        ([ED25519], "has no key that can be used"),  # whose private half everybody has
        ([jwk(OWN, exp=999), jwk(OTHER, exp=1000)], "has only keys that have expired"),
    ],
)
def test_a_directory_of_which_nothing_can_be_used_has_failed(entries, said):
    with pytest.raises(ValueError, match=said):
        read_directory(json.dumps({"keys": entries}), now=lambda: 1000.0)
    read_directory(json.dumps({"keys": [*entries, jwk(OWN, exp=1001)]}), now=lambda: 1000.0)
