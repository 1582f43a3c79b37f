"""Attributes of Structs, set as those of any other object."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def plainly_set(kind: type[T]) -> type[T]:
    """A class decorator for a Struct that the garbage collector looks at: setting takes a third of the steps.

    A Struct is not looked at as long as it holds nothing that might lead back to it, and so looks itself at
    all that it is given. That is of no use where it is made with such a thing: then it is looked at from the
    begin. Subclasses set as Structs do, unless they have this too.
    """
    for name in ("__setattr__", "__delattr__"):  # one slot for both
        setattr(kind, name, getattr(object, name))
    return kind
