"""Empty values: of a text nothing is left, and of anything else the event fails (Enrich, Transform)."""

from __future__ import annotations

from .case import Case, got, posted

_TYPED = {
    "e": "e (event)",
    "p": "p (platform)",
    "eid": "eid (event_id)",
    "sid": "sid (domain_sessionid)",
    "vid": "vid (domain_sessionidx)",
    "tid": "tid (txn_id)",
    "dtm": "dtm (dvce_created_tstamp)",
    "stm": "stm (dvce_sent_tstamp)",
    "ttm": "ttm (true_tstamp)",
    "res": "res (dvce_screenwidth, dvce_screenheight)",
    "vp": "vp (br_viewwidth, br_viewheight)",
    "ds": "ds (doc_width, doc_height)",
    "cookie": "cookie (br_cookies)",
    "f_pdf": "f_pdf (br_features_pdf)",
    "f_java": "f_java (br_features_java)",
    "pp_mix": "pp_mix (pp_xoffset_min)",
    "pp_may": "pp_may (pp_yoffset_max)",
    "ti_qu": "ti_qu (ti_quantity)",
    "co": "co (contexts)",
    "cx": "cx (contexts)",
    "ue_pr": "ue_pr (unstruct_event)",
    "ue_px": "ue_px (unstruct_event)",
}
_TEXTS = {
    "aid": "app_id",
    "tna": "name_tracker",
    "uid": "user_id",
    "duid": "domain_userid",
    "page": "page_title",
    "refr": "page_referrer",
    "ua": "useragent",
    "ip": "user_ipaddress",
    "tnuid": "network_userid",
    "lang": "br_lang",
    "tz": "os_timezone",
    "cs": "doc_charset",
    "cd": "br_colordepth",
    "se_ca": "se_category",
    "tr_id": "tr_orderid",
    "tr_cu": "tr_currency",
    "ti_sk": "ti_sku",
}

CASES: list[Case] = [
    *(posted(f"an empty {key}", expected=column, **{key: ""}) for key, column in _TYPED.items()),
    *(posted(f"an empty {key}", expected={column: None}, **{key: ""}) for key, column in _TEXTS.items()),
    posted("a platform in capitals", expected="p (platform)", p="WEB"),
    posted("a platform with a space", expected="p (platform)", p="web "),
    posted("a platform with a control character", expected="p (platform)", p="web\x00"),
    posted("a kind of event with a control character", expected="e (event)", e="pv\x00"),
    got("an empty vid in a query", "e=pv&p=web&vid=", expected="vid (domain_sessionidx)"),
    got(
        "a name without a value", "e=pv&p=web&vid&aid=x", expected={"domain_sessionidx": None, "app_id": "x"}
    ),
    got("a platform without a value", "e=pv&p&aid=x", expected={"platform": None, "app_id": "x"}),
    got("semicolons part parameters too", "e=pv;p=web;aid=x", expected={"platform": "web", "app_id": "x"}),
    got("an escaped semicolon does not", "e=pv&p=web&aid=a%3Bb", expected={"app_id": "a;b"}),
    got("of two the last", "e=pv&p=web&aid=a&aid=b", expected={"app_id": "b"}),
    got("a value without a name", "=x&e=pv&p=web&&", expected={"platform": "web"}),
]
