"""All that the doctor looks at, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import SettingsError
from ..settings.settings import Settings
from .finding import Finding
from .listening import on_logging
from .loading import is_django as is_of_django
from .loading import tracker_of, trackings_in
from .of_agents import on_agents
from .of_privacy import on_privacy
from .of_schemas import on_schemas
from .of_settings import hosts_known, on_settings, on_wrong, system_checks
from .of_wiring import on_wiring
from .one_event import send_one
from .pasted_cookies import on_cookies

REGISTRY_KEY = "IGLU_API_KEY"
"""The environment variable with what the registries want to be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What is to be looked at; ``app`` is None where none was named. ``own`` gives settings without one."""

    own: Callable[[], Settings]
    app: Any = None
    is_django: bool = False
    """Whether it is surely a site of Django's, also without an app."""
    sends: bool = False
    tells_privacy: bool = False
    cookies: Sequence[str] = ()
    registries: Sequence[str] = ()
    api_keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    def findings(self) -> Iterator[Finding]:
        """What is found, as it is found."""
        yield from on_wiring(self.app) if self.app is not None else _without_app(is_named=self.is_django)
        is_django = self.is_django or (self.app is not None and is_of_django(self.app))
        checked = list(system_checks()) if is_django else []
        try:
            settings = self._settings()
        except SettingsError as error:
            yield from self._on_refused(error, checked)
            yield from on_logging()
            return
        yield from checked
        hosts = hosts_known(self.app, is_django=is_django)
        said = {finding.text for finding in checked}
        told = on_settings(settings, hosts, sends=self.sends)
        yield from (finding for finding in told if finding.text not in said)
        yield from on_agents(settings, sends=self.sends)
        if self.tells_privacy:
            yield from on_privacy(settings)
        yield from on_logging(is_known=self.is_django or not is_django)
        yield from on_schemas(self.registries, api_keys=self.api_keys)
        if self.sends and settings.enabled:
            yield send_one(settings)
        for text in self.cookies:
            yield from on_cookies(text, settings, hosts)

    def _on_refused(self, error: SettingsError, checked: Sequence[Finding]) -> Iterator[Finding]:
        """Each problem once, though Django's checks tell of it too."""
        said = {f"TRACKING: {problem.removeprefix('TRACKING ')}" for problem in error.problems}
        yield from (finding for finding in checked if finding.text not in said)
        if self.app is None or self.is_django or trackings_in(self.app):
            yield from on_wrong(error)  # else they would be those of no middleware, of which the wiring tells

    def _settings(self) -> Settings:
        """Those of the app's tracking middleware; of a Django project, and without one, what holds then."""
        found = [] if self.app is None or self.is_django else trackings_in(self.app)
        return tracker_of(found[0]).settings if found else self.own()


def _without_app(*, is_named: bool) -> Iterator[Finding]:
    if is_named:  # by the project, whose settings are refused
        yield Finding("note", "wiring", "not looked at, since the settings keep the site from starting")
        return
    yield Finding(
        "note",
        "wiring",
        "no app was named, so that its middleware is not looked at",
        "Give --app MODULE:NAME.",
    )
