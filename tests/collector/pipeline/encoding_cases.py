"""How values are written: base64, and the digits of numbers and times."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

from ..conftest import CONTEXTS
from .case import posted

_NOTE = "iglu:com.acme/note/jsonschema/1-0-0"
_UNSTRUCT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
_MOMENT = "2023-11-14T22:13:20.000Z"


def _entity(text: str | bytes) -> bytes:
    data = json.dumps({"schema": CONTEXTS, "data": [{"schema": _NOTE, "data": {"text": "@"}}]}).encode()
    return data.replace(b"@", text if isinstance(text, bytes) else text.encode())


def _noted(text: str) -> dict:
    return {"contexts": {"schema": CONTEXTS, "data": [{"schema": _NOTE, "data": {"text": text}}]}}


_TEXT = "what?>~ schön"
_STANDARD = base64.b64encode(_entity(_TEXT)).decode()
_SAFE = base64.urlsafe_b64encode(_entity(_TEXT)).decode()
_BARE = _SAFE.rstrip("=")
_HALF = len(_BARE) // 2

_BASE64 = [
    ("the standard alphabet", _STANDARD),
    ("the alphabet for URLs", _SAFE),
    ("both alphabets", _STANDARD[:_HALF] + _SAFE[_HALF:]),
    ("no padding", _BARE),
    ("no padding, standard", _STANDARD.rstrip("=")),
    ("too much padding", _BARE + "====="),
    ("line breaks", "\n".join(_STANDARD[at : at + 76] for at in range(0, len(_STANDARD), 76))),
    (
        "line breaks of two characters",
        "\r\n".join(_STANDARD[at : at + 64] for at in range(0, len(_STANDARD), 64)),
    ),
    ("a line break at the end", _STANDARD + "\n"),
    ("a space before", " " + _STANDARD),
    ("spaces within", " ".join(_BARE)),
    ("a tab", f"{_BARE[:9]}\t{_BARE[9:]}"),
    ("quotes around", f'"{_STANDARD}"'),
    ("a foreign character", f"{_BARE[:_HALF]}!{_BARE[_HALF:]}"),
    ("foreign characters", f"{_BARE[:5]}.:,;$%{_BARE[5:]}"),
    ("a foreign letter", f"{_BARE[:_HALF]}ä{_BARE[_HALF:]}"),
    ("a foreign letter beyond 16 bits", f"{_BARE[:_HALF]}\U0001f680{_BARE[_HALF:]}"),
    ("more after the padding", _BARE + "=QUJD"),
    ("one digit too many", base64.b64encode(_entity(_TEXT).ljust(999)).decode() + "A"),
]
"""Ways to write the same entity."""

_OCTETS = [
    ("a byte that is no UTF-8", b"a\xffb", "a\ufffdb"),
    ("two bytes that are none", b"a\xff\xfeb", "a\ufffd\ufffdb"),
    ("Latin-1", "schön".encode("latin-1"), "sch\ufffdn"),
    ("half a letter", b"a\xe4\xb8!", "a\ufffd!"),
    ("half a surrogate pair", b"a\xed\xa0\x80b", "a\ufffdb"),
    ("a letter that is written too long", b"a\xc0\x80b", "a\ufffd\ufffdb"),
    ("a letter beyond Unicode", b"a\xf4\x90\x80\x80b", "a\ufffd\ufffd\ufffd\ufffdb"),
    ("letters of UTF-8", "ä中\U0001f680".encode(), "ä中\U0001f680"),
]
"""Bytes in base64, and what they say."""

_NO_JSON = [
    ("nothing in base64", "====", "cx (contexts): is no JSON: Expecting value: line 1 column 1"),
    ("no JSON in base64", base64.b64encode(b"hello").decode(), "cx (contexts): is no JSON"),
    ("an end too early", f"{_BARE[:8]}={_BARE[8:]}", "; its base64 ends at the '=' that is character 9"),
    ("an escaped end", _BARE + "%3D", f"; character {len(_BARE) + 1} of its base64, '%', is passed over"),
    ("plain JSON for base64", _entity("a").decode(), "; character 1 of its base64, '{', is passed over"),
]
"""What is none, with the failure."""

_NUMBERS = [
    ("a sign", "vid", "+7", {"domain_sessionidx": 7}),
    ("a minus", "vid", "-7", {"domain_sessionidx": -7}),
    ("zeros before", "vid", "0000000000000000000000007", {"domain_sessionidx": 7}),
    ("minus zero", "vid", "-0", {"domain_sessionidx": 0}),
    ("the largest", "vid", "2147483647", {"domain_sessionidx": 2_147_483_647}),
    ("the smallest", "vid", "-2147483648", {"domain_sessionidx": -2_147_483_648}),
    ("Arabic digits", "vid", "\u0661\u0662", {"domain_sessionidx": 12}),
    ("wide digits", "vid", "\uff17", {"domain_sessionidx": 7}),
    ("digits of two scripts", "tid", "+1\u0662", {"txn_id": 12}),
    ("null", "vid", "null", {"domain_sessionidx": None}),
    ("null in capitals", "pp_mix", "NULL", {"pp_xoffset_min": None}),
    ("an offset with a sign", "pp_max", "+100", {"pp_xoffset_max": 100}),
    ("a time", "dtm", "1700000000000", {"dvce_created_tstamp": _MOMENT}),
    ("a time with a sign", "dtm", "+1700000000000", {"dvce_created_tstamp": _MOMENT}),
    ("a short time with a sign", "dtm", "+123", {"dvce_created_tstamp": "1970-01-01T00:00:00.123Z"}),
    ("a time before 1970", "dtm", "-1", {"dvce_created_tstamp": "1969-12-31T23:59:59.999Z"}),
    ("a time with zeros before", "dtm", "00000000001700000000000", {"dvce_created_tstamp": _MOMENT}),
    (
        "a time in Arabic digits",
        "dtm",
        "\u0661\u0667\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660",
        {"dvce_created_tstamp": _MOMENT},
    ),
    (
        "another time with a sign",
        "ttm",
        "+1700000000000",
        {"true_tstamp": _MOMENT, "derived_tstamp": _MOMENT},
    ),
    ("a time of sending with a sign", "stm", "+1700000000000", {"dvce_sent_tstamp": _MOMENT}),
    ("the last time", "dtm", "253402300799999", {"dvce_created_tstamp": "9999-12-31T23:59:59.999Z"}),
]
_NO_NUMBERS = [
    *(("vid", text) for text in ("2147483648", "-2147483649", "1.0", "1e3", "0x10", "1_000", "1,000")),
    *(("vid", text) for text in (" 1", "1 ", "+", "-", "--1", "+-1", "one", "\U0001d7d8", "½", "²")),
    *(("dtm", text) for text in ("9223372036854775808", "253402300800000", "1.7e12", "1700000000000.5")),
    *(("dtm", text) for text in (" 1700000000000", "+", "now", "2023-11-14", "1_700", "null", "0x1")),
]


CASES = [
    *(posted(f"base64: {name}", cx=text, expected=_noted(_TEXT)) for name, text in _BASE64),
    *(
        posted(f"base64: {name}", cx=base64.b64encode(_entity(octets)).decode(), expected=_noted(text))
        for name, octets, text in _OCTETS
    ),
    *(posted(name, cx=text, expected=failure) for name, text, failure in _NO_JSON),
    posted(
        "base64: an event with line breaks",
        e="ue",
        ue_px=base64.encodebytes(
            json.dumps({"schema": _UNSTRUCT, "data": {"schema": _NOTE, "data": {"text": "a" * 99}}}).encode()
        ).decode(),
        expected={"event_name": "note", "event_vendor": "com.acme"},
    ),
    *(posted(f"number: {name}", **{key: text}, expected=columns) for name, key, text, columns in _NUMBERS),
    *(
        posted(f"no number: {key} {text!r}", **{key: text}, expected=f"{text!r} is no {kind}")
        for key, text in _NO_NUMBERS
        for kind in ["32-bit integer" if key == "vid" else "number of milliseconds since the epoch"]
    ),
    replace(
        posted(
            "the year 0",
            dtm="-62135596800001",
            expected="since the epoch; the pipeline has a year 0, ours begins with 1",
        ),
        different="the pipeline has a year 0; Python's moments, and so SQLite's functions here, begin with 1",
    ),
]
