"""What Django's pages show, for the functions of ``@describes``, and the guard of Django's databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

from django.conf import settings
from django.db import connections
from django.http.response import HttpResponseBase

from ...metadata.objects.guards import Refuse, add_guard
from ...metadata.objects.showing import show


def show_response(response: HttpResponseBase) -> None:
    """What a ``TemplateResponse`` was given; of Django REST Framework's responses the data."""
    own: dict[str, Any] = response.__dict__
    for name in ("context_data", "data"):
        if (context := own.get(name)) is not None:
            show(context)


@contextmanager
def _no_queries(refuse: Refuse, _shown: Sequence[object]) -> Iterator[None]:
    """Refuse what would be a query of this thread, and to connect for one."""

    def refused(*_query: object) -> NoReturn:
        refuse()

    with ExitStack() as standing:
        # where both are in one process, Django may be there without settings
        for connection in connections.all() if settings.configured else ():
            standing.enter_context(connection.execute_wrapper(refused))
            if connection.connection is None:
                connection.ensure_connection = refused  # type: ignore[method-assign]
                standing.callback(connection.__dict__.pop, "ensure_connection", None)
        yield


add_guard(_no_queries)
