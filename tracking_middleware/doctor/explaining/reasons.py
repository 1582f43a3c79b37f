"""Why a request is no page view, in a sentence each, with what would change it."""

from __future__ import annotations

from ...request.rules import Reason

SENTENCES: dict[Reason, str] = {
    "method": "only a GET loads a page",
    "status": "its status is not among track_status, or nothing was answered",
    "content_type": "the answer is no HTML",
    "attachment": "the browser saves the answer to a file and does not show it (Content-Disposition)",
    "prefetch": "it is fetched ahead, and may never be seen; track_prefetch sends such requests as events",
    "fetch": "a script, an image or an API client asks for it, and no browser that loads a page",
    "fragment": "a library asks for a part of a page (htmx, Turbo …)",
    "frame": "it is shown in a frame of another page",
    "excluded": "the setting exclude has its path; include would win over it",
    "skipped_by_app": "the application said so: current_page().skip(), or @untracked",
    "consent_none": "consent is 'none': the setting consent, current_page().consent, or a browser's signal",
    "opt_out": "the visitor has the opt_out_cookie",
    "websocket": "it opens a websocket",
    "sampled": "it is an agent's, and agents_sample leaves it out",
    "nested": "another tracking middleware, around this one, tracks it",
}
