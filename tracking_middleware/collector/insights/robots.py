"""What a site's robots.txt forbids; as ``urllib.robotparser`` of the standard library reads it."""

from __future__ import annotations

from pathlib import Path
from urllib.robotparser import RobotFileParser

from ...errors import TrackingError

_MOST_BYTES = 500 * 1024
"""That are read: RFC 9309, 2.5, asks for so many."""


class RobotsError(TrackingError):
    """The file cannot be read; the message says why."""


class Robots:
    """The rules of a robots.txt. A ``*`` or ``$`` in a path means itself, the first rule that fits counts."""

    def __init__(self, text: str) -> None:
        self._parser = RobotFileParser()
        self._parser.parse(text.splitlines())

    def forbids(self, product: str | None, url: str) -> bool:
        """Whether an agent of that name (None: of any) must not ask for the URL."""
        return not self._parser.can_fetch(product or "*", url)


def read_robots(path: Path) -> Robots:
    """The rules in a file; raises RobotsError."""
    try:
        with path.open("rb") as stream:
            text = stream.read(_MOST_BYTES)
    except OSError as error:
        raise RobotsError(f"{path} cannot be read as a robots.txt: {error.strerror or error}") from None
    return Robots(text.decode("utf-8-sig", "replace"))
