"""What happened and what it is about: events, entities, and their schemas."""

from .events import Event, PageView, SelfDescribingEvent, StructuredEvent

__all__ = ["Event", "PageView", "SelfDescribingEvent", "StructuredEvent"]
