"""The command ``tracking-middleware``."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from .. import __version__
from .collector import add_collector, serve_tables
from .completion.command import add_completion
from .doctor.command import add_doctor
from .doctor.explain import add_explain
from .forgetting.ageing import add_anonymize
from .forgetting.command import add_forget
from .forgetting.export import add_export_person
from .journeys import add_journeys
from .outbox import add_outbox
from .schemas.command import add_schema
from .serving.dashboard import add_dashboard
from .terminal import FOUND_WRONG, INTERRUPTED, CommandError, UsageError, leave_threads, say
from .track import add_track

_EPILOG = """
Exit status: 0 all is well; 1 something was found wrong or did not work, and standard error says what; 2 the
command line cannot be used.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; the exit status, see ``terminal``."""
    arguments = command_parser().parse_args(argv)
    if argv is None and isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # some terminals have no arrows
    status = _run(arguments)
    if argv is None and getattr(arguments, "app", None) is not None:
        leave_threads(status)
    return status


def _run(arguments: argparse.Namespace) -> int:
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except UsageError as error:
        arguments.parser.error(str(error))
    except CommandError as error:
        say(str(error))
        return error.status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more
        return FOUND_WRONG
    return status


def command_parser() -> argparse.ArgumentParser:
    """All subcommands and their options."""
    parser = argparse.ArgumentParser(
        prog="tracking-middleware", description="Server-side tracking for web apps.", epilog=_EPILOG
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    for add in (
        add_collector,
        add_outbox,
        add_track,
        add_schema,
        add_journeys,
        add_doctor,
        add_explain,
        add_forget,
        add_anonymize,
        add_export_person,
    ):
        add(commands)
    add_dashboard(commands, serve=serve_tables)
    add_completion(commands, command_parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
