"""What the JavaScript tracker on a page sends when a browser shows it."""

from __future__ import annotations

import json
import re
import time
import uuid

import httpx

_PATH = "/com.snowplowanalytics.snowplow/tp2"
_SNOWPLOW = "iglu:com.snowplowanalytics.snowplow"
_TITLE = re.compile(r"<title>([^<]*)</title>")


def tell_page_view(collector: str, app_id: str, page: httpx.Response, ids: dict[str, str]) -> None:
    """Send the page view of a page that was shown; raises httpx.HTTPError."""
    title = _TITLE.search(page.text)
    web_page = {"schema": f"{_SNOWPLOW}/web_page/jsonschema/1-0-0", "data": {"id": str(uuid.uuid4())}}
    contexts = {"schema": f"{_SNOWPLOW}/contexts/jsonschema/1-0-0", "data": [web_page]}
    now = str(int(time.time() * 1000))
    event = {
        "e": "pv",
        "p": "web",
        "tv": "js-4.6.0",
        "tna": "sp",
        "aid": app_id,
        "eid": str(uuid.uuid4()),
        "dtm": now,
        "stm": now,
        **ids,
        "url": str(page.url),
        "page": title[1].strip() if title else "",
        "co": json.dumps(contexts),
    }
    body = {"schema": f"{_SNOWPLOW}/payload_data/jsonschema/1-0-4", "data": [event]}
    headers = {"User-Agent": page.request.headers["User-Agent"]}
    httpx.post(f"{collector}{_PATH}", json=body, headers=headers, timeout=10).raise_for_status()
