"""``tracking-middleware completion``: a shell's completion of the command, made from its own parsers."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from .places import places_of
from .shells import SHELLS

_DESCRIPTION = """
Print the completion of this command for a shell. bash: eval "$(tracking-middleware completion bash)" in
~/.bashrc. zsh: the same with zsh in ~/.zshrc, after compinit. fish: tracking-middleware completion fish >
~/.config/fish/completions/tracking-middleware.fish
"""


def add_completion(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    parser: Callable[[], argparse.ArgumentParser],
) -> None:
    """Add the subcommand; ``parser`` gives what is completed."""
    completion = commands.add_parser(
        "completion", help="print the completion for a shell", description=_DESCRIPTION
    )
    completion.add_argument("shell", choices=sorted(SHELLS))
    completion.set_defaults(run=_print, completed=parser)


def _print(arguments: argparse.Namespace) -> int:
    print(SHELLS[arguments.shell](list(places_of(arguments.completed()))), end="")
    return 0
