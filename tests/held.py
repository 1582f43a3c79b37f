"""What the package holds: every cache and every container that can be reached from it, by search."""

from __future__ import annotations

import gc
import sys
from collections import deque
from functools import _lru_cache_wrapper
from types import FrameType, FunctionType, ModuleType
from typing import Any

PACKAGE = "tracking_middleware"
_CONTAINERS = (dict, list, set, frozenset, deque, tuple, bytearray)


def caches() -> dict[str, Any]:
    """By name, the ``cache_info()`` of every ``lru_cache`` of the package's that lives."""
    found: dict[str, Any] = {}
    for each in gc.get_objects():
        if type(each) is _lru_cache_wrapper and _is_ours(getattr(each, "__module__", "")):
            name = f"{each.__module__}.{each.__qualname__}"
            while name in found:
                name += "'"  # one an object
            found[name] = each.cache_info()
    return found


def large_caches(least: int) -> dict[str, Any]:
    """Those with ``least`` values or more, and those without a bound that have a hundred."""
    return {
        name: info
        for name, info in caches().items()
        if info.currsize >= least or (info.maxsize is None and info.currsize >= 100)
    }


def large_containers(*roots: object, least: int) -> dict[int, tuple[str, int]]:
    """By id, the way to and the length of each container with ``least`` items or more.

    The search begins with the package's modules and with ``roots``, and follows every reference but
    into other packages' modules, where the heap of the whole process would be.
    """
    seen: set[int] = {id(sys.modules)}
    found: dict[int, tuple[str, int]] = {}
    ways = [(root, type(root).__name__) for root in roots]
    ways += [(vars(module), name) for name, module in list(sys.modules.items()) if _is_ours(name)]
    while ways:
        each, way = ways.pop()
        if id(each) in seen or _leads_away(each):
            continue
        seen.add(id(each))
        if issubclass(type(each), _CONTAINERS) and len(each) >= least:
            found[id(each)] = (way, len(each))
        ways.extend((other, _step(way, each, other)) for other in _referents(each))
    return found


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == PACKAGE


def _referents(each: object) -> list[object]:
    if type(each) is dict and "__spec__" in each:  # a module's; what loads modules is not the module's
        return [value for name, value in each.items() if not name.startswith("__")]
    return gc.get_referents(each)


def _leads_away(each: object) -> bool:
    """Modules, classes and functions of others, and frames.

    It is asked by the type alone: what stands for another object, as lazy settings do, would be woken.
    """
    kind = type(each)
    if issubclass(kind, ModuleType):
        return not _is_ours(each.__name__)
    if issubclass(kind, FrameType):
        return True
    if issubclass(kind, type | FunctionType):
        return not _is_ours(str(each.__module__))
    return issubclass(kind, dict) and not _is_ours(str(each.get("__name__") or PACKAGE))


def _step(way: str, each: object, other: object) -> str:
    """The way on: the key in a dict, else the kind of thing."""
    if issubclass(type(each), dict) and len(each) < 1_000:
        for key, value in list(each.items()):
            if value is other:
                return f"{way}.{key}" if isinstance(key, str) else f"{way}[…]"
    return f"{way}/{type(other).__name__}"
