"""Products of schema.org, by the fields of Iglu Central's ``product``."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, TypeVar

from .json_ld import Thing, Things, types_of
from .markup import absolute
from .values import category_path, currency_of, identifier_of, known, marked_up_text, names_of, price_of

T = TypeVar("T")

PRODUCTS = frozenset({"Product", "IndividualProduct"})
_IDS = ("sku", "productID", "mpn", "gtin", "gtin13", "gtin14", "gtin12", "gtin8")
_WORDS = {"PreOrder": "preorder", "BackOrder": "backorder"}
_LIST_PRICES = ("ListPrice", "StrikethroughPrice", "MSRP", "SRP")
_LONGEST = 4096
_SEPARATOR = "/"


def product_fields(thing: Thing, things: Things, base: str) -> dict[str, Any]:
    """What a thing says of its product; a price only where all of its offers have the same."""
    offers = _offers(things.resolved(thing.get("offers")), things, set())
    ids = (identifier_of(thing.get(name)) for name in _IDS)
    name = marked_up_text(thing.get("name"), longest=_LONGEST)
    return known(
        {
            "id": next((text for text in ids if text), None),
            "name": name,
            "category": _category(thing.get("category")) or _by_breadcrumbs(things, name, base),
            "price": _same([_price(offer) for offer in offers]),
            "list_price": _same([_list_price(offer) for offer in offers]),
            "currency": _same([_currency(offer) for offer in offers]),
            "inventory_status": _same([_status(offer) for offer in offers]),
            "brand": _first(names_of(things.resolved(thing.get("brand")))),
            "size": marked_up_text(thing.get("size")),
        }
    )


def _offers(value: Any, things: Things, seen: set[int]) -> list[Thing]:
    """Each offer once; of several together the single ones, where they are listed."""
    offers: list[Thing] = []
    for offer in value if isinstance(value, list) else [value]:
        if not isinstance(offer, dict) or id(offer) in seen:
            continue
        seen.add(id(offer))
        single = _offers(things.resolved(offer.get("offers")), things, seen)
        offers.extend(single or [offer])
    return offers


def _specifications(offer: Thing) -> list[Thing]:
    value = offer.get("priceSpecification")
    return [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)]


def _price(offer: Thing) -> Decimal | None:
    if "AggregateOffer" in types_of(offer) and "price" not in offer:
        low, high = price_of(offer.get("lowPrice")), price_of(offer.get("highPrice", offer.get("lowPrice")))
        return low if low == high else None
    if "price" in offer:
        return price_of(offer["price"])
    own = [part for part in _specifications(offer) if not _is_list_price(part)]
    return _same([price_of(part.get("price")) for part in own])


def _list_price(offer: Thing) -> Decimal | None:
    return _same([price_of(part.get("price")) for part in _specifications(offer) if _is_list_price(part)])


def _is_list_price(specification: Thing) -> bool:
    return str(specification.get("priceType")).rpartition("/")[2] in _LIST_PRICES


def _currency(offer: Thing) -> str | None:
    if "priceCurrency" in offer:
        return currency_of(offer["priceCurrency"])
    return _same([currency_of(part.get("priceCurrency")) for part in _specifications(offer)])


def _status(offer: Thing) -> str | None:
    """``InStock`` as ``in stock``, with the words that the schema's own description has."""
    value = offer.get("availability")
    word = value.rstrip("/").rpartition("/")[2] if isinstance(value, str) else ""
    if not re.fullmatch("[A-Z][A-Za-z]{2,40}", word):
        return None
    return _WORDS.get(word) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", word).lower()


def _category(value: Any) -> str | None:
    """A path as one text, with the separator that the schema's description has."""
    names = names_of(category_path(value) if isinstance(value, str) else value)
    return names[0] if len(names) == 1 else None


def _by_breadcrumbs(things: Things, name: str | None, base: str) -> str | None:
    """The way to the product, without the shop itself and without the product."""
    lists = things.of_types(frozenset({"BreadcrumbList"}))
    if len(lists) != 1 or not isinstance(steps := lists[0].get("itemListElement"), list):
        return None
    named = [
        _step(step, base) for step in sorted(filter(_is_step, steps), key=lambda step: int(step["position"]))
    ]
    way = [text for text, path in named if path not in {"", "/"} and text and text != name]
    text = _SEPARATOR.join(way)
    return text if way and len(named) == len(steps) and len(text) <= _LONGEST else None


def _is_step(step: Any) -> bool:
    return isinstance(step, dict) and re.fullmatch("[0-9]{1,3}", str(step.get("position"))) is not None


def _step(step: Thing, base: str) -> tuple[str | None, str | None]:
    """The name of a step and the path of where it leads, if it says it."""
    item = step.get("item")
    thing = item if isinstance(item, dict) else {"@id": item}
    link = thing.get("@id") or thing.get("url")
    leads = absolute(link, base) if isinstance(link, str) else None
    path = None if leads is None else "/" + leads.partition("://")[2].partition("/")[2]
    return marked_up_text(step.get("name") or thing.get("name")), path


def _first(names: list[str]) -> str | None:
    return names[0] if names else None


def _same(values: list[T | None]) -> T | None:
    """What all say, as far as they say it."""
    said = [value for value in values if value is not None]
    return said[0] if said and all(value == said[0] for value in said) else None
