"""Request targets that name their host: ``GET http://host/path``, which every server has to take.

RFC 9112, section 3.2.2: so proxies are asked, and some clients ask everybody so. Servers of ASGI hand
such a target on as if it were a path.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from starlette.types import Scope

_ABSOLUTE = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)


def in_origin_form(scope: Scope) -> Scope:
    """The request as if only the path had been asked for, of the host that the target names."""
    path = scope.get("raw_path") or scope["path"].encode()
    match = _ABSOLUTE.match(path)
    if match is None:
        return scope
    rest = path[match.end() :] or b"/"
    host = match[1].rpartition(b"@")[2]
    headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
    return {
        **scope,
        "path": unquote(rest.decode("latin-1")),
        "raw_path": rest,
        "headers": [(b"host", host), *headers],
    }
