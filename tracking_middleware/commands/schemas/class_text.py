"""A module with the class that a schema describes, which ``schema export`` makes the same schema of again."""

from __future__ import annotations

import json
import keyword
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from ...events.draft_4 import flattened
from .hints import RESERVED, field_annotation

Schema = dict[str, Any]

_ROOT = frozenset(
    {
        *("$schema", "self", "id", "description", "title", "$comment", "examples", "default", "definitions"),
        *("type", "properties", "required", "additionalProperties"),
    }
)
_IMPORTS = (
    ("dataclasses", ("dataclass",)),
    ("datetime", ("date", "datetime")),
    ("typing", ("Annotated", "Any", "ClassVar", "Literal")),
    ("uuid", ("UUID",)),
)
_NAME = re.compile(r'[^"\\\x00-\x1f]+')
"""What msgspec can rename a field to."""
_OURS = (
    *("Confidential", "Format", "JsonSchema", "Maximum", "MaxLength", "Minimum", "MinLength", "Pattern"),
    *("entity", "event"),
)


class NoClassError(Exception):
    """No class says what a schema says; the message says what of it."""


def class_text(uri: str, schema: Schema, *, role: str) -> str:
    """The text of a module with a class; ``role`` is ``entity`` or ``event``. Raises NoClassError."""
    try:
        json.dumps(schema, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        raise NoClassError(
            f"{uri} has a number, or half a letter, that JSON has not: mend it there"
        ) from None
    unknown = sorted(set(schema) - _ROOT)
    if schema.get("type") != "object" or unknown:
        what = f"has {', '.join(map(repr, unknown))} at its top" if unknown else "is of no objects"
        raise NoClassError(f"{uri} {what}, which no class says: send it as a dict of 'schema' and 'data'")
    flat, left = flattened({**schema, "definitions": None}, schema.get("definitions") or {})
    if left or "$ref" in str(flat):
        raise NoClassError(f"{uri} holds itself, or refers to another place: write its class by hand")
    module = _Module()
    name = uri.split("/")[1]
    module.write(flat, _class_name(name), head=f'@{role}("{uri}")', description=_sentence(schema, name))
    return module.text()


class _Module:
    def __init__(self) -> None:
        self._classes: list[str] = []
        self._names = set(RESERVED)

    def write(self, schema: Schema, wanted: str, *, head: str = "", description: str = "") -> str:
        """Add a class, after those that it holds; its name."""
        name = wanted
        while name in self._names:
            name += "_"
        self._names.add(name)
        fields = list(self._fields(schema, name))
        renamed = {field: key for field, key, _ in fields if field != key}
        lines = [head] if head else []
        if renamed:
            lines.append(f"class {name}(msgspec.Struct, frozen=True, kw_only=True, rename={renamed!r}):")
        else:
            lines += ["@dataclass(frozen=True, kw_only=True)", f"class {name}:"]
        body = [_docstring(description), ""] if description else []
        if schema.get("additionalProperties", True) is True:
            body.append("__additional_properties__: ClassVar[bool] = True")
        body += [f"{field}: {hint}" for field, _, hint in fields] or ["pass"]
        lines += [f"    {line}".rstrip() for line in body]
        self._classes.append("\n".join(lines))
        return name

    def text(self) -> str:
        """The module."""
        written = "\n\n\n".join(self._classes)
        words = set(re.findall(r"\w+", written))
        imports = [
            f"from {module} import {', '.join(name for name in names if name in words)}"
            for module, names in _IMPORTS
            if words & set(names)
        ]
        ours = ", ".join(name for name in _OURS if name in words)
        other = ["", "import msgspec"] if "msgspec" in words else []
        head = [
            "from __future__ import annotations",
            "",
            *imports,
            *other,
            "",
            f"from tracking_middleware import {ours}",
        ]
        return "\n".join(head) + f"\n\n\n{written}\n"

    def _fields(self, schema: Schema, owner: str) -> Iterator[tuple[str, str, str]]:
        """Each property's name in Python and in JSON, and its annotation with its default."""
        required = schema.get("required") or []
        properties = schema.get("properties") or {}
        if missing := sorted(set(required) - set(properties)):
            raise NoClassError(
                f"{owner} requires {', '.join(map(repr, missing))} and does not say what it is"
            )
        taken: set[str] = set(properties)
        for key, part in properties.items():
            if not isinstance(part, dict):
                raise NoClassError(f"{key!r} has {part!r} for a schema, which is none of draft 4")
            field = _field_name(key, taken)
            if field != key and part.get("confidential") is True:
                raise NoClassError(f"{key!r} is confidential, and no name of a field: write it by hand")
            if field != key and not _NAME.fullmatch(key):
                raise NoClassError(f"{key!r} is no name that a field can have in JSON: send it as a dict")
            hint = field_annotation(part, owner + _class_name(key), self._held, is_required=key in required)
            yield field, key, hint

    def _held(self, schema: Schema, name: str) -> str:
        return self.write(schema, name)


def _field_name(key: str, taken: set[str]) -> str:
    """What a field is called: as its property, where Python and the annotations let it."""
    plain = unicodedata.normalize(
        "NFKC", key
    )  # as Python reads a name: to it the letters of some keys are one
    is_name = key.isidentifier() and not keyword.iskeyword(key) and key not in RESERVED
    if is_name and key == plain and not key.startswith("_"):
        return key
    name = re.sub(r"\W", "_", plain).strip("_") or "field"
    name = name if not name[0].isdigit() else f"field_{name}"
    while name in taken or name in RESERVED or keyword.iskeyword(name) or not name.isidentifier():
        name += "_"
    taken.add(name)
    return name


def _class_name(name: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", name)
    joined = "".join(word[0].upper() + word[1:] for word in words) or "Thing"
    return joined if not joined[0].isdigit() else f"Thing{joined}"


def _sentence(schema: Schema, name: str) -> str:
    text = schema.get("description")
    text = " ".join(text.split()) if isinstance(text, str) else ""
    return "" if text == name else text


def _docstring(text: str) -> str:
    if "\\" in text or '"' in text or not text.isprintable():
        return repr(text)
    return f'"""{text}"""'
