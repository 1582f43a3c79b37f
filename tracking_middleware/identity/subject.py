"""Subject: the person and device an event is about."""

from __future__ import annotations

from typing import Any, Literal, get_args

from msgspec.structs import astuple, force_setattr

from ..errors import TrackingError
from .id_cookie import LEGACY_ID, MAX_INDEX, NIL_UUID
from .id_cookie import UUID as UUID_TEXT
from .identity import Identity, Value
from .texts import NoTextError, shape, text_of

Consent = Literal["full", "anonymous", "none"]
"""What the person agreed to: everything, what names nobody, or nothing."""

CONSENTS: tuple[Consent, ...] = get_args(Consent)


class HandOff(Value, frozen=True, kw_only=True):
    """Where a subject came from that was sealed there: its session then, and when that was.

    ``sealed`` is in milliseconds since the epoch.
    """

    domain_sessionid: str | None
    sealed: int


class Subject(Value, frozen=True, kw_only=True):
    """The person and the device an event is about; ``""`` and ``None`` where unknown.

    ``user_id`` is the application's own id of the person. ``domain_userid`` (a UUID, or the 16 hex
    digits of older trackers), ``domain_sessionid`` (a UUID) and ``domain_sessionidx`` (how many
    sessions there were with this one) are the JavaScript tracker's, ``network_userid`` (a UUID) the
    collector's. ``user_ipaddress`` is the address the request came from, ``language`` the browser's
    first language (a BCP 47 tag). ``consent`` is the person's own, which holds wherever an event about
    them is tracked; ``None``: in a request its visitor's holds, elsewhere ``full``. ``handed_off`` is
    there on one that was unsealed.

    Raises TrackingError where an id is none of these, ``consent`` no answer, or ``handed_off`` no HandOff.
    """

    user_id: str = ""
    domain_userid: str | None = None
    domain_sessionid: str | None = None
    domain_sessionidx: int | None = None
    network_userid: str | None = None
    user_ipaddress: str = ""
    useragent: str = ""
    language: str = ""
    consent: Consent | None = None
    handed_off: HandOff | None = None

    def __post_init__(self) -> None:
        if not (self.domain_userid is self.domain_sessionid is self.network_userid is None):
            for name in ("domain_userid", "domain_sessionid", "network_userid"):
                force_setattr(self, name, checked_id(name, getattr(self, name)))
        if self.domain_sessionidx is not None:
            index = checked_index(self.domain_sessionidx, self.domain_sessionid)
            force_setattr(self, "domain_sessionidx", index)
        if self.consent is not None and not is_consent(self.consent):
            raise TrackingError(
                f"consent is {shape(self.consent)}: give 'full', 'anonymous' or 'none', or None where unknown"
            )

        if self.handed_off is not None and not isinstance(self.handed_off, HandOff):
            raise TrackingError(f"handed_off is {shape(self.handed_off)}: leave it out, unseal() fills it in")

    def anonymous(self) -> Subject:
        """What is left of it where nobody may be named: the browser's name and language."""
        return Subject(useragent=self.useragent, language=self.language)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Subject) and astuple(self) == astuple(other)

    def __hash__(self) -> int:
        return hash(astuple(self))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__)
        return f"Subject({fields})"


class KnownSubject(Subject, frozen=True, kw_only=True):
    """A subject with ids that were checked where they were found, in a cookie or a token.

    Each page view has one, so that they are not checked once more.
    """

    # msgspec would call the hook it inherits: this one is in C, and does nothing with a subject
    __post_init__ = callable  # type: ignore[misc, assignment]


def subject_of(
    *,
    identity: Identity,
    user_id: str = "",
    user_ipaddress: str = "",
    useragent: str = "",
    language: str = "",
    consent: Consent | None = None,
) -> Subject:
    """The subject that an identity of a request, or of a token, belongs to."""
    return KnownSubject(
        user_id=user_id,
        domain_userid=identity.domain_userid,
        domain_sessionid=identity.domain_sessionid,
        domain_sessionidx=identity.domain_sessionidx,
        network_userid=identity.network_userid,
        user_ipaddress=user_ipaddress,
        useragent=useragent,
        language=language,
        consent=consent,
    )


def is_consent(given: object) -> bool:
    """Whether a value is one of the three answers."""
    return isinstance(given, str) and given in CONSENTS


def is_person(text: str) -> bool:
    """Whether a text, in lower case, may be a ``domain_userid``."""
    return is_somebodys_uuid(text) or LEGACY_ID.fullmatch(text) is not None


def is_somebodys_uuid(text: str) -> bool:
    """Whether a text, in lower case, is a UUID, and not the one that stands for nobody."""
    return UUID_TEXT.fullmatch(text) is not None and text != NIL_UUID


def checked_id(name: str, given: object) -> str | None:
    """An id in lower case, as trackers write it; raises TrackingError where it is none."""
    if given is None or (type(given) is str and not given):
        return None
    try:
        text = text_of(given).lower()
    except NoTextError:
        text = ""
    if is_person(text) if name == "domain_userid" else is_somebodys_uuid(text):
        return text
    what = "the UUID of zeros, which is nobody's" if text == NIL_UUID else shape(given)
    right = "a UUID or 16 hexadecimal digits" if name == "domain_userid" else "a UUID"
    raise TrackingError(
        f"{name} is {what}: give {right}, such as '6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11', or None"
    )


def checked_index(given: Any, session: str | None) -> int:
    """A session's number; raises TrackingError where it is none, or there is no session."""
    if not isinstance(given, int) or isinstance(given, bool):
        wrong = f"is {shape(given)}"
    elif not 1 <= given <= MAX_INDEX:
        wrong = "is out of range"
    elif session is None:
        wrong = "is there without domain_sessionid"
    else:
        return int(given)
    raise TrackingError(
        f"domain_sessionidx {wrong}: give a whole number from 1 to {MAX_INDEX} and its session, or None"
    )


UNKNOWN_SUBJECT = Subject()
