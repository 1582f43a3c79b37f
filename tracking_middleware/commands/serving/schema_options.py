"""The schemas that a command knows, by the command line and Micro's variables."""

from __future__ import annotations

import argparse
import os
import re
from typing import TYPE_CHECKING

from ..terminal import CommandError, say

if TYPE_CHECKING:
    from ...collector.schemas.iglu import Iglu
    from ...collector.schemas.validation import UnknownSchemas

REGISTRY_VARIABLE = "MICRO_IGLU_REGISTRY_URL"
API_KEY_VARIABLE = "MICRO_IGLU_API_KEY"


def add_schema_options(parser: argparse.ArgumentParser) -> None:
    """``--schemas``, ``--registry`` and ``--iglu``."""
    parser.add_argument(
        "--schemas",
        metavar="FOLDER",
        action="append",
        default=[],
        help="Iglu schemas, <vendor>/<name>/jsonschema/<version>; may be given several times",
    )
    parser.add_argument(
        "--registry",
        metavar="URL",
        action="append",
        default=[],
        help="an Iglu registry, such as http://iglucentral.com; may be given several times",
    )
    parser.add_argument("--iglu", metavar="FILE", help="an Iglu resolver file")


def iglu_of(arguments: argparse.Namespace, *, unknown_schemas: UnknownSchemas = "bad") -> Iglu:
    """What the options say; raises SchemasError, CommandError."""
    from ...collector.schemas.iglu import load_iglu

    for url in arguments.registry:
        _check_registry("--registry", url)
    urls, api_keys = _registry_of_micro()
    return load_iglu(
        folders=arguments.schemas,
        registry_urls=[*arguments.registry, *urls],
        api_keys=api_keys,
        resolver_file=arguments.iglu,
        unknown_schemas=unknown_schemas,
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
