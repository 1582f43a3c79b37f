"""The field table: every parameter of the Snowplow tracker protocol.

``FIELDS`` names each with its canonical column, type and longest value; the encoder writes from it
and the local collector reads with it. Lengths are those that Snowplow's Enrich 6 enforces, in
UTF-16 code units; a longer value makes the whole event a bad row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "uuid", "integer", "milliseconds", "decimal", "flag", "size", "json", "base64_json"]
"""How a parameter's text is read: ``size`` is ``<width>x<height>``, ``flag`` is ``1`` or ``0``."""


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of the tracker protocol.

    ``columns`` are the canonical event columns it fills (two for a ``size``; none where Enrich
    ignores the parameter). ``max_length`` counts UTF-16 code units. ``in_envelope`` says whether
    the POST schema payload_data 1-0-4 allows the key: one that it does not allow fails the batch.
    """

    key: str
    columns: tuple[str, ...]
    kind: Kind = "text"
    max_length: int | None = None
    in_envelope: bool = True


def _text(key: str, column: str, max_length: int) -> Field:
    return Field(key, (column,), "text", max_length)


_FIELDS = (
    # who is tracking, and what happened
    _text("e", "event", 128),
    _text("p", "platform", 255),
    _text("aid", "app_id", 255),
    _text("tna", "name_tracker", 128),
    _text("tv", "v_tracker", 100),
    Field("eid", ("event_id",), "uuid", 36),
    Field("cv", ("v_collector",), "text", 100, in_envelope=False),
    # when
    Field("dtm", ("dvce_created_tstamp",), "milliseconds"),
    Field("stm", ("dvce_sent_tstamp",), "milliseconds"),
    Field("ttm", ("true_tstamp",), "milliseconds"),
    # the person and the session
    _text("uid", "user_id", 255),
    _text("duid", "domain_userid", 128),
    Field("sid", ("domain_sessionid",), "uuid", 128),
    Field("vid", ("domain_sessionidx",), "integer"),
    _text("nuid", "network_userid", 128),
    _text("tnuid", "network_userid", 128),
    _text("ip", "user_ipaddress", 128),
    _text("fp", "user_fingerprint", 128),
    Field("tid", ("txn_id",), "integer"),
    # the device
    _text("ua", "useragent", 1000),
    _text("lang", "br_lang", 255),
    _text("tz", "os_timezone", 255),
    _text("cs", "doc_charset", 128),
    _text("cd", "br_colordepth", 12),
    Field("cookie", ("br_cookies",), "flag"),
    Field("res", ("dvce_screenwidth", "dvce_screenheight"), "size"),
    Field("vp", ("br_viewwidth", "br_viewheight"), "size"),
    Field("ds", ("doc_width", "doc_height"), "size"),
    Field("f_pdf", ("br_features_pdf",), "flag"),
    Field("f_fla", ("br_features_flash",), "flag"),
    Field("f_java", ("br_features_java",), "flag"),
    Field("f_dir", ("br_features_director",), "flag"),
    Field("f_qt", ("br_features_quicktime",), "flag"),
    Field("f_realp", ("br_features_realplayer",), "flag"),
    Field("f_wma", ("br_features_windowsmedia",), "flag"),
    Field("f_gears", ("br_features_gears",), "flag"),
    Field("f_ag", ("br_features_silverlight",), "flag"),
    # the page
    _text("url", "page_url", 10_000),
    _text("page", "page_title", 2000),
    _text("refr", "page_referrer", 10_000),
    # entities and self-describing events
    Field("co", ("contexts",), "json"),
    Field("cx", ("contexts",), "base64_json"),
    Field("ue_pr", ("unstruct_event",), "json"),
    Field("ue_px", ("unstruct_event",), "base64_json"),
    # page pings
    Field("pp_mix", ("pp_xoffset_min",), "integer"),
    Field("pp_max", ("pp_xoffset_max",), "integer"),
    Field("pp_miy", ("pp_yoffset_min",), "integer"),
    Field("pp_may", ("pp_yoffset_max",), "integer"),
    # structured events
    _text("se_ca", "se_category", 1000),
    _text("se_ac", "se_action", 1000),
    _text("se_la", "se_label", 4096),
    _text("se_pr", "se_property", 1000),
    Field("se_va", ("se_value",), "decimal"),
    Field("ev_ca", ("se_category",), "text", 1000, in_envelope=False),
    Field("ev_ac", ("se_action",), "text", 1000, in_envelope=False),
    Field("ev_la", ("se_label",), "text", 4096, in_envelope=False),
    Field("ev_pr", ("se_property",), "text", 1000, in_envelope=False),
    Field("ev_va", ("se_value",), "decimal", in_envelope=False),
    # transactions and their items
    _text("tr_id", "tr_orderid", 255),
    _text("tr_af", "tr_affiliation", 255),
    Field("tr_tt", ("tr_total",), "decimal"),
    Field("tr_tx", ("tr_tax",), "decimal"),
    Field("tr_sh", ("tr_shipping",), "decimal"),
    _text("tr_ci", "tr_city", 255),
    _text("tr_st", "tr_state", 255),
    _text("tr_co", "tr_country", 255),
    _text("tr_cu", "tr_currency", 3),
    _text("ti_id", "ti_orderid", 255),
    _text("ti_sk", "ti_sku", 255),
    _text("ti_nm", "ti_name", 255),
    _text("ti_na", "ti_name", 255),
    _text("ti_ca", "ti_category", 255),
    Field("ti_pr", ("ti_price",), "decimal"),
    Field("ti_qu", ("ti_quantity",), "integer"),
    _text("ti_cu", "ti_currency", 3),
    # allowed by the envelope, ignored by Enrich
    *(
        Field(key, ())
        for key in (["ctype", "mac", "ad_ba", "ad_ca", "ad_ad", "ad_uid", "sa", "sn", "st", "sp", "ue_na"])
    ),
)

FIELDS: dict[str, Field] = {field.key: field for field in _FIELDS}

PLATFORMS = frozenset({"web", "mob", "pc", "srv", "app", "tv", "cnsl", "iot", "headset"})
EVENT_NAMES = {
    "pv": "page_view",
    "pp": "page_ping",
    "se": "struct",
    "ev": "struct",
    "ue": "unstruct",
    "tr": "transaction",
    "ti": "transaction_item",
}
"""The parameter ``e`` and the column ``event``."""
