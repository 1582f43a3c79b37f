"""``journeys.toml``, as a command line names it."""

from __future__ import annotations

from pathlib import Path

from ...journeys.config import Config, ConfigError, read_config
from ..terminal import UsageError


def configuration(path: Path | None) -> Config:
    """What it says, or what is so without one; raises UsageError."""
    if path is None:
        return Config()
    try:
        return read_config(path)
    except (ConfigError, OSError) as error:
        raise UsageError(str(error)) from None
