"""The Snowplow tracker protocol: the only home of its short keys."""

from .encoder import MAX_EVENT_BYTES, TRACKER_VERSION, Encoder
from .fields import EVENT_NAMES, FIELDS, PLATFORMS, Field, Kind
from .post import COLLECTOR_PATH, CONTENT_TYPE, encode_post, event_id_of

__all__ = [
    "COLLECTOR_PATH",
    "CONTENT_TYPE",
    "EVENT_NAMES",
    "FIELDS",
    "MAX_EVENT_BYTES",
    "PLATFORMS",
    "TRACKER_VERSION",
    "Encoder",
    "Field",
    "Kind",
    "encode_post",
    "event_id_of",
]
