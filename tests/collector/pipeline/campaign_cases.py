"""Campaigns and links from another domain: what the query of the page's URL says."""

from __future__ import annotations

from .case import Case, posted

_COLUMNS = (
    "mkt_medium",
    "mkt_source",
    "mkt_term",
    "mkt_content",
    "mkt_campaign",
    "mkt_clickid",
    "mkt_network",
)
_MICROSOFT = {"mkt_clickid": "m", "mkt_network": "Microsoft"}
_GOOGLE = {"mkt_clickid": "g", "mkt_network": "Google"}
_DOUBLECLICK = {"mkt_clickid": "d", "mkt_network": "DoubleClick"}

_QUERIES = [
    (
        "all five",
        "utm_medium=m&utm_source=s&utm_term=t&utm_content=c&utm_campaign=n",
        {
            "mkt_medium": "m",
            "mkt_source": "s",
            "mkt_term": "t",
            "mkt_content": "c",
            "mkt_campaign": "n",
        },
    ),
    ("none", "a=b", {}),
    ("a source twice: the last", "utm_source=first&utm_source=last", {"mkt_source": "last"}),
    ("a source three times", "utm_source=a&utm_source=b&utm_source=c", {"mkt_source": "c"}),
    ("a medium twice", "utm_medium=a&x=1&utm_medium=b", {"mkt_medium": "b"}),
    ("a source, then an empty one", "utm_source=a&utm_source=", {}),
    ("a source, then one without a value", "utm_source=a&utm_source", {}),
    ("an empty source, then one", "utm_source=&utm_source=a", {"mkt_source": "a"}),
    ("capitals are another name", "UTM_Source=a", {}),
    ("a name that is escaped", "utm%5Fsource=a", {"mkt_source": "a"}),
    ("semicolons", "utm_source=a;utm_medium=b", {"mkt_source": "a", "mkt_medium": "b"}),
    ("a semicolon and an ampersand", "x=1;&utm_source=a", {"mkt_source": "a"}),
    ("an escaped ampersand", "utm_source=a%26b", {"mkt_source": "a&b"}),
    ("a plus", "utm_campaign=spring+sale", {"mkt_campaign": "spring sale"}),
    ("an escaped plus", "utm_campaign=a%2Bb", {"mkt_campaign": "a+b"}),
    ("a space", "utm_campaign=spring sale", {"mkt_campaign": "spring sale"}),
    ("escaped letters", "utm_campaign=fr%C3%BChling", {"mkt_campaign": "frühling"}),
    ("an escape that is no UTF-8", "utm_campaign=a%FFb", {"mkt_campaign": "a\ufffdb"}),
    ("half of an escaped letter", "utm_campaign=a%C3", {"mkt_campaign": "a\ufffd"}),
    ("half a surrogate pair", "utm_campaign=%ED%A0%80", {"mkt_campaign": "\ufffd"}),
    (
        "a raw letter, of which the reader takes one byte",
        "utm_campaign=frühling",
        {"mkt_campaign": "fr\ufffdhling"},
    ),
    ("a raw letter of another script", "utm_campaign=中x", {"mkt_campaign": "-x"}),
    (
        "a raw letter beside a bar, which has all escaped",
        "utm_campaign=frühling|",
        {"mkt_campaign": "frühling|"},
    ),
    ("an equals sign", "utm_term=a=b", {"mkt_term": "a=b"}),
    ("a question mark", "utm_term=a?b", {"mkt_term": "a?b"}),
    ("a tab and a line break", "utm_term=a%09b%0Ac", {"mkt_term": "a    bc"}),
    ("nothing but a line break", "utm_term=%0A", {}),
    ("a stray %", "utm_campaign=50%", {"mkt_campaign": "50%"}),
    ("a stray % and an escape", "utm_campaign=50%&utm_term=%41", {"mkt_campaign": "50%", "mkt_term": "A"}),
    ("a % before letters", "utm_campaign=%zz", {"mkt_campaign": "%zz"}),
    ("an escaped plus beside a bar", "utm_campaign=a%2Bb|", {"mkt_campaign": "a b|"}),
    (
        "semicolons beside a bar, which has them escaped",
        "utm_source=a;utm_medium=|",
        {"mkt_source": "a;utm_medium=|"},
    ),
    ("braces", "utm_campaign={{campaign.name}}", {"mkt_campaign": "{{campaign.name}}"}),
    ("brackets", "utm_campaign[0]=a", {}),
    ("a click of Google", "gclid=g", _GOOGLE),
    ("a click of Microsoft", "msclkid=m", _MICROSOFT),
    ("a click of DoubleClick", "dclid=d", _DOUBLECLICK),
    ("Microsoft beside Google", "msclkid=m&gclid=g", _GOOGLE),
    ("Google beside Microsoft", "gclid=g&msclkid=m", _GOOGLE),
    ("DoubleClick beside Microsoft", "dclid=d&msclkid=m", _MICROSOFT),
    ("DoubleClick beside Google", "dclid=d&gclid=g", _GOOGLE),
    ("all three", "dclid=d&msclkid=m&gclid=g", _GOOGLE),
    ("a click twice: the last", "gclid=a&gclid=b", {**_GOOGLE, "mkt_clickid": "b"}),
    ("an empty click", "gclid=", {"mkt_network": "Google"}),
    ("a click without a value", "gclid", {"mkt_network": "Google"}),
    ("an empty click beside another network's", "gclid=&msclkid=m", {"mkt_network": "Google"}),
    ("a click of a network that is not known", "fbclid=f", {}),
    ("a click and a campaign", "utm_source=s&gclid=g", {"mkt_source": "s", **_GOOGLE}),
]
_LINKS = [
    ("person and time", "_sp=duid.1700000000000", "duid", "2023-11-14T22:13:20.000Z"),
    ("a person alone", "_sp=duid", "duid", None),
    ("a time alone", "_sp=.1700000000000", None, "2023-11-14T22:13:20.000Z"),
    ("a time with a sign", "_sp=duid.%2B1700000000000", "duid", "2023-11-14T22:13:20.000Z"),
    ("all seven", "_sp=duid.1700000000000.s.dQ.dQ.web.cg", "duid", "2023-11-14T22:13:20.000Z"),
    ("what is no base64", "_sp=duid.1700000000000.s.!.?.web.~", "duid", "2023-11-14T22:13:20.000Z"),
    ("eight", "_sp=a.1700000000000.c.d.e.f.g.h", None, None),
    ("empty", "_sp=", None, None),
    ("twice: the last", "_sp=a.1&_sp=b.1700000000000", "b", "2023-11-14T22:13:20.000Z"),
    ("after a semicolon", "x=1;_sp=a", "a", None),
]


def _campaign(name, query, columns) -> Case:
    return posted(
        name,
        url=f"https://a.example/?{query}",
        expected={**dict.fromkeys(_COLUMNS), **columns},
    )


CASES = [
    *(_campaign(*row) for row in _QUERIES),
    posted("no query", url="https://a.example/", expected=dict.fromkeys(_COLUMNS)),
    posted(
        "a campaign in the fragment", url="https://a.example/#?utm_source=a", expected=dict.fromkeys(_COLUMNS)
    ),
    posted("a campaign of an opaque URL", url="about:x?utm_source=a", expected=dict.fromkeys(_COLUMNS)),
    posted(
        "a campaign of the referrer", refr="https://a.example/?utm_source=a", expected=dict.fromkeys(_COLUMNS)
    ),
    posted(
        "a source of 256",
        url="https://a.example/?utm_source=" + "s" * 256,
        expected="mkt_source (mkt_source): is 256 characters long, at most 255",
    ),
    posted(
        "a source of 256, then one of 1",
        url="https://a.example/?utm_source=" + "s" * 256 + "&utm_source=s",
        expected={"mkt_source": "s"},
    ),
    *(
        posted(
            f"link: {name}",
            url=f"https://a.example/?{query}",
            expected={"refr_domain_userid": person, "refr_dvce_tstamp": moment},
        )
        for name, query, person, moment in _LINKS
    ),
    posted(
        "link: a time that is none",
        url="https://a.example/?_sp=duid.soon",
        expected="its _sp parameter 'duid.soon' is malformed: 'soon' is no number of milliseconds",
    ),
]
