"""Text from elsewhere as it may stand in a line of a log."""

from __future__ import annotations

import traceback

_LONGEST = 500


def one_line(text: str) -> str:
    """The text without line breaks and other control characters, and no longer than a line may be."""
    shown = text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."


def places(error: BaseException) -> str:
    """Where an exception came from: its type and the lines of code, without its message.

    A message may quote what was being read: a URL, a cookie, a value.
    """
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(
        [type(error).__name__, *(f"{each.filename}:{each.lineno} {each.name}" for each in reversed(frames))]
    )
