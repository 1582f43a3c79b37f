"""Snowplow's own reader of the enriched TSV."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # its source has a backslash that newer Pythons warn of when they compile it
    warnings.simplefilter("ignore")
    from snowplow_analytics_sdk.event_transformer import ENRICHED_EVENT_FIELD_TYPES, transform

__all__ = ["ENRICHED_EVENT_FIELD_TYPES", "transform"]
