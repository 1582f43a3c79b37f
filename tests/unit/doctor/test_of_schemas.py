"""Which schemas the doctor looks for: those of the application's own classes."""

from __future__ import annotations

from weakref import WeakSet

from tracking_middleware import entity
from tracking_middleware.doctor.of_schemas import on_schemas
from tracking_middleware.events import commerce, declaring


def test_the_classes_of_this_package_are_none_that_the_application_declares(monkeypatch):
    uri = commerce.Product.__iglu_schema__
    alone = WeakSet([commerce.Product])  # whatever other tests declared
    monkeypatch.setitem(declaring._declared, uri, alone)
    assert not any(uri in found.text for found in on_schemas([]))


def test_a_class_of_the_application_with_a_schema_of_this_package_is_one():
    @entity(commerce.Product.__iglu_schema__)
    class Shoe:
        id: str

    assert any(commerce.Product.__iglu_schema__ in found.text for found in on_schemas([])), Shoe
