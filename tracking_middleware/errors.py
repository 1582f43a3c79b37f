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


class FilterFailedError(TrackingError):
    """The setting ``before_send`` raised, or gave what is no event; the event is dropped and counted."""
