"""The signed twin: whole through the browser, and refused from anybody else."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer
from msgspec.structs import replace

from tracking_middleware.identity.sessions import Jar, Sent, Twin, decide
from tracking_middleware.identity.twin import TwinSigner, continued

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


# --- what goes on as it is ---

DAY = 86_400
NOW = 1_760_000_000
OTHERS = "11111111-1111-4111-8111-111111111111"
FIELDS = (TWIN.domain_userid, str(TWIN.created), "3", str(NOW), "", TWIN.domain_sessionid)


def id_value(**changes):
    """An ``_sp_id`` of which some fields, by their number, are others."""
    fields = list(FIELDS)
    for number, value in changes.items():
        fields[int(number.removeprefix("f"))] = value
    return ".".join(fields)


def sent(*id_values, twin="", is_living=True):
    return Sent(Jar(id_values=id_values, is_living=is_living), twin, "")


ages = st.one_of(st.integers(-5, 5), st.integers(DAY - 5, DAY + 5), st.just(-NOW), st.just(NOW))
persons = st.sampled_from([TWIN.domain_userid, OTHERS, "9d1f0a2b3c4d5e6f"])
last_seen = ages.map(lambda age: max(0, min(NOW - age, 2_147_483_647)))
others = st.builds(
    Twin,
    domain_userid=persons,
    created=st.sampled_from([TWIN.created, 5]),
    domain_sessionidx=st.sampled_from([3, 4]),
    domain_sessionid=st.sampled_from([TWIN.domain_sessionid, OTHERS]),
    last_seen=last_seen,
)
twins = last_seen.map(lambda moment: replace(TWIN, last_seen=moment)) | others
id_values = st.builds(
    id_value,
    f0=st.sampled_from([TWIN.domain_userid, TWIN.domain_userid.upper(), "", "undefined", OTHERS]),
    f1=st.sampled_from([str(TWIN.created), f"0{TWIN.created}", "", "5", "05"]),
    f2=st.sampled_from(["3", "03", "4", "", "1000000000"]),
    f5=st.sampled_from([TWIN.domain_sessionid, TWIN.domain_sessionid.upper(), OTHERS, ""]),
)


@example([id_value()], True, True, replace(TWIN, last_seen=NOW - DAY))
@example([id_value()], True, True, replace(TWIN, last_seen=NOW - DAY + 1))
@example([id_value()], True, True, replace(TWIN, last_seen=NOW))
@example([id_value()], True, True, replace(TWIN, last_seen=NOW + 1))
@example([id_value()], True, True, replace(TWIN, last_seen=NOW, domain_sessionid=OTHERS))
@example([id_value()], True, True, replace(TWIN, last_seen=NOW, domain_userid=OTHERS))
@given(
    st.lists(st.one_of(st.just(id_value()), id_values), max_size=2),
    st.booleans(),
    st.booleans(),
    twins,
)
def test_what_goes_on_as_it_is_would_be_decided_so(values, is_living, has_twin, twin):
    signed = SIGNER.sign(twin, suffix="8e5d") if has_twin else ""
    brought = sent(*values, twin=signed, is_living=is_living)
    decision = (
        decide(brought.jar, twin=twin if has_twin else None, now=NOW, ids=None, brings_strict=lambda: True)
        if values and is_living
        else None
    )
    found = continued(brought, now=NOW)
    assert found is None or found == decision
    if values == [id_value()] and is_living and has_twin and decision.twin_action == "keep":
        assert found is not None or (twin.created, twin.domain_sessionidx) != (TWIN.created, 3)


@given(st.text(max_size=600), st.integers(0, 300))
def test_only_a_copy_of_the_id_goes_on_as_it_is(text, position):
    signed = SIGNER.sign(TWIN, suffix="8e5d")
    assert continued(sent(id_value(), twin=text), now=NOW) is None
    changed = f"{signed[:position]}{text[:1]}{signed[position + 1 :]}"
    found = continued(sent(id_value(), twin=changed), now=NOW)
    assert found is None or found == continued(sent(id_value(), twin=signed), now=NOW)


def test_a_compressed_copy_is_looked_at():
    assert continued(sent(id_value(), twin=SIGNED_BEFORE), now=NOW) is None
