"""The Python tracker's part: sends what it is told on standard input, and ends."""

from __future__ import annotations

import json
import sys

from snowplow_tracker import Emitter, PageView, SelfDescribing, SelfDescribingJson, StructuredEvent, Tracker


def main():
    told = json.load(sys.stdin)
    failures = []
    emitter = Emitter(
        "127.0.0.1",
        protocol="http",
        port=told["port"],
        method=told["method"],
        request_timeout=5,
        on_failure=lambda sent, unsent: failures.extend(unsent),
    )
    tracker = Tracker("python", emitters=[emitter], app_id="client", encode_base64=told["base64"])
    entities = [SelfDescribingJson(told["entity"]["schema"], told["entity"]["data"])]
    structured = told["structured"]
    event = SelfDescribingJson(told["event"]["schema"], told["event"]["data"])
    tracker.track(PageView("https://www.example.com/", page_title=told["title"], context=entities))
    tracker.track(
        StructuredEvent(
            structured["category"],
            structured["action"],
            label=structured["label"],
            property_=structured["property"],
            value=structured["value"],
            context=entities,
        )
    )
    tracker.track(SelfDescribing(event, context=entities))
    tracker.flush()
    return len(failures)


if __name__ == "__main__":
    sys.exit(main())
