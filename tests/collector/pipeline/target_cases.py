"""How a request asks: its query string, the form of its target, and its cookies."""

from __future__ import annotations

import uuid
from dataclasses import replace
from urllib.parse import urlencode

from ...conftest import POST_PATH
from ..conftest import page_view
from .case import Case, posted

_QUERIES = [
    ("semicolons", "e=pv;p=web;tv=x;page=a;aid=b", {"page_title": "a", "app_id": "b"}),
    ("semicolons and ampersands", "e=pv&p=web;tv=x&page=a;aid=b", {"page_title": "a", "app_id": "b"}),
    ("an escaped semicolon", "e=pv&p=web&tv=x&page=a%3Bb", {"page_title": "a;b"}),
    ("a semicolon at the end", "e=pv&p=web&tv=x&page=a;", {"page_title": "a"}),
    ("separators in a row", "&;e=pv&&p=web;;tv=x&;page=a", {"page_title": "a"}),
    (
        "a semicolon in a title, which ends it",
        "e=pv&p=web&tv=x&page=a;b&aid=c",
        {"page_title": "a", "app_id": "c"},
    ),
    ("a parameter twice: the last", "e=pv&p=web&tv=x&page=a&page=b", {"page_title": "b"}),
    ("a parameter twice by a semicolon", "e=pv&p=web&tv=x&page=a;page=b", {"page_title": "b"}),
    ("a plus", "e=pv&p=web&tv=x&page=a+b", {"page_title": "a b"}),
    ("an escaped plus", "e=pv&p=web&tv=x&page=a%2Bb", {"page_title": "a+b"}),
    ("an equals sign", "e=pv&p=web&tv=x&page=a=b", {"page_title": "a=b"}),
    ("escaped letters", "e=pv&p=web&tv=x&page=%C3%A4%E4%B8%AD", {"page_title": "ä中"}),
    ("an escape that is no UTF-8", "e=pv&p=web&tv=x&page=a%FFb", {"page_title": "a\ufffdb"}),
    ("a name that is escaped", "e=pv&p=web&tv=x&%70age=a", {"page_title": "a"}),
    ("a parameter without a name", "e=pv&p=web&tv=x&=z&page=a", {"page_title": "a"}),
    ("a parameter without a value", "e=pv&p=web&tv=x&page", {"page_title": None}),
    (
        "a URL that is escaped",
        "e=pv&url=https%3A%2F%2Fa.example%2F%3Fx%3D1%3By%3D2",
        {"page_urlquery": "x=1;y=2"},
    ),
    ("neither platform nor version", "e=pv&page=a", {"page_title": "a", "platform": None, "v_tracker": None}),
]
"""Query strings of a GET, and the columns."""

_TARGETS = [
    ("of http", "http://collector.example"),
    ("of https", "https://collector.example"),
    ("in capitals", "HTTP://COLLECTOR.EXAMPLE"),
    ("of another host", "http://c.example"),
    ("with a port", "http://c.example:9090"),
    ("of an address", "http://127.0.0.1:9090"),
    ("of an address of version 6", "http://[::1]:9090"),
    ("with a user", "http://me:pw@c.example"),
]

_FIRST, _SECOND = (str(uuid.UUID(int=number, version=4)) for number in (1, 2))
_COOKIES = [
    ("one", {"Cookie": f"sp={_FIRST}"}),
    ("two: the first", {"Cookie": f"sp={_FIRST}; sp={_SECOND}"}),
    ("two in two headers", {"Cookie": f"sp={_FIRST}", "cookie": f"sp={_SECOND}"}),
    ("two without a space", {"Cookie": f"sp={_FIRST};sp={_SECOND}"}),
    ("others around", {"Cookie": f"a=1; sp={_FIRST}; b=2"}),
    ("a name that ends so", {"Cookie": f"xsp={_SECOND}; sp={_FIRST}"}),
    ("a name that begins so", {"Cookie": f"sp2={_SECOND}; sp={_FIRST}"}),
    ("a name in capitals", {"Cookie": f"SP={_SECOND}; sp={_FIRST}"}),
    ("a name without a value before", {"Cookie": f"sp; sp={_FIRST}"}),
    ("in the second header", {"Cookie": "a=1", "cookie": f"sp={_FIRST}"}),
]


def _got(name: str, target: str, columns: dict, **headers: str) -> Case:
    return Case(name=name, method="GET", target=target, headers=headers, columns=columns)


CASES = [
    *(_got(f"query: {name}", f"/i?{query}", columns) for name, query, columns in _QUERIES),
    *(
        replace(posted(f"query of a POST: {name}", expected=columns), target=f"{POST_PATH}?{query}")
        for name, query, columns in (_QUERIES[0], _QUERIES[5], _QUERIES[7])
    ),
    *(
        _got(f"target {name}", f"{origin}/i?{urlencode(page_view(page=name))}", {"page_title": name})
        for name, origin in _TARGETS
    ),
    *(
        replace(
            posted(f"target of a POST {name}", page=name, expected={"page_title": name}),
            target=origin + POST_PATH,
        )
        for name, origin in _TARGETS
    ),
    _got(
        "target with a query that has another",
        "http://c.example/i?e=pv&page=http://b.example/i?e=pp",
        {
            "event": "page_view",
            "page_title": "http://b.example/i?e=pp",
        },
    ),
    _got("target of the other pixel", "http://c.example/ice.png?e=pv", {"event": "page_view"}),
    _got(
        "target with an escape",
        f"http://c.example{POST_PATH.replace('tp2', '%74p2')}?e=pv",
        {"event": "page_view"},
    ),
    *(
        posted(f"cookies: {name}", headers=headers, expected={"network_userid": _FIRST})
        for name, headers in _COOKIES
    ),
    posted(
        "cookies: two, and what the tracker says",
        headers={"Cookie": f"sp={_FIRST}; sp={_SECOND}"},
        tnuid="n",
        expected={"network_userid": "n"},
    ),
]
