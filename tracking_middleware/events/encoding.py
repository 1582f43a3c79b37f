"""Data of the application's as JSON: at once where nothing is to be mended, else mended or refused."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from ..identity.texts import is_lazy_text, shape, text_of, without_surrogates
from .confidential import confidential_fields, field_names

_json = msgspec.json.Encoder(decimal_format="number")
_LARGEST = int(sys.float_info.max)
"""A number beyond is none to readers of JSON that take numbers for doubles (RFC 8259, 6)."""
_NOT_FINITE = re.compile(rb"\xcb[\x7f\xff][\xf0-\xff]")
"""The begin of an infinity or a NaN in MessagePack; in UTF-8 no such bytes follow each other."""
_NOT_A_NUMBER = "is not a finite number: leave it out, or give None"
_TOO_LARGE = "is a number beyond those that readers of JSON know: give it as text"
_KEPT = (datetime, Decimal)
"""What msgspec writes itself, and is looked at before."""
_NO_LOCAL_TIME = "is a local time at the end of all times: give a datetime with its time zone, or None"
_NO_ORDER = "is a set of values that have no order: give a list of them"
_GIVE_TEXT_KEYS = "give text for keys, a different one for each"
_NAME = re.compile(r"[A-Za-z_]{1,40}")
"""A key that names a field of a plain dict, and is no id of anybody and no token."""
_DEEPEST_PATH = 20
_LOCAL_TIME = re.compile(rb'T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"')
"""The end of a datetime without an offset, or of text that looks like one."""


class _NoFormError(TypeError):
    """Something has no JSON form; the message has its type and no value."""


def encode_data(data: object) -> tuple[bytes | None, str]:
    """Data as JSON in UTF-8; else ``None``, and a path and what is wrong there, without the value."""
    encoded = _encode_at_once(data)
    if encoded is not None:
        return encoded, ""
    encoded, problem = _encode_or_say_why(data)
    return encoded, "" if encoded is not None else _located(data, problem)


def _encode_at_once(data: object) -> bytes | None:
    """Data in one step; ``None`` where something in it must be mended first, or may have to be.

    The encoder itself refuses lone surrogates and keys that are no text. A number that JSON cannot say
    it writes as ``null``, ``NaN``, or digits beyond those of a double: it is found in the same data as
    MessagePack, where it stands as it is. Walking through the data would take ten times as long.
    """
    try:
        encoded = _at_once.encode(data)
        numbers = _numbers.encode(data)
        if 0xCB in numbers and _NOT_FINITE.search(numbers):
            return None
    except Exception:  # noqa: BLE001
        # whatever it is, the longer way meets it again, and says it in its own words
        return None
    return None if _LOCAL_TIME.search(encoded) else encoded


def _encode_or_say_why(data: object) -> tuple[bytes | None, str]:
    """Data with everything mended that can be; else ``None`` and why, without the value."""
    try:
        return _encode_mended(data), ""
    except _NoFormError as error:
        return None, str(error)
    except RecursionError:
        return None, "is nested too deep, or holds itself"
    except Exception as error:  # noqa: BLE001
        # a model's own serializer may raise anything, and quote what is confidential
        return None, f"raised {type(error).__name__} when it was read"


def _located(data: object, problem: str) -> str:
    """The innermost part of some data that cannot be encoded, as a path, and why."""
    path = "data"
    with suppress(Exception):  # an application's own class may raise anything: then the path ends before it
        for _ in range(_DEEPEST_PATH):
            for step, part in _parts(data):
                encoded, why = _encode_or_say_why(part)
                if encoded is None:
                    hidden, path = _is_hidden(data, step), path + step
                    data, problem = (None if hidden else part), why
                    break
            else:
                problem = _own_problem(data) or problem
                break
    return f"{path} {problem}"


def _own_problem(data: object) -> str:
    """What is wrong with a value whose parts are all right, where the encoder's own words do not say it."""
    if isinstance(data, Set):
        return _NO_ORDER
    if isinstance(data, Mapping):
        with suppress(Exception):  # an application's own class may raise anything
            try:
                _distinct((_key_text(key), None) for key in data)
            except _NoFormError as error:
                return str(error)
    return ""


def _parts(value: Any) -> Iterator[tuple[str, object]]:
    """What a value holds, each with its step in a path; a key that may be somebody's is not shown."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield f".{key}" if isinstance(key, str) and _NAME.fullmatch(key) else "[…]", item
    elif isinstance(value, Set):
        yield from (("[…]", item) for item in value)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        yield from ((f"[{number}]", item) for number, item in enumerate(value))
    else:
        for name in field_names(type(value)):
            yield f".{name}", getattr(value, name)


def _is_hidden(holder: object, step: str) -> bool:
    """Whether what a field of some value holds is confidential, keys and all."""
    return step[1:] in confidential_fields(type(holder))  # type: ignore[arg-type]  # a class has a hash


def _encode_mended(data: object) -> bytes:
    """Data with everything mended that JSON or RFC 3339 does not know."""
    plain = _plain(data)
    try:
        return _json.encode(plain)
    except UnicodeEncodeError:
        return _json.encode(_without_surrogates(plain))


def _plain(data: object) -> object:
    _refuse_same_keys(msgspec.to_builtins(data, builtin_types=_KEPT, enc_hook=_encode_other))
    builtins = msgspec.to_builtins(
        data, builtin_types=_KEPT, str_keys=True, enc_hook=_encode_other, order="deterministic"
    )
    return _tidy(builtins)


def _refuse_same_keys(value: object) -> None:
    """Of two keys that become the same text the encoder would keep one."""
    match value:
        case dict():
            if any(type(key) is not str for key in value):
                _distinct((_key_text(key), None) for key in value)
            for item in value.values():
                _refuse_same_keys(item)
        case list() | tuple() | set() | frozenset():
            for item in value:
                _refuse_same_keys(item)


def _encode_other(value: Any) -> object:
    """What msgspec does not know by itself."""
    if issubclass(type(value), str):
        return str.__str__(value)  # markupsafe and Django mark safe text by a subclass of str
    if hasattr(type(value), "model_dump"):
        # a warning would quote the value
        return value.model_dump(by_alias=True, warnings=False)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Set | Sequence):
        return list(value)
    if isinstance(value, Decimal):
        return Decimal(value)
    if is_lazy_text(value):
        return text_of(value)
    raise _NoFormError(f"is {shape(value)}, which has no JSON form")


def _tidy(value: Any) -> object:
    """Mend what msgspec would write as it is although JSON or RFC 3339 does not know it."""
    match value:
        case int() if not -_LARGEST <= value <= _LARGEST:
            raise _NoFormError(_TOO_LARGE)
        case str() | bool() | int() | None:
            return value
        case dict():
            return {key: _tidy(item) for key, item in value.items()}
        case list() | tuple():
            return [_tidy(item) for item in value]
        case float() if not math.isfinite(value):
            raise _NoFormError(_NOT_A_NUMBER)
        case Decimal() if not value.is_finite():
            raise _NoFormError(_NOT_A_NUMBER)
        case Decimal() if math.isinf(float(value)):
            raise _NoFormError(_TOO_LARGE)
        case datetime() if value.tzinfo is None:
            return _as_local_time(value)
        case _:
            return value


def _as_local_time(value: datetime) -> datetime:
    try:
        return value.astimezone()
    except (ValueError, OverflowError, OSError):
        raise _NoFormError(_NO_LOCAL_TIME) from None


def _key_text(key: object) -> str:
    """The name of a member that a key becomes: a number's digits, a date in RFC 3339."""
    if type(key) is str:
        return key
    try:
        (text,) = msgspec.to_builtins({key: None}, builtin_types=_KEPT, str_keys=True, enc_hook=_encode_other)
    except Exception:  # noqa: BLE001
        # a key of the application's may raise anything; one that is refused is no other case
        text = None
    if not isinstance(text, str):
        raise _NoFormError(f"has a key that is {shape(key)}: {_GIVE_TEXT_KEYS}")
    return text


def _distinct(members: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Members of an object by their names, of which none may be there twice."""
    named: dict[str, object] = {}
    for name, item in members:
        if name in named:
            raise _NoFormError(f"has two keys that JSON would write as one: {_GIVE_TEXT_KEYS}")
        named[name] = item
    return named


def _without_surrogates(value: Any) -> object:
    match value:
        case str():
            return without_surrogates(value)
        case dict():
            return _distinct(
                (without_surrogates(key), _without_surrogates(item)) for key, item in value.items()
            )
        case list():
            return [_without_surrogates(item) for item in value]
        case _:
            return value


_at_once = msgspec.json.Encoder(decimal_format="number", enc_hook=_encode_other, order="deterministic")
_numbers = msgspec.msgpack.Encoder(decimal_format="number", enc_hook=_encode_other)
