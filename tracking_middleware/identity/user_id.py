"""The application's own id of a person, as it may leave."""

from __future__ import annotations

from collections.abc import Callable

LONGEST_USER_ID = 255
"""UTF-16 code units of a ``user_id``."""


def valid_user_id(given: str | None, count: Callable[[str], None]) -> str:
    """The application's id of a person; one that is too long is left out and counted."""
    user_id, length = given or "", len(given or "")
    if not user_id.isascii():  # halves of a surrogate pair fit neither an event nor a token
        units = user_id.encode("utf-16-le", "surrogatepass")
        user_id, length = units.decode("utf-16-le", "replace"), len(units) // 2
    if length > LONGEST_USER_ID:  # cut short it would be somebody else's
        count("user_id_invalid")
        return ""
    return user_id
