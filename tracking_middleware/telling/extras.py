"""What to install where a part of the package needs an extra that is not there."""

from __future__ import annotations


def missing_extra(what: str, extra: str) -> str:
    """A sentence with the commands that install an extra, from an index and from a checkout."""
    return (
        f'{what} needs the extra [{extra}]: pip install "tracking_middleware[{extra}]", '
        f'or in a checkout pip install ".[{extra}]"'
    )
