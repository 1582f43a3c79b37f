"""What is probably set up wrong, as the requests of this process show it: for ``health()``."""

from __future__ import annotations

from ..settings.settings import Settings

ENOUGH = 100
"""Requests after which it is no chance any more that none of them had what all should have."""


class NotAwaitedError(Exception):
    """What a callable of the application gave would have to be awaited, and there is nothing to do it."""


class Doubts:
    """Signs of a wrong setting. Counted without a lock: a sign more or less changes no doubt."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.consent = ""
        """What is wrong with the last answer of the setting ``consent``; ``""`` where it was one."""
        self.is_known = False
        """Whether any request's cookies named a person, after which there is nothing to doubt about them."""
        self._with_cookies = self._with_tracker_cookie = 0

    def consent_failed(self, answer: object) -> str:
        """The setting ``consent`` gave no answer, or raised: a sentence with what would be right."""
        consent = self._settings.consent
        name = getattr(consent, "__qualname__", type(consent).__name__)
        module = getattr(consent, "__module__", "")
        if isinstance(answer, NotAwaitedError):
            what = "is async, which nothing can await here: give a plain function"
        elif isinstance(answer, Exception):
            what = f"raised {type(answer).__name__}"
        elif answer is None or isinstance(answer, bool):
            what = f"gave {answer}"
        else:
            what = f"gave a value of type {type(answer).__name__}"
        self.consent = (
            f"consent: {module}.{name} {what}, so that nothing is collected: "
            "let it return 'full', 'anonymous' or 'none'"
        )
        return self.consent

    def read_cookies(self, cookie_header: str, *, is_known: bool, malformed: int) -> None:
        """A request's cookies were read; ``is_known`` says whether they name a person."""
        if self.is_known:
            return
        if is_known:
            self.is_known = True
        elif cookie_header:
            self._with_cookies += 1
            self._with_tracker_cookie += malformed > 0

    def reasons(self) -> list[str]:
        """A sentence for each doubt there is now."""
        found = [self.consent] if self.consent else []
        if self.is_known:
            return found
        prefix = self._settings.cookie_prefix
        if self._with_tracker_cookie >= ENOUGH:
            found.append(
                f"{self._with_tracker_cookie} requests brought a cookie {prefix}id.… and none could be read: "
                "look at what writes it, and whether something on the way changes it"
            )
        elif self._with_cookies >= ENOUGH:
            found.append(
                f"{self._with_cookies} requests brought cookies and none of them a visitor's {prefix}id.…: "
                "check that the JavaScript tracker runs, its cookieName against cookie_prefix, and its domain"
            )
        return found
