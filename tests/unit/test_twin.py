"""The signed twin: whole through the browser, and refused from anybody else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from tracking_middleware.issuing import Twin
from tracking_middleware.twin import TwinSigner

TWIN = Twin(
    domain_userid="6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11",
    created=1_700_000_000,
    domain_sessionidx=3,
    domain_sessionid="0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55",
    last_seen=1_760_000_000,
)
SIGNER = TwinSigner(["key"])


def test_reads_what_it_signed():
    signed = SIGNER.sign(TWIN, suffix="8e5d")
    assert SIGNER.read(signed, suffix="8e5d") == TWIN
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,400}", signed)


def test_keys_rotate_oldest_first():
    signed = SIGNER.sign(TWIN, suffix="8e5d")
    rotated = TwinSigner(["key", "new"])
    assert rotated.read(signed, suffix="8e5d") == TWIN
    assert TwinSigner(["new"]).read(rotated.sign(TWIN, suffix="8e5d"), suffix="8e5d") == TWIN


@pytest.mark.parametrize("reader", [TwinSigner(["other"]), SIGNER])
def test_refuses_another_keys_and_another_domains(reader):
    signed = SIGNER.sign(TWIN, suffix="8e5d")
    assert reader.read(signed, suffix="0056") is None


@given(st.text(max_size=600), st.integers(0, 300))
def test_refuses_whatever_was_changed(text, position):
    signed = SIGNER.sign(TWIN, suffix="8e5d")
    assert SIGNER.read(text, suffix="8e5d") is None
    changed = (
        signed[:position] + ("A" if signed[position : position + 1] != "A" else "B") + signed[position + 1 :]
    )
    read = SIGNER.read(changed, suffix="8e5d")
    assert read is None or read == TWIN  # the last base64 digit has bits to spare


@pytest.mark.parametrize(
    "fields",
    [
        None,
        [],
        [2, "a", 1, 1, "b", 1],
        [1, "not-a-uuid", 1, 1, TWIN.domain_sessionid, 1],
        [1, TWIN.domain_userid, 1, 1, "not-a-uuid", 1],
        [1, TWIN.domain_userid, "1", 1, TWIN.domain_sessionid, 1],
        [1, TWIN.domain_userid, 1, -1, TWIN.domain_sessionid, 1],
        {"a": 1},
    ],
)
def test_refuses_what_it_would_not_write_itself(fields):
    signed = URLSafeSerializer("key", salt="tracking_middleware.twin.8e5d").dumps(fields)
    assert SIGNER.read(signed, suffix="8e5d") is None
