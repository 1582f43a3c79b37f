"""Confidential values: they go to the collector, and are shown nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache, wraps
from reprlib import recursive_repr
from typing import Annotated, Any, ForwardRef, Literal, TypeVar, get_args, get_origin

import msgspec

T = TypeVar("T")


class Confidential:
    """Marks a field whose values nobody but the collector may see: ``Annotated[Decimal, Confidential]``."""


class _Hidden:
    def __repr__(self) -> str:
        return "***"


_HIDDEN = _Hidden()


def hide_confidential(declared: type[T]) -> type[T]:
    """Let a class show ``***`` for its confidential fields, wherever it is shown as text.

    Its subclasses do so too, with the fields of their own. A class without such a field is left
    as it is.
    """
    if not confidential_fields(declared):  # type: ignore[arg-type]  # a class has a hash
        return declared
    if hasattr(declared, "model_dump"):
        _hide_in_pydantic(declared)
    else:
        _show_masked(declared)
        for hook in ("__init_subclass__", "__attrs_init_subclass__"):
            _hide_in_subclasses(declared, hook)
    if hasattr(declared, "__attrs_attrs__"):
        _hide_in_validators(declared)
    elif hasattr(declared, "__pydantic_validator__") and is_dataclass(declared):
        _hide_in_pydantic_dataclass(declared)
    return declared


@lru_cache(maxsize=512)
def confidential_fields(kind: Any) -> frozenset[str]:
    """The fields of a class that are confidential, or may be: an annotation that cannot be read is."""
    return frozenset(_confidential_names(kind, within=(kind,)))


def field_names(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass, msgspec Struct, attrs class or pydantic model; of any other class none."""
    if issubclass(kind, msgspec.Struct):
        return tuple(kind.__struct_fields__)
    if hasattr(kind, "model_dump"):
        return tuple(_pydantic_fields(kind))
    if hasattr(kind, "__attrs_attrs__"):
        return tuple(field.name for field in kind.__attrs_attrs__)
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def _pydantic_fields(kind: Any) -> Mapping[str, Any]:
    fields_by_name: Mapping[str, Any] = getattr(kind, "__pydantic_fields__", None) or kind.model_fields
    return fields_by_name


def _confidential_names(kind: type, *, within: tuple[type, ...]) -> Iterator[str]:
    names = set(field_names(kind))
    for base in kind.__mro__:
        scope = {**vars(sys.modules.get(base.__module__, object)), **vars(base), base.__name__: base}
        for name, hint in {**_attrs_types(base), **_own_annotations(base)}.items():
            if name in names and _is_confidential(hint, scope, within):
                yield name


def _own_annotations(base: type) -> Mapping[str, Any]:
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(base, format=annotationlib.Format.FORWARDREF)
    annotations: Mapping[str, Any] = vars(base).get("__annotations__", {})
    return annotations


def _attrs_types(base: type) -> Mapping[str, Any]:
    """The types of a class's own fields as attrs has them: one in ``attr.ib(type=…)`` is no annotation."""
    attributes: Iterable[Any] = vars(base).get("__attrs_attrs__", ())
    return {field.name: field.type for field in attributes if not field.inherited}


def _is_confidential(hint: Any, scope: Mapping[str, Any], within: tuple[type, ...]) -> bool:
    if isinstance(hint, str | ForwardRef):
        hint = _evaluated(hint if isinstance(hint, str) else hint.__forward_arg__, scope)
    if isinstance(hint, str):  # it may be anything
        return True
    origin = get_origin(hint)
    if origin is Literal:
        return False
    if origin is Annotated and any(
        mark is Confidential or isinstance(mark, Confidential) for mark in hint.__metadata__
    ):
        return True
    if origin is None and isinstance(hint, type):
        return hint not in within and _shows_confidential(hint, within)
    return any(_is_confidential(part, scope, within) for part in _parts(hint))


def _evaluated(text: str, scope: Mapping[str, Any]) -> Any:
    """What an annotation written as text means; the text where that cannot be told."""
    try:
        # what typing.get_type_hints does too: the text is code of the class's own module
        return eval(text, dict(scope))  # noqa: S307
    except Exception:  # noqa: BLE001
        # names of a function's own, or known to the type checker only
        return text


def _parts(hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) is Annotated:
        return (hint.__origin__,)
    value = getattr(hint, "__value__", None)  # of a ``type`` statement
    return get_args(hint) if value is None else (value,)


def _shows_confidential(kind: type, within: tuple[type, ...]) -> bool:
    """Whether a class that is shown within another has confidential fields and does not hide them itself."""
    if getattr(kind, "__repr__", None) is _masked_text:
        return False
    return any(True for _ in _confidential_names(kind, within=(*within, kind)))


def _shown_fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of the fields, as they may be shown."""
    kind: Any = type(value)
    hidden, unshown = confidential_fields(kind), _unshown_fields(kind)
    for name in field_names(kind):
        if name in unshown:
            continue
        if name in hidden:
            yield name, _HIDDEN
        elif hasattr(value, name):  # one that was never set has nothing to show
            yield name, getattr(value, name)


@lru_cache(maxsize=512)
def _unshown_fields(kind: Any) -> frozenset[str]:
    """The fields that a class itself leaves out of its ``__repr__``, or shows by a function of its own."""
    if hasattr(kind, "model_dump"):
        shown = {name: field.repr for name, field in _pydantic_fields(kind).items()}
    elif hasattr(kind, "__attrs_attrs__"):
        shown = {field.name: field.repr for field in kind.__attrs_attrs__}
    else:
        shown = {field.name: field.repr for field in fields(kind)} if is_dataclass(kind) else {}
    return frozenset(name for name, is_shown in shown.items() if is_shown is not True)


@recursive_repr()
def _masked_text(value: Any) -> str:
    shown = ", ".join(f"{name}={item!r}" for name, item in _shown_fields(value))
    return f"{type(value).__qualname__}({shown})"


def _formatted(value: Any, specification: str) -> str:
    try:
        return format(_masked_text(value), specification)
    except ValueError:  # one that a method of the class's own would have known
        return _masked_text(value)


def _show_masked(declared: Any) -> None:
    declared.__repr__ = _masked_text
    declared.__str__ = _masked_text
    declared.__format__ = _formatted
    declared.__rich_repr__ = _shown_fields


def _hide_in_subclasses(declared: Any, hook: str) -> None:
    """A dataclass or attrs class that is made of a subclass would bring a ``__repr__`` of its own.

    That of attrs comes when the class is made already, after which attrs calls a hook of its own.
    """
    own = vars(declared).get(hook)

    def init_subclass(kind: Any, /, **options: Any) -> None:
        before = own.__get__(None, kind) if own else getattr(super(declared, kind), hook, None)
        if before is not None:
            before(**options)
        _show_masked(kind)
        if hook == "__attrs_init_subclass__":
            _hide_in_validators(kind)

    setattr(declared, hook, classmethod(init_subclass))


def _hide_in_pydantic(declared: Any) -> None:
    """Pydantic shows models by ``__repr_args__``, and what it was given in its errors."""
    _show_masked(declared)
    declared.__repr_args__ = _shown_fields
    declared.model_config = {**declared.model_config, "hide_input_in_errors": True}
    declared.model_rebuild(force=True, raise_errors=False)


def _hide_in_pydantic_dataclass(declared: Any) -> None:
    from pydantic.dataclasses import rebuild_dataclass

    given = getattr(declared, "__pydantic_config__", None) or {}
    declared.__pydantic_config__ = {**given, "hide_input_in_errors": True}
    rebuild_dataclass(declared, force=True, raise_errors=False)


def _hide_in_validators(declared: Any) -> None:
    """The validators of attrs quote in their errors what they were given, or was assigned."""
    declared.__init__ = _unquoting(declared.__init__, declared)
    if vars(declared).get("__attrs_own_setattr__"):
        declared.__setattr__ = _unquoting(declared.__setattr__, declared)


def _unquoting(method: Callable[..., None], declared: type) -> Callable[..., None]:
    @wraps(method)
    def unquoting(self: Any, *given: Any, **named: Any) -> None:
        problem: Exception | None = None
        try:
            method(self, *given, **named)
        except Exception as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is None:
                raise  # the arguments do not fit, and are not quoted
            problem = _without_values(error, declared)
        if problem is not None:  # raised out here, the error does not bring that one along
            raise problem

    return unquoting


def _without_values(error: Exception, declared: type) -> Exception:
    message = f"{declared.__qualname__} refuses what it was given, which is confidential"
    try:
        return type(error)(message)
    except Exception:  # noqa: BLE001
        # an error of the application's that is made in another way
        return ValueError(message)
