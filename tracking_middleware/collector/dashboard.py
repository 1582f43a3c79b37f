"""The pages of answers over a file of journeys, without a collector."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from .file_gaps import GAPS
from .file_journeys import JOURNEYS
from .file_routes import FilePages, Masks
from .http.guards import guarded
from .insights.asking import Answering
from .insights.of_file.file_tables import FileTables
from .insights.robots import Robots
from .micro.showing import Showing
from .pages import Ending
from .pages.answers.articles import ARTICLES
from .pages.answers.routes import TABS, AnswerPages
from .pages.parts.assets import Assets
from .pages.parts.frame import Shell
from .payload.schema_key import read_uri
from .schemas.iglu import Iglu
from .schemas.masking import HIDDEN
from .server import serve_app

_SECONDS = 2.0
_DESCRIBED = ("contexts", "unstruct_event", "derived_contexts")
_TABS = ((JOURNEYS.title, JOURNEYS.path), *TABS, (GAPS.title, GAPS.path))


class _KnownSchemas:
    """What a file of journeys has may be of schemas that nobody told of here."""

    is_confidential = False

    def __init__(self, iglu: Iglu) -> None:
        self._iglu = iglu
        self._showing = Showing(iglu.hiding)

    def hides(self, uri: str, field: str) -> bool:
        """Whether a schema calls a field confidential."""
        return self._showing.hides(uri, field)

    def knows(self, uri: str) -> bool:
        """Whether the schema is there."""
        try:
            key = read_uri(uri)
        except ValueError:
            return False
        return self._iglu.resolver.lookup(key, _SECONDS).schema is not None

    def shape(self, shape: dict[str, Any]) -> dict[str, Any]:
        """An event, with ``***`` for all that a schema describes which is not known."""
        event = dict(shape["event"])
        for name in _DESCRIBED:
            if event[name] is not None:
                event[name] = {**event[name], "data": self._known(event[name]["data"])}
        return self._showing.shape({**shape, "event": event})

    def _known(self, data: Any) -> Any:
        if isinstance(data, list):
            return [self._known(item) for item in data]
        return data if self.knows(str(data["schema"])) else {**data, "data": HIDDEN}


class _AllShown:
    """For those who may see everything."""

    is_confidential = True

    def hides(self, uri: str, field: str) -> bool:
        """Nothing."""
        return False

    def knows(self, uri: str) -> bool:
        """Everything."""
        return True

    def shape(self, shape: dict[str, Any]) -> dict[str, Any]:
        """An event as it is."""
        return shape


def create_dashboard(
    path: Path,
    iglu: Iglu | None = None,
    *,
    is_confidential: bool = False,
    token: str | None = None,
    host: str | None = None,
    ending: Ending | None = None,
    robots: Robots | None = None,
) -> ASGIApp:
    """The pages as an ASGI app over the file at ``path``, which is only read.

    ``iglu`` has the schemas that say what is confidential; of those that it does not know no field is shown,
    nor any money; with ``is_confidential`` all of it is. ``token``, ``host`` and ``robots`` are as in
    ``create_app``. A server that starts the app (ASGI's lifespan) has the file read at once, else who first
    asks.
    """
    answering = Answering(FileTables(path))
    if ending is not None:
        ending.stop(answering.end)
    masks: Masks = _AllShown() if is_confidential else _KnownSchemas(iglu or Iglu())
    shell = Shell(Assets(), _TABS)
    routes = [
        Route("/", _first),
        *FilePages(answering, shell, masks).routes(),
        *AnswerPages(answering, shell, masks, robots=robots).routes(),
        shell.assets.route(),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        answering.begin()  # so that the tables are there, or nearly, when the first page is opened
        yield

    return guarded(Starlette(routes=routes, lifespan=lifespan), token=token, host=host)


async def _first(request: Request) -> Response:
    return RedirectResponse(ARTICLES.path)


def serve_dashboard(
    path: Path,
    *,
    host: str,
    port: int,
    announce: Callable[[str], None],
    iglu: Iglu | None = None,
    is_confidential: bool = False,
    token: str | None = None,
    robots: Robots | None = None,
) -> None:
    """Serve the dashboard until SIGINT or SIGTERM, as ``serve_app`` does; raises as it does."""

    def dashboard(token: str | None, ending: Ending) -> ASGIApp:
        return create_dashboard(
            path,
            iglu,
            is_confidential=is_confidential,
            token=token,
            host=host,
            ending=ending,
            robots=robots,
        )

    serve_app(dashboard, host=host, port=port, token=token, announce=announce)
