"""What may be collected of a visitor. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, Protocol, get_args

from ..errors import SettingsError

ConsentAnswer = Literal["full", "anonymous", "none"]
"""``full``: everything; ``anonymous``: nothing that names or follows anybody; ``none``: nothing."""

_ANSWERS: tuple[ConsentAnswer, ...] = get_args(ConsentAnswer)
_STRICTNESS = {answer: rank for rank, answer in enumerate(_ANSWERS)}


class HasHeaders(Protocol):
    """A request whose headers can be asked for by name, lower case."""

    def header(self, name: str) -> str | None: ...


class HasCookies(Protocol):
    """A request whose cookies can be looked at."""

    @property
    def cookies(self) -> Mapping[str, str]: ...


def consent_answer(value: object) -> ConsentAnswer | None:
    """One of the three answers; ``None`` where the value is none of them."""
    if value is None:
        return None
    for answer in _ANSWERS:
        if value == answer:
            return answer
    return None


def signals_of(*, gpc: str, dnt: str) -> tuple[tuple[str, ConsentAnswer], ...]:
    """The headers that a browser may say something with, and the most they then allow, by the settings."""
    answers = (("sec-gpc", consent_answer(gpc)), ("dnt", consent_answer(dnt)))
    return tuple((name, answer) for name, answer in answers if answer is not None)


def signalled(request: HasHeaders, signals: Iterable[tuple[str, ConsentAnswer]]) -> ConsentAnswer:
    """The most that a browser's own signals allow, such as ``Sec-GPC: 1``."""
    allowed: ConsentAnswer = "full"
    for name, answer in signals:
        sent = request.header(name)
        if sent is not None and sent.strip() == "1":
            allowed = strictest(allowed, answer)
    return allowed


def strictest(first: ConsentAnswer, second: ConsentAnswer) -> ConsentAnswer:
    """The one that allows less."""
    return first if _STRICTNESS[first] > _STRICTNESS[second] else second


def consent_cookie(
    name: str, *, values: Mapping[str, ConsentAnswer] | None = None, missing: ConsentAnswer = "none"
) -> Callable[[HasCookies], ConsentAnswer]:
    """A ``consent`` callable that reads a cookie.

    ``values`` says what its values mean (by default the three answers themselves); without the
    cookie, or with another value in it, ``missing`` holds. Raises SettingsError where either gives
    another answer.
    """
    meanings: dict[str, ConsentAnswer] = (
        {answer: answer for answer in _ANSWERS} if values is None else dict(values)
    )
    given = {
        **{f"for the value {value!r}": answer for value, answer in meanings.items()},
        "where it is missing": missing,
    }
    wrong = check_answers(f"consent_cookie({name!r})", given)
    if wrong:
        raise SettingsError(wrong)
    return lambda request: meanings.get(request.cookies.get(name, ""), missing)


def check_answers(who: str, given: Mapping[str, object]) -> list[str]:
    """A sentence for each place in ``given`` that has no answer."""
    return [
        f"{who} says {answer!r} {where}: say 'full', 'anonymous' or 'none'"
        for where, answer in given.items()
        if consent_answer(answer) is None
    ]
