"""What a tracker sends to the collector."""

from __future__ import annotations

import uuid


def page_view(**parameters):
    """The parameters of a page view that every pipeline takes."""
    given = {
        "e": "pv",
        "p": "web",
        "tv": "js-4.6.9",
        "eid": str(uuid.uuid4()),
        "dtm": "1700000000000",
        "url": "https://www.example.com/a/b?x=1#top",
        "page": "A page",
        **parameters,
    }
    return {key: value for key, value in given.items() if value is not None}
