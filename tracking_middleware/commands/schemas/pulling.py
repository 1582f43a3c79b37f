"""``schema pull``: the class of a schema that a registry has."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..terminal import FOUND_WRONG, WELL, CommandError, UsageError, say
from .checking import opened
from .class_text import NoClassError, class_text

CENTRAL = "http://iglucentral.com"
"""Snowplow's public registry."""


def pull(arguments: argparse.Namespace) -> int:
    """Write the class; raises CommandError."""
    registry = opened(arguments.place)
    from ...collector.payload.schema_key import read_uri
    from ...collector.schemas.published.asking import ask

    try:
        key = read_uri(arguments.uri)
    except ValueError as error:
        raise UsageError(f"{error}: give one such as iglu:com.acme/article/jsonschema/1-0-0") from None
    answer = ask(registry, key.uri)
    if answer.schema is None:
        raise CommandError(answer.sentence)
    try:
        text = class_text(key.uri, answer.schema, role=arguments.role)
    except NoClassError as error:
        raise CommandError(str(error)) from None
    except Exception as error:  # noqa: BLE001
        # anything may stand anywhere in what a registry answers
        raise CommandError(f"{key.uri} is no schema of draft 4: {type(error).__name__}: {error}") from None
    if arguments.to is None:
        print(text, end="")
        return WELL
    return _write(Path(arguments.to), text)


def _write(path: Path, text: str) -> int:
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(path)
        elif path.read_text("utf-8") != text:
            say(f"{path} is there with another text, and is left alone: name another file, or remove it")
            return FOUND_WRONG
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: {error}") from None
    return WELL
