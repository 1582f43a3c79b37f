"""What the shop tells its analysts: each schema with its data. What is Confidential no browser ever sees."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from tracking_middleware import Confidential, entity, event


@dataclass(frozen=True)
class BasketLine:
    sku: str
    size: str
    quantity: int
    price: Decimal
    margin: Annotated[Decimal, Confidential]


@entity("iglu:com.example.shop/basket/jsonschema/1-0-0")
@dataclass(frozen=True)
class Basket:
    """What is in the basket, with what the shop earns by it."""

    lines: list[BasketLine]
    total: Decimal
    margin: Annotated[Decimal, Confidential]


@event("iglu:com.example.shop/fraud_checked/jsonschema/1-0-0")
@dataclass(frozen=True)
class FraudChecked:
    """The shop looked at an order before it took it; a score of 1 is surely a fraud."""

    order: int
    score: Annotated[Decimal, Confidential]
    is_declined: bool


@event("iglu:com.example.shop/order_placed/jsonschema/1-0-0")
@dataclass(frozen=True)
class OrderPlaced:
    order: int
    total: Decimal


@event("iglu:com.example.shop/order_declined/jsonschema/1-0-0")
@dataclass(frozen=True)
class OrderDeclined:
    order: int
    total: Decimal


@event("iglu:com.example.shop/order_returned/jsonschema/1-0-0")
@dataclass(frozen=True)
class OrderReturned:
    """An article came back to the warehouse."""

    order: int
    sku: str
    name: str
    size: str
    channel: str
