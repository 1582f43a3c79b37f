"""A ``Cookie`` header from what browsers' tools give when somebody copies a cookie."""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*(?:set-)?cookie:\s*", re.IGNORECASE)
_CURL = re.compile(r"""(?:-b|--cookie)\s+\$?(['"])(.*?)\1|\$?(['"])cookie:\s*(.*?)\3""", re.IGNORECASE)
_STORED = re.compile(r"""\s*([^\s:="]+):\s*"([^"]*)"\s*""")
"""As Firefox's storage inspector copies one: ``name:"value"``."""


def pasted(text: str) -> str:
    """The pairs in a ``Cookie`` or ``Set-Cookie`` header, a curl command, or a row of a table of cookies.

    Any other text is given back without the white space around it.
    """
    if text.lstrip().startswith("curl ") and (found := _CURL.search(text)):
        return (found[2] or found[4] or "").strip()
    if stored := _STORED.fullmatch(text):
        return f"{stored[1]}={stored[2]}"
    columns = text.strip().split("\t")
    if len(columns) > 1 and "=" not in columns[0]:
        return f"{columns[0].strip()}={columns[1].strip()}"
    return text[found.end() :].strip() if (found := _HEADER.match(text)) else text.strip()
