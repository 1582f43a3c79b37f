"""The errors this package raises; each message says what was wrong and what would be right."""

from __future__ import annotations

from collections.abc import Sequence


class TrackingError(Exception):
    """Base of every error that tracking_middleware raises on purpose."""


class SettingsError(TrackingError):
    """One or more settings are wrong; nothing was started.

    ``problems`` holds one sentence a setting, all that were found, in the order of the settings.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "wrong tracking settings:\n" + "\n".join(f"  - {problem}" for problem in self.problems)
        )


class EntityError(TrackingError):
    """A value cannot be an entity: its schema is no Iglu URI, or its data cannot be encoded as JSON."""


class EventError(TrackingError):
    """A value cannot be tracked as an event, or not with that ``key`` or at that time."""


class FilterFailedError(TrackingError):
    """The setting ``before_send`` raised, or gave what is no event; the event is dropped and counted."""


class TokenError(TrackingError):
    """A token cannot be unsealed; the base of the reasons why."""


class TokenFormatError(TokenError):
    """What was given is no token, or one of another version of the format."""


class TokenSignatureError(TokenError):
    """A token was changed, or signed with a key that ``secret_key`` does not have."""


class TokenExpiredError(TokenError):
    """A token is older than ``max_age``, or from the future; ``sealed`` is when, in epoch seconds."""

    def __init__(self, message: str, *, sealed: int) -> None:
        self.sealed = sealed
        super().__init__(message)


class TokenTooLongError(TokenError):
    """A token is longer than any that ``seal()`` gives; it was not looked at."""


def missing_extra(problem: str, extra: str) -> str:
    """What is missing, with the commands that install the extra, from an index and from a checkout."""
    return f'{problem}: pip install "tracking_middleware[{extra}]", or in a checkout pip install ".[{extra}]"'
