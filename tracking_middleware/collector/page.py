"""The page that lists the last events; plain HTML, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from .showing import Showing
from .store import Row, Store
from .values import without_surrogates

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#ddd, #444); --quiet: light-dark(#555, #aaa);
  --bad: light-dark(#b00020, #ff8a80); --good: light-dark(#0a6b2d, #7bd88f); }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 100rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } p { color: var(--quiet); } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
th { position: sticky; top: 0; background: Canvas; } td { overflow-wrap: anywhere; min-width: 5rem; }
code { font-size: .85em; } .bad { color: var(--bad); } .good { color: var(--good); }
"""
_HEADINGS = (
    "collector_tstamp",
    "app_id",
    "platform",
    "event",
    "page_url",
    "page_title",
    "domain_userid",
    "domain_sessionid",
    "entities",
    "good or bad",
)


def routes(store: Store, showing: Showing) -> list[Route]:
    """The page and its style, which comes by itself: the content security policy allows none in the page."""

    def html() -> str:
        good, bad = store.counts()
        return render([showing.row(row) for row in store.latest(most=100).rows], good=good, bad=bad)

    async def show_page(_request: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(html), headers={"Cache-Control": "no-store"})

    async def show_style(_request: Request) -> Response:
        return Response(_STYLE, media_type="text/css")

    return [
        Route("/", show_page),
        Route("/micro/ui", show_page),
        Route("/micro/ui/style.css", show_style),
    ]


def render(rows: Iterable[Row], *, good: int, bad: int) -> str:
    """The whole page, of the last rows and the counts of all."""
    body = "\n".join(_table_row(row) for row in rows)
    if not body:
        body = f'<tr><td colspan="{len(_HEADINGS)}">No events yet: point a tracker at this address.</td></tr>'
    headings = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
    text = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Events · tracking_middleware collector</title>
<link rel="stylesheet" href="/micro/ui/style.css">
<h1>Events</h1>
<p>{good} good, {bad} bad. The last 100, newest first. As JSON: <a href="/micro/good">/micro/good</a>,
<a href="/micro/bad">/micro/bad</a>, <a href="/micro/all">/micro/all</a>.</p>
<div class="scroll" role="region" aria-label="Events" tabindex="0"><table>
<thead><tr>{headings}</tr></thead>
<tbody>
{body}
</tbody></table></div>
</html>
"""
    return without_surrogates(text)  # JSON can hold them by their escapes, and UTF-8 cannot


def _table_row(row: Row) -> str:
    cells = _good_cells(row.shape) if row.is_good else _bad_cells(row)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _good_cells(shape: dict[str, Any]) -> list[str]:
    event = shape["event"]
    name = event["event"] if event["event"] != "unstruct" else event["event_name"]
    return [
        escape(event["collector_tstamp"]),
        _text(event["app_id"]),
        _text(event["platform"]),
        _text(name),
        _text(event["page_url"]),
        _text(event["page_title"]),
        f"<code>{_text(event['domain_userid'])}</code>",
        f"<code>{_text(event['domain_sessionid'])}</code>",
        escape(", ".join(schema.split("/")[1] for schema in shape["contexts"])),
        '<span class="good">good</span>',
    ]


def _bad_cells(row: Row) -> list[str]:
    raw = row.shape["rawEvent"] or {"parameters": {}}
    sent = raw["parameters"]
    keys = ("aid", "p", "e", "url", "page", "duid", "sid")
    reasons = "; ".join(str(reason) for reason in row.shape["errors"])
    return [
        escape(row.received),
        *(_text(sent.get(key)) for key in keys),
        "",
        f'<span class="bad">bad: {_text(reasons[:1000])}</span>',
    ]


def _text(value: object) -> str:
    return "" if value is None else escape(str(value))
