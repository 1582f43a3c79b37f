"""Fetch what an operator publishes: https alone, from public addresses alone, bounded in size and time."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...addresses import parse_address
from .lifetimes import OTHERWISE, lifetime_of

SECONDS = 10.0
"""For the look-up of a name, and for the whole of the fetch that comes after it."""
MOST_BYTES = 4 * 1024 * 1024
_ACCEPT = "application/http-message-signatures-directory+json, application/json, text/plain, */*;q=0.5"

Resolve = Callable[[str, int], list[str]]


class FetchError(Exception):
    """What was published could not be had; the message says why."""


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system knows them."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether an address is one that anybody on the internet can have."""
    parsed = parse_address(address)
    if parsed is None or "%" in address:
        return False
    if getattr(parsed, "sixtofour", None) is not None:  # a whole IPv4 address, which a relay would reach
        return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was published, and for how many seconds it holds (``lifetime_of``)."""

    text: str
    seconds: float = OTHERWISE


class _LookUp(threading.Thread):
    """The look-up of a host's addresses, which the system may take minutes for and nobody can end."""

    def __init__(self, resolve: Resolve, host: str, port: int) -> None:
        super().__init__(name=f"tracking {host}", daemon=True)
        self._asked = resolve, host, port
        self._found: list[str] | Exception | None = None

    def run(self) -> None:
        resolve, host, port = self._asked
        try:
            self._found = resolve(host, port)
        except Exception as error:  # noqa: BLE001
            # whatever it is, it is raised to who asked
            self._found = error

    def addresses(self) -> list[str]:
        """What was found. Raises FetchError where that takes too long, and what looking raised."""
        self.join(SECONDS)
        if self._found is None:
            raise FetchError(f"was not read: looking up {self._asked[1]} took more than {SECONDS:g} seconds")
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


class Fetcher:
    """Fetches text; the connection goes to the address that was looked at, so that no name turns private.

    Redirects are not followed, and no proxy of the environment is used. ``context``, ``resolve`` and
    ``is_allowed`` are for tests.
    """

    def __init__(
        self,
        *,
        context: ssl.SSLContext | None = None,
        resolve: Resolve = resolved,
        is_allowed: Callable[[str], bool] = is_public,
    ) -> None:
        self._context = context
        self._resolve = resolve
        self._is_allowed = is_allowed
        self._looking: dict[tuple[str, int], _LookUp] = {}

    def fetched(self, url: str) -> Fetched:
        """The answer to a GET. Raises FetchError, whatever went wrong."""
        try:
            return self._fetched(url)
        except FetchError:
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise FetchError(f"was not read: {error or type(error).__name__}") from error

    def _fetched(self, url: str) -> Fetched:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise FetchError("is not fetched: https alone is")
        port = parts.port or 443
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        context = self._context or ssl.create_default_context()
        with self._connected(parts.hostname, port) as raw, _bounded(raw, context, parts.hostname) as secured:
            connection = http.client.HTTPSConnection(parts.hostname, port, context=context)
            connection.sock = secured
            connection.request("GET", path, headers={"Accept": _ACCEPT})
            with closing(connection.getresponse()) as answer:
                return Fetched(_body(answer), lifetime_of(answer.headers))

    def _addresses(self, host: str, port: int) -> list[str]:
        """A look-up that still goes on is not begun again, so that there is one a host at the most."""
        before = self._looking.get((host, port))
        if before is None or not before.is_alive():  # a fork has none of its parent's
            before = self._looking[host, port] = _LookUp(self._resolve, host, port)
            before.start()
        addresses = before.addresses()
        del self._looking[host, port]
        return addresses

    @contextmanager
    def _connected(self, host: str, port: int) -> Iterator[socket.socket]:
        """A connection to one of the host's addresses, all of which have to be public."""
        addresses = self._addresses(host, port)
        refused = [address for address in addresses if not self._is_allowed(address)]
        if refused or not addresses:
            found = f"the address {refused[0]}, which is not public" if refused else "no address"
            raise FetchError(f"is not fetched: {host} has {found}")
        for address in addresses[:-1]:
            try:
                connected = socket.create_connection((address, port), timeout=SECONDS / 4)
                break
            except OSError:  # of IPv6 on a machine that has none, for one
                continue
        else:
            connected = socket.create_connection((addresses[-1], port), timeout=SECONDS / 2)
        with connected:
            yield connected


@contextmanager
def _bounded(raw: socket.socket, context: ssl.SSLContext, host: str) -> Iterator[ssl.SSLSocket]:
    """The connection secured, and shut when the time is over, however slowly it goes on."""
    raw.settimeout(SECONDS)
    over = threading.Event()

    def end() -> None:
        over.set()
        with suppress(OSError):
            # not the secured socket's own way, which would go on in the clear
            socket.socket.shutdown(secured, socket.SHUT_RDWR)

    # what ends without being said to end was cut
    secured = context.wrap_socket(
        raw, server_hostname=host, do_handshake_on_connect=False, suppress_ragged_eofs=False
    )
    timer = threading.Timer(SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        secured.do_handshake()
        yield secured
    except (OSError, http.client.HTTPException) as error:
        if over.is_set():
            raise FetchError(f"took more than {SECONDS:g} seconds") from error
        raise
    finally:
        timer.cancel()
        secured.close()


def _body(answer: http.client.HTTPResponse) -> str:
    if 300 <= answer.status < 400:
        raise FetchError("redirects, which is not followed: name the URL that it leads to")
    if answer.status != 200:
        raise FetchError(f"answered {answer.status}")
    read = bytearray()
    while chunk := answer.read1(65536):
        read += chunk
        if len(read) > MOST_BYTES:
            raise FetchError(f"has more than {MOST_BYTES} bytes")
    if answer.length:
        raise FetchError("ended before all of it had come")
    return read.decode("utf-8-sig")
