"""Entities and events with confidential fields, declared in every way there is."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Optional

import attrs
import msgspec
import pydantic

from tracking_middleware import Confidential, entity, event

VENDOR = "iglu:com.acme"


class WithoutForm:
    """What no JSON can say; shown, it shows what it holds."""

    def __init__(self, held: str) -> None:
        self.held = held

    def __repr__(self) -> str:
        return self.held


class Refusing(WithoutForm):
    """What quotes itself where it is to become JSON."""

    def model_dump(self, **_options: Any) -> None:
        raise ValueError(self.held)


@dataclass(frozen=True)
class Kind:
    """A way of declaring: the classes that belong together. ``make`` does without validation."""

    name: str
    line: Any
    supplier: Any
    order: Any
    special: Any
    make: Callable[..., Any] = lambda kind, **values: kind(**values)


def _declared(name: str, decorate: Any, plain: Any = None, base: type = object, **options: Any) -> Kind:
    plain = plain or decorate

    @plain
    class Line(base):
        """Shown within an order only."""

        sku: str
        cost: Annotated[Decimal, Confidential]

    @entity(f"{VENDOR}/supplier/jsonschema/1-0-0")
    @event(f"{VENDOR}/supplier_named/jsonschema/1-0-0")
    @decorate
    class Supplier(base):
        name: str
        terms: Annotated[str, Confidential]

    @entity(f"{VENDOR}/order/jsonschema/1-0-0")
    @event(f"{VENDOR}/order_placed/jsonschema/1-0-0")
    @decorate
    class Order(base):
        sku: str
        margin: Annotated[Decimal, Confidential]
        note: Annotated[str | None, Confidential]
        score: Optional[Annotated[int, Confidential]]  # noqa: UP045
        supplier: Supplier
        lines: list[Line]
        first: Line | None
        tags: Annotated[list[str], Confidential]

    @plain
    class SpecialOrder(Order):
        rebate: Annotated[str, Confidential]

    return Kind(name, Line, Supplier, Order, SpecialOrder, **options)


def _same(declared: type) -> type:
    return declared


frozen = dataclasses.dataclass(frozen=True)
KINDS = (
    _declared("dataclass", frozen),
    _declared("struct", _same, base=msgspec.Struct),
    _declared("attrs", attrs.define),
    _declared(
        "pydantic",
        _same,
        base=pydantic.BaseModel,
        make=lambda kind, **values: kind.model_construct(**values),
    ),
    _declared("bare", _same, plain=frozen),
)


class Canaries:
    """Values that are found again wherever they are shown, from a number of Hypothesis' choice."""

    def __init__(self, seed: int) -> None:
        self._next = seed
        self.texts: list[str] = []

    def text(self) -> str:
        return self._keep(f"K{self._number()}Q")

    def whole(self) -> int:
        return int(self._keep(str(self._number())))

    def decimal(self) -> Decimal:
        return Decimal(self._keep(f"{self._number()}.25"))

    def _number(self) -> int:
        self._next = (self._next * 6364136223846793005 + 1442695040888963407) % 2**64
        return 10**14 + self._next % (9 * 10**14)

    def _keep(self, text: str) -> str:
        self.texts.append(text)
        return text


def order(kind: Kind, canaries: Canaries, *, is_special: bool, is_full: bool) -> Any:
    """An order; a full one has all that may be missing."""
    lines = [kind.line(sku="RS-1", cost=canaries.decimal()) for _ in range(2 if is_full else 0)]
    values: dict[str, Any] = {
        "sku": "RS-1",
        "margin": canaries.decimal(),
        "note": canaries.text() if is_full else None,
        "score": canaries.whole() if is_full else None,
        "supplier": kind.supplier(name="Ada", terms=canaries.text()),
        "lines": lines,
        "first": lines[0] if lines else None,
        "tags": [canaries.text()],
    }
    if is_special:
        return kind.special(**values, rebate=canaries.text())
    return kind.order(**values)


def wrong_supplier(kind: Kind, canaries: Canaries, held_by: type[WithoutForm]) -> Any:
    """An entity and event that cannot be encoded."""
    return kind.make(kind.supplier, name="Ada", terms=held_by(canaries.text()))
