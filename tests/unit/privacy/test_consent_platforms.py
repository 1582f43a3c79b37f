"""The cookies of consent platforms, as their own scripts write them, and what they say of measuring."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware import SettingsError
from tracking_middleware.privacy import consent_platform
from tracking_middleware.privacy.platforms import PLATFORMS

from ..exchanges import request

BOT = "{stamp:'aBc=',necessary:true,preferences:true,statistics:%s,marketing:false,ver:1,utc:17}"
YES = "consentid:a1,consent:yes,action:yes,necessary:yes,functional:no,analytics:%s,performance:no"
TRUST = (
    "isGpcEnabled=0&datestamp=Sat+Mar+14+2026+09%%3A30%%3A00+GMT%%2B0100&version=202601.1.0&hosts=&"
    "groups=C0001%%3A1%%2CC0002%%3A%s%%2CC0003%%3A1&geolocation=DE%%3BBE&AwaitingReconsent=false"
)
AXEPTIO = '{"$$token":"a","$$date":"2026-03-14","snowplow":%s,"$$completed":true}'
DIDOMI = '{"user_id":"a","purposes":{"enabled":[%s],"disabled":[]},"version":2}'
SCRIPT = '{"action":"%s","categories":"[\\"functionality\\",\\"performance\\"]","key":"a"}'


def encoded(text):
    return quote(text, safe="")


GIVEN_AND_REFUSED = {
    "axeptio": ("axeptio_cookies", encoded(AXEPTIO % "true"), encoded(AXEPTIO % "false")),
    "borlabs": (
        "borlabs-cookie",
        encoded('{"consents":{"essential":["borlabs-cookie"],"statistics":["snowplow"]},"uid":"a"}'),
        encoded('{"consents":{"essential":["borlabs-cookie"],"statistics":[]},"uid":"a"}'),
    ),
    "complianz": ("cmplz_statistics", "allow", "deny"),
    "cookie-script": ("CookieScriptConsent", encoded(SCRIPT % "accept"), encoded(SCRIPT % "reject")),
    "cookiebot": ("CookieConsent", encoded(BOT % "true"), encoded(BOT % "false")),
    "cookieconsent": (
        "cc_cookie",
        encoded('{"categories":["necessary","analytics"],"revision":0}'),
        encoded('{"categories":["necessary"],"revision":0}'),
    ),
    "cookieyes": ("cookieyes-consent", encoded(YES % "yes"), encoded(YES % "no")),
    "didomi": (
        "didomi_token",
        b64encode((DIDOMI % '"snowplow"').encode()).decode(),
        b64encode((DIDOMI % "").encode()).decode(),
    ),
    "django-cookie-consent": (
        "cookie_consent",
        "snowplow=2026-03-14T09:30:00.123456|social=-1",
        "snowplow=-1|social=2026-03-14T09:30:00.123456",
    ),
    "klaro": ("klaro", encoded('{"snowplow":true,"maps":false}'), encoded('{"snowplow":false,"maps":true}')),
    "onetrust": ("OptanonConsent", TRUST % 1, TRUST % 0),
    "tarteaucitron": ("tarteaucitron", "!snowplow=true!maps=wait", "!snowplow=wait!maps=true"),
}
OWN = {name: "snowplow" for name, platform in PLATFORMS.items() if platform.category is None}


def ask(name, value, **options):
    cookie = GIVEN_AND_REFUSED[name][0]
    consent = consent_platform(name, categories=OWN.get(name), **options)
    return consent(request(headers={"cookie": f"other=1; {cookie}={value}"}))


def test_every_platform_has_its_row_here():
    assert set(GIVEN_AND_REFUSED) == set(PLATFORMS)


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_was_granted_is_full_consent_and_what_was_refused_is_not(name):
    _, granted, refused = GIVEN_AND_REFUSED[name]
    assert ask(name, granted) == "full"
    assert ask(name, refused) == "none"
    assert ask(name, refused, refused="anonymous") == "anonymous"


@pytest.mark.parametrize("name", PLATFORMS)
def test_without_the_cookie_the_answer_is_the_one_that_was_given_for_it(name):
    assert consent_platform(name, categories=OWN.get(name))(request()) == "none"
    assert ask(name, "", missing="anonymous") == "anonymous"


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("value", ["x", "{}", "%7B%7D", "%ff", "[[[", '"', "null", "e30=", "a" * 9000])
def test_a_cookie_that_cannot_be_read_is_no_consent(name, value):
    assert ask(name, value, refused="none", missing="full") == "none"


@given(st.sampled_from(sorted(PLATFORMS)), st.text(st.characters(exclude_characters=";", max_codepoint=255)))
def test_whatever_a_visitor_writes_there_raises_nothing(name, value):
    assert ask(name, value, missing="none") in {"full", "none"}


CUT = ["cookiebot", "onetrust", "cookieyes", "borlabs", "klaro", "cookieconsent", "django-cookie-consent"]


@pytest.mark.parametrize("name", CUT)
def test_a_cookie_that_was_cut_never_grants_more(name):
    refused = GIVEN_AND_REFUSED[name][2]
    assert {ask(name, refused[:length]) for length in range(1, len(refused))} == {"none"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cookiebot", "{statistics:true,statistics:false}"),
        ("cookiebot", "{ver:',statistics:true,',statistics:false}"),
        ("cookiebot", "{stamp:'a'b,statistics:true}"),
        ("cookiebot", "{statistics:true,method:{}}"),
        ("onetrust", "groups=C0002:0,C0002:1"),
        ("cookieyes", "action:yes,analytics:no,analytics:yes"),
        ("tarteaucitron", "!snowplow=false!snowplow=true"),
        ("django-cookie-consent", "snowplow=-1|snowplow=2026-03-14T09:30:00"),
        ("django-cookie-consent", "snowplow=-"),
        ("django-cookie-consent", "snowplow=declined"),
        ("django-cookie-consent", "snowplow=2026-03"),
    ],
)
def test_what_contradicts_itself_or_is_no_choice_grants_nothing(name, value):
    assert ask(name, value) == ask(name, encoded(value)) == "none"


@pytest.mark.parametrize(
    "text", ["{statistics:true}", "{ 'a':\"'\", statistics : true , ver:1 }", '{"statistics":true}']
)
def test_cookiebots_object_is_read_in_whatever_way_it_is_written(text):
    assert ask("cookiebot", encoded(text)) == "full"


@pytest.mark.parametrize("filling", ["a:1,", "'", " ", "a", "a:", "{", '"a', "a:x "])
@pytest.mark.parametrize("name", ["cookiebot", "onetrust", "cookieyes"])
def test_the_longest_cookies_are_read_in_little_time(name, filling):
    value = "{" + (filling * 8000)[:8000] + "}"
    begun = time.process_time()
    assert ask(name, encoded(value)[:8190]) == ask(name, value) == "none"
    assert time.process_time() - begun < 0.2


def test_a_visitor_who_need_not_be_asked_has_agreed():
    assert ask("cookiebot", "-1") == "full"


def test_before_a_choice_was_made_nothing_is_granted():
    assert ask("cookieyes", encoded((YES % "yes").replace("action:yes", "action:no"))) == "none"
    assert ask("axeptio", encoded((AXEPTIO % "true").replace(":true}", ":false}"))) == "none"


def test_several_categories_are_all_needed():
    consent = consent_platform("onetrust", categories=["C0002", "C0004"])
    assert consent(request(headers={"cookie": f"OptanonConsent={TRUST % 1}"})) == "none"
    by_cookie = consent_platform("complianz", categories=["statistics", "marketing"])
    assert by_cookie(request(headers={"cookie": "cmplz_statistics=allow; cmplz_marketing=allow"})) == "full"
    assert by_cookie(request(headers={"cookie": "cmplz_statistics=allow; cmplz_marketing=deny"})) == "none"


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("one-trust", {}, "consent_platform() knows no 'one-trust': did you mean 'onetrust'?"),
        ("xyz", {}, "knows no 'xyz': those known are axeptio, borlabs"),
        ("klaro", {}, "consent_platform('klaro') needs categories: those of klaro are each site's own"),
        ("onetrust", {"categories": []}, "has categories=[]: name one at least"),
        ("onetrust", {"missing": "no"}, "says 'no' where it is missing: say 'full', 'anonymous' or 'none'"),
        ("onetrust", {"refused": True}, "says True where consent is refused"),
    ],
)
def test_what_cannot_be_asked_is_said_when_it_is_made(name, options, said):
    with pytest.raises(SettingsError) as caught:
        consent_platform(name, **options)
    assert said in str(caught.value)


DOCS = (Path(__file__).resolve().parents[3] / "docs" / "consent.md").read_text()


def test_the_table_of_the_documentation_is_the_table():
    rows = re.findall(r'^\| `"([\w-]+)"` \| [^|]+ \| `([\w-]+)`[^|]* \| ([^|]+) \|$', DOCS, re.MULTILINE)
    assert [name for name, _, _ in rows] == list(PLATFORMS)
    for name, cookie, category in rows:
        platform = PLATFORMS[name]
        assert cookie == platform.cookie.format(category=platform.category)
        assert category.startswith(f"`{platform.category}`" if platform.category else "the ")


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL))
def test_the_recipes_of_the_documentation_run(block):
    exec(block, {})
