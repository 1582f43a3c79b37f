"""Payloads as the body of a POST, and where that goes."""

from __future__ import annotations

from collections.abc import Iterable
from io import SEEK_CUR, BytesIO

import msgspec

COLLECTOR_PATH = "/com.snowplowanalytics.snowplow/tp2"
PAYLOAD_SCHEMA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
_POST = b'{"schema":"%b","data":[' % PAYLOAD_SCHEMA.encode()
CONTENT_TYPE = "application/json; charset=utf-8"


def event_id_of(payload: bytes) -> str:
    """The ``event_id`` of an encoded event."""
    event_id: str = msgspec.json.decode(payload)["eid"]
    return event_id


def encode_post(payloads: Iterable[bytes], *, sent: int) -> bytes:
    """The body of a POST of encoded events; ``sent`` is the time of sending, milliseconds since the epoch."""
    end = b',"stm":"%d"},' % sent
    body = BytesIO()  # one buffer: a list of parts to join would hold each event twice
    body.write(_POST)
    for payload in payloads:
        body.write(payload)
        body.seek(-1, SEEK_CUR)  # in the place of the closing brace
        body.write(end)
    if body.tell() > len(_POST):
        body.seek(-1, SEEK_CUR)  # in the place of the last comma
    body.write(b"]}")
    return body.getvalue()
