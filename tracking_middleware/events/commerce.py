"""A shop's entities by the schemas that Iglu Central has, so that a shop publishes none of its own.

Fields and limits are those of the vendor ``com.snowplowanalytics.snowplow.ecommerce`` in Iglu Central.
Money has two decimals at most and is best a ``Decimal``; ``currency`` is an ISO 4217 code. These schemas
take no other fields: a margin goes into an entity of the shop's own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from .entities import entity
from .events import event


@event("iglu:com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2")
class Action(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened in the shop; entities of the same event say with what. ``name`` is that of a list."""

    type: Literal[
        "add_to_cart",
        "remove_from_cart",
        "product_view",
        "list_click",
        "list_view",
        "promo_click",
        "promo_view",
        "checkout_step",
        "transaction",
        "refund",
        "trns_error",
    ]
    name: str | None = None


@entity("iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0")
class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product: ``id`` is its SKU, ``category`` a path as one text (``Women/Shoes``).

    ``list_price`` is the recommended one, ``quantity`` how many the action is about, ``position`` the place
    in a list.
    """

    id: str
    category: str
    price: Decimal | float
    currency: str
    name: str | None = None
    list_price: Decimal | float | None = None
    quantity: int | None = None
    size: str | None = None
    variant: str | None = None
    brand: str | None = None
    inventory_status: str | None = None
    position: int | None = None
    creative_id: str | None = None


@entity("iglu:com.snowplowanalytics.snowplow.ecommerce/transaction/jsonschema/1-0-0")
class Transaction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order that was paid: ``total_quantity`` counts its items."""

    transaction_id: str
    revenue: Decimal | float
    currency: str
    payment_method: str
    total_quantity: int
    tax: Decimal | float | None = None
    shipping: Decimal | float | None = None
    discount_code: str | None = None
    discount_amount: Decimal | float | None = None
    credit_order: bool | None = None


@entity("iglu:com.snowplowanalytics.snowplow.ecommerce/refund/jsonschema/1-0-0")
class Refund(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money that went back of a transaction, or of a part of one."""

    transaction_id: str
    refund_amount: Decimal | float
    currency: str
    refund_reason: str | None = None


@entity("iglu:com.snowplowanalytics.snowplow.ecommerce/cart/jsonschema/1-0-0")
class Cart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The cart after what happened."""

    total_value: Decimal | float
    currency: str
    cart_id: str | None = None


@entity("iglu:com.snowplowanalytics.snowplow.ecommerce/page/jsonschema/1-0-0")
class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a page of the shop is: ``type`` is the shop's word (``"product page"``, ``"checkout page"``)."""

    type: str
    language: str | None = None
    locale: str | None = None
