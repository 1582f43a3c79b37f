"""Regular expressions of schemas, in the dialect and within the steps of what validates with them."""

from __future__ import annotations

import functools

import jsonschema_rs

PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=100_000, size_limit=1_000_000)
"""How many steps a pattern may go back, and how many bytes it may take."""


class Patterns:
    """What patterns say of names. Made anew for each value that is looked through."""

    def __init__(self) -> None:
        self._given_up: set[str] = set()

    def matches(self, pattern: str, name: str) -> bool | None:
        """Whether a pattern is found in a name; None where that cannot be judged.

        It cannot where the pattern is none, the name is no text in Unicode, or the steps do not suffice. A
        pattern whose steps did not suffice once is asked no more, since a value may have many names.
        """
        if pattern in self._given_up:
            return None
        validator = _compiled(pattern)
        if validator is None:
            return None
        try:
            if validator.is_valid(name):
                return True
            error = next(validator.iter_errors(name))
        except ValueError:  # half a surrogate pair
            return None
        # steps that do not suffice are an error like any other, but of another kind
        if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Pattern):
            return False
        self._given_up.add(pattern)
        return None


@functools.lru_cache(maxsize=500)
def _compiled(pattern: str) -> jsonschema_rs.Draft4Validator | None:
    # as "pattern", since older versions take steps that do not suffice in "patternProperties" for no match
    try:
        return jsonschema_rs.Draft4Validator({"pattern": pattern}, pattern_options=PATTERNS)
    except ValueError:  # no pattern, too large, or half a surrogate pair
        return None
