"""A Struct whose attributes are set plainly is still a Struct, and still garbage when nobody has it."""

from __future__ import annotations

import gc
import weakref

import msgspec
import pytest

from tracking_middleware.asgi import ScopeRequest
from tracking_middleware.exchange.conversation import Conversation
from tracking_middleware.exchange.exchange import Exchange
from tracking_middleware.exchange.visitor import Visitor
from tracking_middleware.plain_setting import plainly_set
from tracking_middleware.request.page import Page
from tracking_middleware.wsgi import EnvironRequest


@plainly_set
class Held(msgspec.Struct, eq=False, weakref=True):
    holder: object
    other: object = None


class Below(Held, eq=False, weakref=True):
    more: object = None


@pytest.mark.parametrize("kind", [Held, Below])
def test_what_leads_back_to_it_by_an_attribute_is_found_by_the_collector(kind):
    held = kind([])
    held.other = [held]
    gone = weakref.ref(held)
    assert gc.is_tracked(held)
    del held
    gc.collect()
    assert gone() is None


def test_only_its_fields_can_be_set():
    held = Below([], more=1)
    held.more = held.other = 2
    assert (held.other, held.more) == (2, 2)
    with pytest.raises(AttributeError):
        held.unknown = 1
    del held.other
    with pytest.raises(AttributeError):
        held.other  # noqa: B018


def made():
    """One of each kind that is set plainly, with what it is made with where it is used."""
    carrier = {"REQUEST_METHOD": "GET", "wsgi.input": object()}
    request = EnvironRequest(carrier, carrier.copy())
    yield request
    yield ScopeRequest(carrier, {}, (), True, None, (b"a",), (b"host",))
    yield Page(request, 20, made)
    yield Visitor(gc, Page(request, 20, made))
    yield Exchange(gc, request, 1, None)
    yield Conversation(gc, request, 1, "websocket")


@pytest.mark.parametrize("each", list(made()), ids=lambda each: type(each).__name__)
def test_the_collector_looks_at_each_kind_of_ours_from_the_begin(each):
    assert gc.is_tracked(each)
