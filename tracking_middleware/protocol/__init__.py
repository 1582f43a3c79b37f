"""The Snowplow tracker protocol: the only home of its short keys."""

from .encoder import (
    COLLECTOR_PATH,
    CONTENT_TYPE,
    MAX_EVENT_BYTES,
    TRACKER_VERSION,
    Encoder,
    encode_post,
    event_id_of,
)
from .fields import EVENT_NAMES, FIELDS, PLATFORMS, Field, Kind

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
