"""The signed twin: whole through the browser, and refused from anybody else."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from tracking_middleware.identity.sessions import Twin
from tracking_middleware.identity.twin import TwinSigner

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


SIGNED_BEFORE = (
    ".eJwNysENwCAIAMBVjG9JUEDsLE0fiLD_CPXe9_ZW6swdmj0AfQZwSMCTGEA-NieZWu-1lVvpbjwaSblgJBqwr4BlZHCmHXU2dZG75fsBXGkX7w"
    ".zELRI1az2DthXYMznshuzeZ7E48"
)
"""By the key ``a``, as version 0.1.0 signed."""


def test_reads_what_earlier_versions_signed():
    read = TwinSigner(["a", "b"]).read(SIGNED_BEFORE, suffix="8e5d")
    assert read == Twin(
        domain_userid=TWIN.domain_userid,
        created=1,
        domain_sessionidx=3,
        domain_sessionid=TWIN.domain_sessionid,
        last_seen=5,
    )


def test_earlier_versions_read_what_it_signs():
    earlier = URLSafeSerializer(["key"], salt="tracking_middleware.twin.8e5d", serializer=json)
    assert earlier.loads(SIGNER.sign(TWIN, suffix="8e5d")) == [
        1,
        TWIN.domain_userid,
        TWIN.created,
        3,
        TWIN.domain_sessionid,
        TWIN.last_seen,
    ]


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
        [1, TWIN.domain_userid, True, 1, TWIN.domain_sessionid, 1],
        [1, TWIN.domain_userid, 1, 1, TWIN.domain_sessionid, 2**31],
        [1, TWIN.domain_userid, 1, 1, TWIN.domain_sessionid, 1, 1],
        [1, TWIN.domain_userid + "\n", 1, 1, TWIN.domain_sessionid, 1],
        [1, TWIN.domain_userid, 1, 1, "00000000-0000-0000-0000-000000000000", 1],
        {"a": 1},
    ],
)
def test_refuses_what_it_would_not_write_itself(fields):
    signed = URLSafeSerializer("key", salt="tracking_middleware.twin.8e5d").dumps(fields)
    assert SIGNER.read(signed, suffix="8e5d") is None
