"""The application's own id of a person, as it may leave."""

from __future__ import annotations

from ..tally import Count
from .texts import NoTextError, text_of

LONGEST_USER_ID = 255
"""UTF-16 code units of a ``user_id``."""
_DJANGOS_USERS = frozenset(
    (
        "django.contrib.auth.base_user.AbstractBaseUser",
        "django.contrib.auth.models.AnonymousUser",
        "django.utils.functional.SimpleLazyObject",
    )
)
_NOBODY = frozenset(
    (
        # what languages and formats write where there is nothing
        *("none", "null", "nil", "undefined", "nan", "n/a", "(null)", "[object object]", "{}", "[]", "()"),
        *("true", "false", "0", "-1", "00000000-0000-0000-0000-000000000000"),
        # what frameworks and people call somebody who is not logged in
        *("anonymous", "anonymoususer", "anon", "guest", "nobody", "unknown", "unauthenticated"),
        *("not_authenticated", "logged_out"),
        # the name of the field in place of its value
        *("user_id", "userid", "user-id", "distinct_id", "id", "uid"),
    )
)


def valid_user_id(given: object, count: Count) -> str:
    """The application's id of a person; ``""`` where it gives none, or one that is left out. Never raises.

    Taken are text, whole numbers, UUIDs and lazy text. None, empty and blank text mean nobody. What else
    may name two strangers at once is left out and counted as ``user_id_invalid``, with advice:

    - what is no text, a bool among it: of a coroutine or a model it would be an address in memory;
    - text that ``repr`` made (``<User object at 0x…>``), for the same reason;
    - words that stand for nobody in any case of letters, ``"None"``, ``"undefined"``, ``"AnonymousUser"``;
      0 and -1 are such words too: no database counts persons from them, and many programs say nobody so;
    - what is longer than the protocol takes, since cut short it would be somebody else's, and what holds
      half a surrogate pair, since replaced it would be.
    """
    if given is None:
        return ""
    try:
        user_id = text_of(given)
    except NoTextError as error:
        right = f". {_PK}" if _is_djangos_user(type(given)) else ""
        count("user_id_invalid", f"user_id {error}, or None for nobody{right}")
        return ""
    word = user_id.strip()
    if not word:
        return ""
    if not user_id.isascii():  # two halves of a pair are one character
        user_id = user_id.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    if trouble := _trouble(user_id, word):
        count("user_id_invalid", f"user_id {trouble}")
        return ""
    return user_id


_PK = (
    "Of Django's user give request.user.pk where request.user.is_authenticated, or set user_id to "
    "'tracking_middleware.django.logged_in_user_id'"
)


def _is_djangos_user(kind: type) -> bool:
    """Whether it is what ``request.user`` may be, by its classes alone: asking it could ask the database."""
    names = {f"{base.__module__}.{base.__name__}" for base in kind.__mro__}
    return not _DJANGOS_USERS.isdisjoint(names)


def _trouble(user_id: str, word: str) -> str:
    """Why an id may be somebody else's; ``""`` where it is one person's. ``word`` is it without blanks."""
    length = len(user_id)
    if word.lower() in _NOBODY:
        return "is a word for nobody, such as 'None' or 'anonymous': give None where nobody is known"
    if word[0] == "<" and word[-1] == ">":
        return "is the repr of an object: give the id itself"
    if not user_id.isascii():
        try:
            length = len(user_id.encode("utf-16-le")) // 2
        except UnicodeEncodeError:
            return "holds half a surrogate pair: give text that UTF-8 can carry"
    if length > LONGEST_USER_ID:
        return f"is longer than {LONGEST_USER_ID} characters: give a shorter id of the person"
    return ""
