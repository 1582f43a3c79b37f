"""An event as text to take along: JSON, and the request that sends it once more; pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from ....protocol.fields import FIELDS
from ...payload.json_text import encoded

_ENVELOPE = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"


def as_json(shape: Mapping[str, Any]) -> str:
    """What Micro's API shows of it, to be read by people."""
    return encoded(shape, indent=2, ensure_ascii=False)


def as_curl(shape: Mapping[str, Any], address: str) -> str | None:
    """A command for a shell that sends the event to ``address``; None where what was sent is not known.

    What is confidential is sent as ``***``.
    """
    raw = shape.get("rawEvent")
    if raw is not None:
        return _of_parameters(raw["parameters"], address)
    request = shape.get("collectorPayload") or {}
    return _of_request(request, address) if request else None


def _of_parameters(parameters: Mapping[str, Any], address: str) -> str:
    fits = all(name in FIELDS and FIELDS[name].in_envelope for name in parameters)
    if not fits or not all(isinstance(value, str) for value in parameters.values()):
        query = urlencode(parameters, errors="replace")
        return f"curl {shlex.quote(f'{address}/i?{query}')}"
    body = json.dumps({"schema": _ENVELOPE, "data": [parameters]}, ensure_ascii=False)
    return _post(f"{address}/com.snowplowanalytics.snowplow/tp2", "application/json", body)


def _of_request(request: Mapping[str, Any], address: str) -> str:
    api = request["api"]
    path = "/".join(quote(str(api[part]), safe="") for part in ("vendor", "version"))
    pairs = [str(pair).partition("=") for pair in request["querystring"]]
    query = "&".join(
        urlencode([(name, value)], errors="replace") if sign else quote_plus(name, errors="replace")
        for name, sign, value in pairs
    )
    url = f"{address}/{path}" + (f"?{query}" if query else "")
    if request["body"] is None:
        return f"curl {shlex.quote(url)}"
    return _post(url, request["contentType"] or "text/plain", request["body"])


def _post(url: str, content_type: str, body: str) -> str:
    header = shlex.quote(f"Content-Type: {content_type}")
    return f"curl {shlex.quote(url)} -H {header} --data-raw {shlex.quote(body)}"
