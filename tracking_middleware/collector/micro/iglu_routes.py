"""The schemas as the collector sees them, at Micro's ``/micro/iglu``."""

from __future__ import annotations

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ..payload.schema_key import VERSION, read_uri
from ..schemas.iglu import Iglu

_SECONDS = 6.0


def routes(iglu: Iglu) -> list[Route]:
    """200 with the schema; 404 with what each registry answered, or with a word on a version that is none."""

    async def show(request: Request) -> Response:
        names = request.path_params
        version = names["version"]
        uri = f"iglu:{names['vendor']}/{names['name']}/jsonschema/{version}"
        try:
            key = read_uri(uri)
        except ValueError as problem:
            return PlainTextResponse(str(problem), HTTPStatus.NOT_FOUND)
        if not VERSION.fullmatch(version):
            return PlainTextResponse(f"{version!r} is no version such as 1-0-0", HTTPStatus.NOT_FOUND)
        lookup = await run_in_threadpool(iglu.resolver.lookup, key, _SECONDS)
        if lookup.schema is not None:
            return JSONResponse(lookup.schema)
        history = {"value": "ResolutionError", "lookupHistory": list(lookup.history)}
        return JSONResponse({"schemaKey": uri, **history}, HTTPStatus.NOT_FOUND)

    return [Route("/micro/iglu/{vendor}/{name}/jsonschema/{version}", show)]
