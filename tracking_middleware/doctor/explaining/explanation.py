"""What tracking made of one request, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from ...events.article import Article2
from ...events.commerce import Product
from ...events.declaring import classes_of, declared_schema
from ...identity.cookies import cookie_pairs
from ...request.raw_request import ViewedRequest
from ...request.rules import PathRules, Reason, request_reason, response_reason
from ...request.view import ResponseView
from ...settings.settings import Settings
from ...testing.tracked.hidden import hidden
from ...testing.tracked.tracked_event import TrackedEvent
from .asked import Asked
from .calling import Answered
from .reasons import SENTENCES
from .watching import Seen

_READ_FROM_PAGES = frozenset({declared_schema(Article2, "entity"), declared_schema(Product, "entity")})
"""What the setting ``metadata`` makes of a page."""


def explain(asked: Asked, answered: Answered, seen: Seen, settings: Settings | None) -> Iterator[str]:
    """The lines; ``settings`` is None where no tracking middleware was found."""
    target = f"{asked.path}?{asked.query}" if asked.query else asked.path
    yield f"request    {asked.method} {asked.scheme}://{asked.host}{target}"
    kind = ", ".join(answered.all("content-type")) or "no content type"
    yield f"answer     {answered.status}, {kind}, {answered.length} bytes"
    if answered.raised:
        yield f"           the app raised {answered.raised}"
    events = seen.events()
    if settings is not None and settings.enabled:
        yield from _rules(asked, answered, settings)
    yield from _verdict(seen, events, settings)
    for event in events:
        yield ""
        yield from _event(event, asked, answered, seen, settings)
    if seen.errors:
        yield ""
        counted = ", ".join(f"{name} ({count})" for name, count in sorted(seen.errors.items()))
        yield f"not used   {counted}"


def _rules(asked: Asked, answered: Answered, settings: Settings) -> Iterator[str]:
    path = asked.path
    out = [glob for glob in settings.exclude if PathRules(exclude=[glob], include=()).excludes(path)]
    back = [glob for glob in settings.include if PathRules(exclude=[glob], include=()).excludes(path)]
    if not out:
        yield "path       no pattern of exclude has it"
    elif back:
        yield f"path       exclude has it by {out[0]!r}, and include has it back by {back[0]!r}"
    else:
        yield f"path       exclude has it by {out[0]!r}"
    rules = PathRules(exclude=settings.exclude, include=settings.include)
    reason = request_reason(ViewedRequest(asked.view(), {}), rules)
    if reason != "excluded":
        yield f"page load  {'yes' if reason is None else f'no, {reason}: {SENTENCES[reason]}'}"
    response = ResponseView.of(answered.status, answered.headers)
    refused = response_reason(response, settings)
    yield f"page       {'yes' if refused is None else f'no, {refused}: {SENTENCES[refused]}'}"
    yield f"consent    {_consent(asked, settings)}"


def _consent(asked: Asked, settings: Settings) -> str:
    """Who is asked of consent, and what the browser says itself."""
    who = (
        "nobody is asked: no setting consent" if settings.consent is None else "the setting consent is asked"
    )
    signals = [
        f"{header}: 1 allows {allowed!r} at the most"
        for header, allowed in (("Sec-GPC", settings.gpc), ("DNT", settings.dnt))
        if asked.headers.get(header.lower(), "").strip() == "1" and allowed != "ignore"
    ]
    return "; ".join([who, *signals])


def _verdict(seen: Seen, events: list[TrackedEvent], settings: Settings | None) -> Iterator[str]:
    pages = [event for event in events if event.name == "page_view"]
    if settings is None:
        yield "verdict    not tracked: the app has no tracking middleware, or the request did not reach it"
    elif not settings.enabled:
        yield "verdict    not tracked: the setting enabled is off"
    elif pages:
        how = "anonymously: nothing names anybody" if pages[0].is_anonymous else "with all that is known"
        yield f"verdict    tracked as a page view, {how}"
    elif seen.skipped:
        for name in seen.skipped:
            yield f"verdict    not tracked, {name}: {SENTENCES.get(cast('Reason', name), '')}"
    elif {"filtered", "filter_failed"} & seen.errors.keys():
        yield "verdict    not tracked: before_send dropped the page view, or raised"
    else:
        yield "verdict    not tracked: the request did not reach the tracking middleware"


def _event(
    event: TrackedEvent, asked: Asked, answered: Answered, seen: Seen, settings: Settings | None
) -> Iterator[str]:
    yield f"event      {event.name} {event.event_id}"
    yield from _identity(event, asked, answered)
    yield f"entity     web_page: made by the tracking, {event.web_page_id or 'none'}"
    for entity in event.entities:
        yield f"entity     {entity.schema}: {_source(entity.schema, event, seen, settings)}"
        yield f"           {entity!r}"
    yield "payload"
    for key, value in event.parameters.items():
        yield f"  {key:<8} {_masked(key, value)}".rstrip()


def _identity(event: TrackedEvent, asked: Asked, answered: Answered) -> Iterator[str]:
    if event.is_anonymous:
        yield "identity   left out: the event is anonymous"
        return
    person = event.domain_userid
    if not person:
        yield "identity   nobody: the request brought no _sp_id that names one"
    else:
        yield f"identity   domain_userid {person}, {_whence(person, asked, answered)}"
        if event.domain_sessionid:
            yield f"           session {event.domain_sessionid}, number {event.domain_sessionidx}"
        else:
            yield "           no session: there is no living _sp_ses"
    for name, value, source in (
        ("network_userid", event.network_userid, "the cookie sp"),
        ("user_id", event.user_id, "the application"),
        ("user_ipaddress", event.user_ipaddress, "the connection, or the proxies that are trusted"),
    ):
        if value:
            yield f"           {name} {value}, of {source}"


def _whence(person: str, asked: Asked, answered: Answered) -> str:
    for header in answered.all("set-cookie"):
        name, _, value = header.partition("=")
        if value.startswith(person):
            return f"which the answer issues (Set-Cookie: {name})"
    for name, value in cookie_pairs(asked.headers.get("cookie", "")):
        if value.lower().startswith(person):
            return f"of the cookie {name}"
    return "of the signed twin, or the application"


def _source(schema: str, event: TrackedEvent, seen: Seen, settings: Settings | None) -> str:
    classes = [f"{kind.__module__}.{kind.__qualname__}" for kind in classes_of(schema)]
    what = f"class {classes[0]}" if classes else "a plain dict"
    if source := seen.sources.get(schema):
        return f"attached by the application, {what}, {source}"
    if event.name == "page_view" and schema in _READ_FROM_PAGES and settings and settings.metadata:
        return f"read from the page's own HTML (metadata={list(settings.metadata)!r}), {what}"
    return f"{what}, attached neither by attach() nor by replace()"


def _masked(key: str, value: str) -> str:
    """A parameter as it may be shown: of self-describing JSON without what is confidential."""
    if key not in {"co", "ue_pr"}:
        return value
    return json.dumps(_hide(json.loads(value)), default=repr, ensure_ascii=False)


def _hide(described: Any) -> Any:
    if isinstance(described, list):
        return [_hide(each) for each in described]
    if isinstance(described, dict) and set(described) == {"schema", "data"}:
        data, schema = described["data"], described["schema"]
        is_wrapper = isinstance(data, list) or (isinstance(data, dict) and set(data) == {"schema", "data"})
        return {"schema": schema, "data": _hide(data) if is_wrapper else hidden(schema, data)}
    return described
