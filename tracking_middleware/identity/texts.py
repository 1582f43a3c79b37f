"""Values of the application's as plain text: what is taken for text, and what is none.

Whatever becomes a title, a URL, a label or somebody's id passes here. ``str()`` would make text of
anything: of a coroutine its address in memory, which the next visitor's may have as well.
"""

from __future__ import annotations

from uuid import UUID

_LAZY = frozenset({"LazyString", "_LazyString", "LazyProxy"})
"""Lazy text of Flask-Babel, speaklater and Babel; its methods are found on a value, and not on the class."""


class NoTextError(TypeError):
    """A value is no text; the message names its type, and what would be right."""


def text_of(value: object) -> str:
    """Plain text of a str, a whole number, a UUID or lazy text; raises NoTextError for anything else.

    Plain at once: a lazy translation would be rendered later, in another language. Of an enum that
    is text as well it is the value.
    """
    kind = type(value)
    if kind is str:
        return value  # type: ignore[return-value]
    try:
        if issubclass(kind, str):
            return str.__str__(value)
        if issubclass(kind, int) and kind is not bool:
            return int.__repr__(value)
        if issubclass(kind, UUID):
            return str(value)
        if is_lazy_text(value):
            return str.__str__(str(value))
    except Exception as error:  # noqa: BLE001
        # lazy text is made by code of the application's, which may raise anything
        trouble = f" that raised {type(error).__name__} when it was read"
    else:
        trouble = ""
    right = f"await it, and {_RIGHT}" if hasattr(kind, "__await__") else _RIGHT
    # raised out here, the error does not bring that one along
    raise NoTextError(f"is {shape(value)}{trouble}: {right}")


_RIGHT = "give text, a whole number or a UUID"


def shape(value: object) -> str:
    """What a value is, for a message, without the value itself."""
    kind = type(value)
    if kind is str:
        return f"text of {len(value)} characters"  # type: ignore[arg-type]  # it is one
    if issubclass(kind, type):  # a metaclass's name says nothing to who gave a class
        return "a type"
    return f"{'an' if kind.__name__[:1] in 'aeiouAEIO' else 'a'} {kind.__name__}"


def is_lazy_text(value: object) -> bool:
    """Whether a value stands for text that is made when it is asked for, as lazy translations do.

    Known by the methods of text, without any framework. A mock has every method and is no text; nor is
    asked for its methods what may do anything then, such as a call over the network.
    """
    kind = type(value)
    if hasattr(kind, "casefold"):
        return True
    if not isinstance(value, str) and _LAZY.isdisjoint(base.__name__ for base in kind.__mro__):
        return False
    return isinstance(value.casefold(), str) if hasattr(value, "casefold") else False


def without_surrogates(text: str) -> str:
    """Text with halves of surrogate pairs joined; a lone one, which UTF-8 cannot carry, becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
