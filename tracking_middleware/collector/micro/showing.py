"""What the collector shows of an event: all that was sent, except what is confidential.

An event comes in several texts: the columns, its parameters as they were sent, and on a bad row the
whole request. A text that cannot be read, and may hold something confidential, is not shown at all.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..payload.json_text import loaded
from ..schemas.masking import HIDDEN, Schemas, masked
from ..store.store import Row

Shape = dict[str, Any]

_PLAIN, _ENCODED = ("co", "ue_pr"), ("cx", "ue_px")
"""The parameters that are self-describing JSON, as it is and in base64."""
_URI = re.compile(r"iglu:[A-Za-z0-9_.-]+/[A-Za-z0-9_-]+/[A-Za-z0-9_-]+/[0-9]+-[0-9]+-[0-9]+")
_MOST_NAMED = 20
_WEBHOOK = "com.snowplowanalytics.iglu"


class Showing:
    """Shows events by the schemas there are."""

    def __init__(self, schemas: Schemas) -> None:
        """``schemas`` are those that call something confidential; more may come."""
        self._schemas = schemas

    def row(self, row: Row) -> Row:
        """A row of the store."""
        return replace(row, shape=self.shape(row.shape))

    def shape(self, shape: Shape) -> Shape:
        """What Micro's API shows of a good or bad event."""
        if not self._schemas:
            return shape
        shown = dict(shape)
        for key, show in (
            ("rawEvent", self._raw_event),
            ("event", self._columns),
            ("collectorPayload", self._request),
        ):
            if shape.get(key) is not None:
                shown[key] = show(shape[key])
        return shown

    def hides(self, uri: str, field: str) -> bool:
        """Whether a field of what a schema describes is confidential, or part of it is."""
        for value in ("x", ["x"]):
            shown = self._json({"schema": uri, "data": {field: value}})["data"]
            if not isinstance(shown, dict) or shown[field] != value:
                return True
        return False

    def knows(self, uri: str) -> bool:
        """Whether the schema is known: of what the collector took as good it is, or nobody asks."""
        return True

    def _columns(self, columns: Shape) -> Shape:
        return {
            **columns,
            "contexts": self._json(columns["contexts"]),
            "unstruct_event": self._json(columns["unstruct_event"]),
        }

    def _raw_event(self, raw: Shape) -> Shape:
        return {**raw, "parameters": self._parameters(raw["parameters"])}

    def _parameters(self, parameters: Shape) -> Shape:
        return {key: self._parameter(key, value) for key, value in parameters.items()}

    def _parameter(self, key: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if key in _PLAIN:
            return self._text(value, self._json)
        return self._base64(value) if key in _ENCODED else value

    def _request(self, request: Shape) -> Shape:
        pairs = [pair.partition("=") for pair in request["querystring"]]
        uri = {key: value for key, _, value in pairs}.get("schema")
        if request["api"]["vendor"] == _WEBHOOK and uri is not None and self._may_hide(uri):
            return self._webhook(request, uri, pairs)
        return {
            **request,
            "querystring": [f"{key}{sign}{self._parameter(key, value)}" for key, sign, value in pairs],
            "body": None if request["body"] is None else self._body(request["body"]),
        }

    def _webhook(self, request: Shape, uri: str, pairs: list[tuple[str, str, str]]) -> Shape:
        """A request whose query string names the schema of what it or the body holds."""

        def described(data: Any) -> Any:
            if uri not in self._schemas:
                return HIDDEN
            return self._json({"schema": uri, "data": data})["data"]

        def of_body(value: Any) -> Any:
            return [described(item) for item in value] if isinstance(value, list) else described(value)

        data = described({key: value for key, _, value in pairs})
        shown = data if isinstance(data, dict) else dict.fromkeys((key for key, _, _ in pairs), HIDDEN)
        shown["schema"] = uri
        body = request["body"]
        return {
            **request,
            "querystring": [
                f"{key}{sign}{HIDDEN if shown[key] == HIDDEN else value}" for key, sign, value in pairs
            ],
            "body": None if body is None else self._text(body, of_body, may_hold=True),
        }

    def _body(self, body: str) -> str:
        may_hold = any(f'"{key}"' in body for key in _ENCODED)
        return self._text(body, self._envelope, may_hold=may_hold)

    def _envelope(self, envelope: Any) -> Any:
        if not isinstance(envelope, dict) or not isinstance(envelope.get("data"), list):
            return self._json(envelope)
        events = [self._parameters(item) if isinstance(item, dict) else item for item in envelope["data"]]
        return {**envelope, "data": self._json(events)}

    def _json(self, value: Any) -> Any:
        return masked(value, self._schemas)

    def _base64(self, value: str) -> str:
        standard = value.replace("-", "+").replace("_", "/").rstrip("=")
        try:
            text = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
        except (binascii.Error, ValueError):
            return HIDDEN
        shown = self._text(text, self._json)
        if shown in {text, HIDDEN}:
            return value if shown == text else HIDDEN
        return base64.urlsafe_b64encode(shown.encode("utf-8", "replace")).decode().rstrip("=")

    def _text(self, text: str, show: Callable[[Any], Any], *, may_hold: bool = False) -> str:
        """JSON with what ``show`` makes of it; as it was sent where that is the same."""
        try:
            value = loaded(text, object_pairs_hook=_once)
            shown = show(value)
            return text if shown == value else json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
        except ValueError:
            return HIDDEN if may_hold or self._may_hide(text) else text

    def _may_hide(self, text: str) -> bool:
        """Whether a text that cannot be read names a schema that calls something confidential."""
        plain = text.replace("\\/", "/")
        known = (uri.removeprefix("iglu:").rpartition("/")[0] for uri in self._schemas)
        return any(name in plain for name in known) or any(uri in self._schemas for uri in _named_in(plain))


def _named_in(text: str) -> set[str]:
    return set(itertools.islice(_URI.findall(text), _MOST_NAMED))


def _once(pairs: list[tuple[str, Any]]) -> Shape:
    """An object; raises ValueError where it has a name twice, of which only one would be looked at."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found
