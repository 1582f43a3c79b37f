"""What is held of a person, as a page: no script, nothing loaded from anywhere, fit to be printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex"><title>What is held of a person</title><style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th { text-align: left; vertical-align: top; font-weight: normal; width: 14rem; padding-right: 1rem }
td { overflow-wrap: anywhere } th, td { border-top: 1px solid #8884 }
pre { white-space: pre-wrap; margin: 0 } details { margin: 0 0 .5rem } summary { cursor: pointer }
</style></head><body>
"""
_MOMENTS = ("derived_tstamp", "collector_tstamp", "at", "first_at", "valid_from")
_TITLES = ("event_name", "event", "e", "kind", "page_url", "url", "value")


def page(found: Mapping[str, Any]) -> str:
    """The whole page, of what ``export`` gives."""
    return f"{_HEAD}{''.join(_body(found))}</body></html>\n"


def _body(found: Mapping[str, Any]) -> Iterator[str]:
    yield "<h1>What is held of a person</h1>"
    note = (
        "All is shown, also what is confidential."
        if found["shows_confidential"]
        else ("What is confidential is hidden: *** stands in its place.")
    )
    yield f"<p>Made {escape(found['made'])}. {note}</p><h2>Known by</h2>"
    yield _table({kind: values for kind, values in found["known_by"].items() if values})
    for file in found["files"]:
        yield f"<h2>{escape(file['kind'])}: {escape(file['path'])}</h2>"
        if not file["rows"]:
            yield "<p>Nothing.</p>"
        for name, rows in file["rows"].items():
            yield f"<h3>{escape(name)} ({len(rows)})</h3>"
            yield from (_row(row) for row in rows)


def _row(row: Mapping[str, Any]) -> str:
    moment = next((str(row[name]) for name in _MOMENTS if row.get(name)), "")
    titles = " · ".join(str(row[name]) for name in _TITLES if isinstance(row.get(name), str | int))
    summary = " ".join(filter(None, (moment, titles))) or "a row"
    return f"<details><summary>{escape(summary)}</summary>{_table(row)}</details>"


def _table(row: Mapping[str, Any]) -> str:
    cells = "".join(
        f"<tr><th>{escape(name)}</th><td>{_value(value)}</td></tr>" for name, value in row.items()
    )
    return f"<table>{cells}</table>"


def _value(value: Any) -> str:
    if isinstance(value, dict | list):
        text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
        return f"<pre>{escape(text)}</pre>"
    return escape(str(value))
