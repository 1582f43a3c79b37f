"""What more than one page has of forms and tables; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from ....journeys.reading.asked import Filter
from .html import Child, Element, tag


def select(name: str, label: str, options: Iterable[tuple[str, str]], chosen: str) -> Element:
    """A choice among values, each with its text."""
    return tag(
        "label",
        tag("span", label),
        tag(
            "select",
            (tag("option", text, value=value, selected=value == chosen) for value, text in options),
            name=name,
            id=name,
        ),
    )


def choice(name: str, label: str, known: Sequence[str], chosen: str) -> Element | None:
    """A choice among what was seen, which may be left open; what the URL asks for is there as well."""
    if not known and not chosen:
        return None
    options = known if not chosen or chosen in known else (chosen, *known)
    return select(name, label, [("", "all"), *((value, value) for value in options)], chosen)


def day_field(name: str, label: str, chosen: date | None) -> Element:
    """A day, which may be left open."""
    field = tag("input", type="date", name=name, id=name, value=str(chosen) if chosen else None)
    return tag("label", tag("span", label), field)


def shared_fields(
    given: Filter, *, apps: Sequence[str], authors: Sequence[str] = (), subjects: Sequence[str] = ()
) -> tuple[Child, ...]:
    """The filters that all pages share, as fields of a form, with the choices that there are."""
    return (
        choice("app", "App", apps, given.app),
        day_field("from", "From", given.since),
        day_field("to", "To", given.until),
        choice("author", "Author", authors, given.author),
        choice("subject", "Subject", subjects, given.subject),
    )


def remarks(sentences: Iterable[str]) -> Child:
    """What is to be said of the filters: which cannot be applied here, and why."""
    said = [tag("p", sentence, class_="note") for sentence in sentences]
    return tag("div", said, class_="remarks") if said else None


def search_field(label: str, hint: str, text: str) -> Element:
    """The field of a page's search, which the key ``/`` leads to."""
    return tag(
        "div",
        tag("label", label, for_="q", class_="hidden"),
        tag(
            "input",
            type="search",
            id="q",
            name="q",
            value=text,
            placeholder=hint,
            autocomplete="off",
            maxlength=200,
            aria_keyshortcuts="/",
        ),
        tag("kbd", "/", aria_hidden="true"),
        class_="search",
    )


def table(name: str, heads: Iterable[Element], rows: Iterable[Element]) -> Element:
    """A table that scrolls by itself where it is too wide, by the keyboard too."""
    return tag(
        "div",
        tag("table", tag("thead", tag("tr", heads)), tag("tbody", rows)),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=name,
    )
