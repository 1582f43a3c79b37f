"""Calling an app in this process, WSGI or ASGI, for so many seconds at the most."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from .asked import Asked

_MOST_BYTES = 10_000_000
"""Of a body that are read: an endless one is left then, as a visitor who goes away does."""

_SHUTDOWN_SECONDS = 2.0
"""For what an app does after its answer, when it is told to end."""

Headers = tuple[tuple[str, str], ...]


class NoAnswerError(Exception):
    """The app did not answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: a status, the headers, the length of the body, and what the app raised."""

    status: int
    headers: Headers
    length: int
    raised: str = ""

    def all(self, name: str) -> list[str]:
        """The values of a header, by its name in lower case."""
        return [value for known, value in self.headers if known.lower() == name]


class _Answer:
    """An answer as it comes."""

    def __init__(self) -> None:
        self.status, self.length, self.raised = 0, 0, ""
        self.headers: Headers = ()
        self.refused = ""
        self.is_whole = False
        """Whether the app has returned, and only its end is waited for."""

    def start(self, status: int, headers: Headers) -> None:
        self.status, self.headers = status, headers

    def frozen(self) -> Answered:
        return Answered(self.status or 500, self.headers, self.length, self.raised)


def call(app: Any, request: Asked, *, is_asgi: bool, seconds: float) -> Answered:
    """What the app answers; raises NoAnswerError where it does not in time, or does not start at all."""
    answer = _Answer()

    def ask() -> None:
        try:
            if is_asgi:
                asyncio.run(_call_asgi(app, request, answer))
            else:
                _call_wsgi(app, request, answer)
        except BaseException as error:  # noqa: BLE001
            # the application may raise anything, and this thread is its own
            answer.raised = f"{type(error).__name__}: {error}"

    thread = threading.Thread(target=ask, name="explained request", daemon=True)
    thread.start()
    thread.join(seconds)
    if answer.is_whole:
        thread.join(2 * _SHUTDOWN_SECONDS)
    if thread.is_alive():
        so_far = f"it began with status {answer.status}" if answer.status else "it has not begun"
        raise NoAnswerError(f"the app did not end its answer within {seconds:g} s; {so_far}")
    if answer.refused:
        raise NoAnswerError(f"the app does not start: {answer.refused}")
    return answer.frozen()


def _call_wsgi(app: Any, request: Asked, answer: _Answer) -> None:
    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        answer.start(int(status.split(" ", 1)[0]), tuple(headers))
        return lambda chunk: None

    body = app(_environ(request), start_response)
    try:
        for chunk in body:
            answer.length += len(chunk)
            if answer.length > _MOST_BYTES:
                break
    finally:
        if (close := getattr(body, "close", None)) is not None:
            close()


def _environ(request: Asked) -> dict[str, Any]:
    name, _, port = request.host.partition(":")
    target = f"{request.path}?{request.query}" if request.query else request.path
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.decoded_path.encode().decode("latin-1"),
        "QUERY_STRING": request.query,
        "REQUEST_URI": target,
        "SERVER_NAME": name,
        "SERVER_PORT": port or ("443" if request.scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": "0",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": True,
    }
    for header, value in request.headers.items():
        environ[f"HTTP_{header.upper().replace('-', '_')}"] = value
    return environ


async def _call_asgi(app: Any, request: Asked, answer: _Answer) -> None:
    state: dict[str, Any] = {}
    life = _Life(app, state)
    answer.refused = await life.begin()
    if answer.refused:
        return
    try:
        await app(_scope(request, state), _receiving(), _sending(answer))
    finally:
        answer.is_whole = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(life.end(), _SHUTDOWN_SECONDS)


def _receiving() -> Callable[[], Awaitable[dict[str, Any]]]:
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in messages:
            return message
        await asyncio.get_running_loop().create_future()  # it never comes: the visitor stays to the end
        return {"type": "http.disconnect"}

    return receive


def _sending(answer: _Answer) -> Callable[[Any], Awaitable[None]]:
    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = ((bytes(name), bytes(value)) for name, value in message.get("headers", ()))
            texts = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
            answer.start(message["status"], tuple(texts))
        elif message["type"] == "http.response.body":
            answer.length += len(message.get("body", b""))
            if answer.length > _MOST_BYTES:
                raise OSError("the body has no end")

    return send


def _scope(request: Asked, state: dict[str, Any]) -> dict[str, Any]:
    name, _, port = request.host.partition(":")
    headers = [(key.encode(), value.encode("latin-1", "replace")) for key, value in request.headers.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.decoded_path,
        "raw_path": request.path.encode(),
        "query_string": request.query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": (name, int(port) if port.isdigit() else None),
        "state": state,
    }


class _Life:
    """An app's lifespan around the one request, if it has any."""

    def __init__(self, app: Any, state: dict[str, Any]) -> None:
        self._app, self._state = app, state
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[Any] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> str:
        """Why it refuses to start; ``""`` where it starts, or knows no lifespan."""
        self._task = asyncio.create_task(self._run())
        await self._to_app.put({"type": "lifespan.startup"})
        message = await self._from_app.get()
        if message is not None and message["type"] == "lifespan.startup.failed":
            return str(message.get("message", "")) or "it says no more"
        return ""

    async def end(self) -> None:
        """Let it shut down."""
        if self._task is not None and not self._task.done():
            await self._to_app.put({"type": "lifespan.shutdown"})
            await self._from_app.get()

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self._state}
        try:
            with contextlib.suppress(Exception):  # ASGI: whoever raises knows no lifespan
                await self._app(scope, self._to_app.get, self._from_app.put)
        finally:
            self._from_app.put_nowait(None)
