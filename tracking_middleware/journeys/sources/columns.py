"""The canonical columns of an event with their types in DuckDB; the order is that of the enriched TSV."""

from __future__ import annotations

from ...protocol.columns import COLUMNS as NAMES

_MOMENTS = "etl collector dvce_created dvce_sent refr_dvce derived true"
_FLAGS = """
br_features_pdf br_features_flash br_features_java br_features_director br_features_quicktime
br_features_realplayer br_features_windowsmedia br_features_gears br_features_silverlight br_cookies
dvce_ismobile
"""
_WHOLE = """
domain_sessionidx page_urlport refr_urlport ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min
pp_yoffset_max br_viewwidth br_viewheight dvce_screenwidth dvce_screenheight doc_width doc_height txn_id
"""
_FRACTIONS = "geo_latitude geo_longitude se_value"
_MONEY = """
tr_total tr_tax tr_shipping ti_price tr_total_base tr_tax_base tr_shipping_base ti_price_base
"""
JSON_COLUMNS = ("contexts", "unstruct_event", "derived_contexts")
"""Columns of self-describing JSON, kept as text."""


def _types() -> dict[str, str]:
    types = dict.fromkeys(NAMES, "VARCHAR")
    types.update({f"{name}_tstamp": "TIMESTAMP" for name in _MOMENTS.split()})
    types.update(dict.fromkeys(_FLAGS.split(), "BOOLEAN"))
    types.update(dict.fromkeys(_WHOLE.split(), "BIGINT"))
    types.update(dict.fromkeys(_FRACTIONS.split(), "DOUBLE"))
    types.update(dict.fromkeys(_MONEY.split(), "DECIMAL(18,2)"))
    return types


COLUMNS = _types()
"""By its name, the type of each of the 131 columns."""
