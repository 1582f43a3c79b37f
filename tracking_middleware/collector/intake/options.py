"""How trackers are answered, as far as the real collector leaves that to its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .cookies import Cookie, DoNotTrack


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerOptions:
    """``post_paths`` are custom paths, ``vendor/version``, with the known one that each stands for.

    ``has_redirects`` says whether ``/r/…?u=`` leads anywhere.
    """

    post_paths: Mapping[str, str] = field(default_factory=dict)
    cookie: Cookie = field(default_factory=Cookie)
    do_not_track: DoNotTrack | None = None
    has_redirects: bool = False
