"""Django's responses: what an answer has of headers, and how something is said with one answer alone."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from http.cookies import SimpleCookie
from typing import Any, TypeVar

from django.http.response import HttpResponseBase

from ..headers import Header

R = TypeVar("R", bound=HttpResponseBase)


def headers_of(response: HttpResponseBase) -> list[Header]:
    """The response's headers, its cookies among them, which Django keeps apart."""
    if not response.cookies:
        return list(response.headers.items())
    cookies = (("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values())
    return [*response.headers.items(), *cookies]


def with_headers(response: R, extra: Iterable[Header]) -> R:
    """The response with further headers, and as it is where there are none.

    It is another object then: a view may return one response again and again, to many visitors and
    by several threads at once, and what one of them is told must not stay in it for the others.
    """
    extra = list(extra)
    if not extra:
        return response
    answer = _twin_of(response)
    for name, value in extra:
        if name == "Set-Cookie":
            answer.cookies.load(value)
        else:  # Django has one value a name
            answer.headers[name] = f"{answer.headers[name]}, {value}" if name in answer.headers else value
    return answer


def _twin_of(response: R) -> R:
    """A response of the same class and content, with headers and cookies of its own; the one to be closed."""
    # copy.copy() would ask the response, which leaves out what is not to be pickled
    state: Any = object.__getstate__(response)
    attributes, slots = state if isinstance(state, tuple) else (state, {})
    twin: R = object.__new__(type(response))
    for name, value in {**(slots or {}), **(attributes or {})}.items():
        object.__setattr__(twin, name, value)
    twin.headers = copy.copy(response.headers)
    twin.headers._store = dict(response.headers._store)
    twin.cookies = SimpleCookie({name: copy.copy(morsel) for name, morsel in response.cookies.items()})
    twin._resource_closers = _taken_from(response._resource_closers)  # type: ignore[attr-defined]
    return twin


def _taken_from(closers: list[Callable[[], object]]) -> list[Callable[[], object]]:
    """What is to be called at the end, each once: another thread may take some at the same time."""
    taken = []
    while closers:
        try:
            taken.append(closers.pop(0))
        except IndexError:
            break
    return taken
