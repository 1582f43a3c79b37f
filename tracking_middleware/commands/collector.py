"""``tracking-middleware collector``: the local collector from a shell."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import missing_extra
from .outputs import add_output_options, most_events, needs_standard_output, output
from .terminal import CommandError, say, takes_colours
from .tracker_options import add_tracker_options, tracker_options

if TYPE_CHECKING:
    from ..collector import Https, Iglu, Store, TrackerOptions
    from ..collector.micro.tail import Tail
    from ..collector.schemas.masking import Schemas

TOKEN_VARIABLE = "TRACKING_COLLECTOR_TOKEN"  # noqa: S105 - its name
REGISTRY_VARIABLE = "MICRO_IGLU_REGISTRY_URL"
API_KEY_VARIABLE = "MICRO_IGLU_API_KEY"

_EPILOG = f"""
Where --host lets others than this machine connect, the page and /micro/ ask for a token: that of --token
or of {TOKEN_VARIABLE}, else a new one, which is in the address that is printed. Trackers need none.

As for Snowplow Micro, {REGISTRY_VARIABLE} is one more --registry, and {API_KEY_VARIABLE} its key.
"""


def add_collector(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand; its ``run`` raises CommandError."""
    collector = commands.add_parser(
        "collector",
        help="run the local collector",
        description="Run the local collector and its page.",
        epilog=_EPILOG,
    )
    collector.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    collector.add_argument(
        "--port",
        type=_port,
        default=9090,
        metavar="PORT",
        help="port to listen on, 0 for a free one (default: %(default)s)",
    )
    _add_https_options(collector)
    collector.add_argument(
        "--store",
        metavar="FILE",
        help="SQLite file that keeps the events (default: one that goes at the end)",
    )
    collector.add_argument(
        "--keep", type=_days, metavar="DAYS", help="take out events that came more than so many days ago"
    )
    _add_schema_options(collector)
    collector.add_argument("--token", help="what the page and /micro/ ask for; others can read it in ps")
    add_tracker_options(collector)
    collector.add_argument("--open", action="store_true", help="open the page in a browser")
    collector.add_argument("--tail", action="store_true", help="print a line for each event as it comes")
    add_output_options(collector)
    collector.set_defaults(run=_run, parser=collector)


def _add_https_options(collector: argparse.ArgumentParser) -> None:
    collector.add_argument(
        "--https-port", type=_port, metavar="PORT", help="port to listen on for HTTPS too, 0 for a free one"
    )
    collector.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="its certificate in PEM (default: one that is made for this run, which takes cryptography)",
    )
    collector.add_argument(
        "--key", type=Path, metavar="FILE", help="the certificate's key, where it is apart"
    )


def _https(arguments: argparse.Namespace) -> Https | None:
    from ..collector import Https

    if arguments.https_port is not None:
        if arguments.port == arguments.https_port != 0:
            problem = f"--port and --https-port are both {arguments.port}: HTTPS takes a port of its own"
            raise CommandError(problem)
        return Https(port=arguments.https_port, certificate=arguments.certificate, key=arguments.key)
    if arguments.certificate is not None or arguments.key is not None:
        raise CommandError("--certificate and --key are for HTTPS: give --https-port too")
    return None


def _add_schema_options(collector: argparse.ArgumentParser) -> None:
    collector.add_argument(
        "--schemas",
        metavar="FOLDER",
        action="append",
        default=[],
        help="Iglu schemas, <vendor>/<name>/jsonschema/<version>; may be given several times",
    )
    collector.add_argument(
        "--registry",
        metavar="URL",
        action="append",
        default=[],
        help="an Iglu registry, such as http://iglucentral.com; may be given several times",
    )
    collector.add_argument("--iglu", metavar="FILE", help="an Iglu resolver file")
    collector.add_argument(
        "--unknown-schemas",
        choices=("bad", "good"),
        default="bad",
        help="what an event is whose schema is not found (default: %(default)s, as in the pipeline)",
    )


def _run(arguments: argparse.Namespace) -> int:
    try:
        from ..collector import CertificateError, CookieError, SchemasError, Store, StoreError, TokenError
    except ImportError as error:
        raise CommandError(missing_extra(f"the collector needs more ({error})", "collector")) from error
    # uvicorn stops cleanly at a SIGTERM and then passes it on, which would look like a crash
    signal.signal(signal.SIGTERM, lambda *_: None)
    with _store_path(arguments.store) as path:
        try:
            options, iglu = tracker_options(arguments), _iglu(arguments)
            store = Store(path, most_events=most_events(arguments), keep_days=arguments.keep)
        except (CookieError, SchemasError, StoreError) as error:
            raise CommandError(str(error)) from error
        try:
            _serve(arguments, store, iglu, options)
        except (CertificateError, OSError, TokenError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:  # uvicorn passes on what it was stopped by
            return 0
        finally:
            store.close()
    return 0


def _iglu(arguments: argparse.Namespace) -> Iglu:
    from ..collector import load_iglu

    for url in arguments.registry:
        _check_registry("--registry", url)
    urls, api_keys = _registry_of_micro()
    return load_iglu(
        folders=arguments.schemas,
        registry_urls=[*arguments.registry, *urls],
        api_keys=api_keys,
        resolver_file=arguments.iglu,
        unknown_schemas=arguments.unknown_schemas,
    )


def _registry_of_micro() -> tuple[list[str], dict[str, str]]:
    """The URL of the registry that Micro's variables name, and by it the key; raises CommandError."""
    url, key = os.environ.get(REGISTRY_VARIABLE, "").strip(), os.environ.get(API_KEY_VARIABLE, "").strip()
    if not url:
        if key:
            say(f"{API_KEY_VARIABLE} is used nowhere: {REGISTRY_VARIABLE}, whose key it is, is not set")
        return [], {}
    _check_registry(REGISTRY_VARIABLE, url)
    return [url], {url: key} if key else {}


def _check_registry(given_as: str, url: str) -> None:
    if not re.match(r"https?://[^/]", url):
        raise CommandError(f"{given_as}: {url!r} is no URL: write it with http:// or https://")


def _serve(arguments: argparse.Namespace, store: Store, iglu: Iglu, options: TrackerOptions) -> None:
    from ..collector import serve

    with _tail(arguments, iglu.hiding) as tail, output(arguments, store, iglu.hiding):
        serve(
            store,
            host=arguments.host,
            port=arguments.port,
            iglu=iglu,
            token=arguments.token or os.environ.get(TOKEN_VARIABLE) or None,
            options=options,
            https=_https(arguments),
            heard=None if tail is None else tail.heard,
            announce=_announcer(arguments),
        )


def _announcer(arguments: argparse.Namespace) -> Callable[[str], None]:
    from ..collector.server import announce_address

    def announce(address: str) -> None:
        announce_address(address, sys.stderr if needs_standard_output(arguments) else sys.stdout)
        if arguments.open and not address.startswith("https:"):
            # in a thread, since a browser may take its time, and one in the terminal all of it
            threading.Thread(target=_open, args=(address,), daemon=True).start()

    return announce


def _open(address: str) -> None:
    import webbrowser

    # what listens on all addresses has none that a browser can be sent to
    reachable = re.sub(r"^http://(0\.0\.0\.0|\[::\]):", "http://localhost:", address)
    if not webbrowser.open(reachable):
        say("no browser to open the page in")


@contextlib.contextmanager
def _tail(arguments: argparse.Namespace, schemas: Schemas) -> Iterator[Tail | None]:
    if not arguments.tail:
        yield None
        return
    from ..collector.micro.showing import Showing
    from ..collector.micro.tail import Tail

    tail = Tail(sys.stdout, Showing(schemas), is_coloured=takes_colours(sys.stdout))
    try:
        yield tail
    finally:
        tail.close()


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 0 (a free one) to 65535")
    return number


def _days(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days: give a whole one from 1 to 999999")
    return number


@contextlib.contextmanager
def _store_path(given: str | None) -> Iterator[Path]:
    if given is not None:
        yield Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="tracking-middleware-") as folder:
        yield Path(folder) / "events.sqlite3"
