"""The page's style sheet, modules and icon, under names that change with their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"


class Assets:
    """All files of the folder, read once. One digest names them all, so that modules find each other."""

    def __init__(self) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir())}
        digest = hashlib.sha256()
        for name, content in self._files.items():
            digest.update(b"%s %d " % (name.encode(), len(content)) + content)
        self.digest = digest.hexdigest()[:16]

    def url(self, name: str) -> str:
        """Where a file is."""
        return f"/ui/static/{self.digest}/{name}"

    def route(self) -> Route:
        """The files' route."""
        return Route("/ui/static/{digest}/{name}", self._serve)

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        content = self._files.get(name)
        if content is None:
            return PlainTextResponse("No such file.", 404)
        is_current = request.path_params["digest"] == self.digest
        tag = f'"{self.digest}"'
        headers = {"ETag": tag, "Cache-Control": _FOR_EVER if is_current else "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=_TYPES[Path(name).suffix])
