"""What to install where a part of the package needs an extra that is not there."""

from __future__ import annotations


def missing_extra(problem: str, extra: str) -> str:
    """What is missing, with the commands that install the extra, from an index and from a checkout."""
    return f'{problem}: pip install "tracking_middleware[{extra}]", or in a checkout pip install ".[{extra}]"'
