"""What a URL must be to leave."""

from __future__ import annotations

import string
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tracking_middleware.collector.enrichment.page_urls import read_page_url, read_referrer
from tracking_middleware.privacy import redaction
from tracking_middleware.privacy import urls as urls_module
from tracking_middleware.privacy.ordinary_urls import ordinary, ordinary_pair
from tracking_middleware.privacy.readable_parameters import is_no_link
from tracking_middleware.privacy.redaction import Scrubbing
from tracking_middleware.privacy.urls import clean_page_url, clean_referrer
from tracking_middleware.settings.path_masks import PathMasks
from tracking_middleware.settings.settings import DEFAULT_SCRUB_QUERY

SECRETS = DEFAULT_SCRUB_QUERY
SCRUBBING = Scrubbing(secrets=SECRETS)


def clean(url):
    return clean_page_url(url, SCRUBBING)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.test/",
        "http://example.test:8000/a%20b?q=a+b&r=%C3%A9#top",
        "https://[::1]:8000/",
        "https://xn--bcher-kva.example/",
        "https://under_score.example/",
        "https://a.example/?_sp=6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11.1700000000000",
        "https://a.example/?_sp=6fbe.1700000000000.0d7e.dXNlcg.YXBw.web.bGluaw",
        "https://a.example/?_sp=1.2.3.4.5.6.7.8",
        "https://a.example?",
        "android-app://com.example/",
    ],
)
def test_leaves_a_good_url_alone(url):
    assert clean(url) == url


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("https://user:pass@a.example/", "https://a.example/"),
        ("https://u@b:p@a.example/", "https://a.example/"),
        ("HTTPS://A.Example/Path", "https://a.example/Path"),
        ("https://a.example/b c", "https://a.example/b%20c"),
        ("https://a.example/é", "https://a.example/%C3%A9"),
        ('https://a.example/"<>\\^`{|}', "https://a.example/%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("https://a.example/?a=[1]", "https://a.example/?a=%5B1%5D"),
        ("https://a.example/%zz?%4", "https://a.example/%25zz?%254"),
        ("https://a.example/a\r\nb\x00", "https://a.example/a%0D%0Ab%00"),
        ("https://a.example/#a#b", "https://a.example/#a%23b"),
        ("https://a.example/\ud800", "https://a.example/%3F"),
        ("https://a.example:/", "https://a.example/"),
    ],
)
def test_mends_what_enrich_could_not_read(url, cleaned):
    assert clean(url) == cleaned


@pytest.mark.parametrize(
    "url",
    ["", "/path", "a.example/", "https://", "https:///x", "https://[bad/", "https://a.example:port/",
     "data:text/html,x", "https://a.example:99999/", "https://a b/", "https://" + "a" * 300 + "/", "x" * 17 + "://a.example/",
     "https://[::::]/", "https://[1.2.3.4]:80/"],
)  # fmt: skip
def test_drops_what_is_no_url_with_a_host(url):
    assert clean(url) == ""
    assert clean_referrer(url, SCRUBBING) == ""


@pytest.mark.parametrize(
    ("query", "cleaned"),
    [
        ("token=abc", "token=REDACTED"),
        ("TOKEN=abc&q=1", "TOKEN=REDACTED&q=1"),
        ("q=1;password=x;r=2", "q=1;password=REDACTED;r=2"),
        ("pass%77ord=x", "pass%77ord=REDACTED"),
        ("user[password]=x", "user%5Bpassword%5D=REDACTED"),
        ("token=", "token="),
        ("token", "token"),
        ("q=token", "q=token"),
        ("email=a%40b.example", "email=REDACTED"),
        ("a=1&_sp=x.y", "a=1"),
        ("_sp=6fbe", ""),
        ("_sp=6fbe.1700000000000.s.%21%21", ""),
        ("%5Fsp=x.y&a=1", "a=1"),
        ("a=1&", "a=1&"),
        ("next=/login?token=abc", "next=REDACTED"),
        ("next=%2Flogin%3Ftoken%3Dabc", "next=REDACTED"),
        ("next=%252Flogin%253Fa%253D1%2526token%253Dabc", "next=REDACTED"),
        ("next=/login?page=2", "next=/login?page=2"),
        ("q=YWI=", "q=YWI="),
        ("%2574oken=abc", "%2574oken=REDACTED"),
        ("/callback?token=abc", "/callback?token=REDACTED"),
        ("?token=abc", "?token=REDACTED"),
    ],
)
def test_redacts_and_removes_parameters(query, cleaned):
    assert clean(f"https://a.example/?{query}") == f"https://a.example/?{cleaned}"
    assert clean(f"https://a.example/?{query}#{query}") == f"https://a.example/?{cleaned}#{cleaned}"


@pytest.mark.parametrize(
    ("path", "cleaned"),
    [
        ("/cart;jsessionid=abc/x", "/cart;jsessionid=REDACTED/x"),
        ("/cart%3BJSESSIONID%3Dabc%2Fx", "/cart%3BJSESSIONID%3DREDACTED%2Fx"),
        ("/cart;a=1;sid=abc;b=2", "/cart;a=1;sid=REDACTED;b=2"),
        ("/cart;v=1/token=x", "/cart;v=1/token=x"),
    ],
)
def test_redacts_parameters_of_paths(path, cleaned):
    assert clean(f"https://a.example{path}") == f"https://a.example{cleaned}"


MASKING = Scrubbing(secrets=SECRETS, masks=PathMasks(["/reset/<token>/"]))


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("/reset/abc/?a=1#b", "/reset/REDACTED/?a=1#b"),
        ("/login?next=/reset/abc/", "/login?next=REDACTED"),
        ("/login?next=https%3A%2F%2Fa.example%2Freset%2Fabc%2F%3Fa%3D1", "/login?next=REDACTED"),
        ("/login?next=//a.example/reset/abc", "/login?next=REDACTED"),
        ("/login?/reset/abc", "/login?/reset/REDACTED"),
        ("/#!/reset/abc?a=1", "/#!/reset/REDACTED?a=1"),
        ("/login?next=/news/abc", "/login?next=/news/abc"),
    ],
)
def test_masks_paths_wherever_they_are_in_a_url(url, cleaned):
    for origin in ("https://a.example", "http://other.example:8000"):
        assert clean_page_url(origin + url, MASKING) == origin + cleaned
        assert clean_referrer(origin + url, MASKING) == origin + cleaned


def test_an_anonymous_link_parameter_does_not_stay_in_a_nested_url():
    url = "https://a.example/?next=/x?_sp=6fbe.1700000000000"
    assert clean_page_url(url, SCRUBBING, is_anonymous=True) == "https://a.example/?next=REDACTED"
    assert clean(url) == url


def test_a_link_parameter_that_a_cut_went_through_is_left_out():
    link = "_sp=6fbe.1700000000000.s.dXNlcg"
    for length in range(5_960, 6_000):
        query = f"a={'x' * (length - 2)}&{link}"
        cleaned = clean(f"https://a.example/?{query}")
        assert cleaned.endswith((link, "x", "x&", "x&_", "x&_s"))
        read_page_url(cleaned)


def test_what_is_cut_is_counted():
    counted = []
    told = lambda *told: counted.append(told)  # noqa: E731
    clean_page_url(f"https://a.example/{'x' * 4000}", SCRUBBING, count=told)
    clean_page_url(f"https://a.example/{'x' * 2900}", SCRUBBING, count=told)
    clean_referrer(f"https://a.example/{'x' * 4000}", SCRUBBING, count=told)
    assert [name for name, _ in counted] == ["field_cut", "field_cut"]
    assert counted[0][1].startswith("page_url was cut: its path may have 3000 characters")
    assert counted[1][1].startswith("page_referrer was cut: ")


def test_a_hostile_url_takes_no_time():
    rests = ("?a=" + "b" * 60_000 + "=", "?" + "a;" * 30_000, "?a=" + "%25" * 20_000, "/" + ";a" * 30_000)
    for rest in rests:
        clean_page_url(f"https://a.example{rest}", MASKING)


def test_keeps_an_sp_parameter_in_the_referrer():
    assert clean_referrer("https://a.example/?_sp=x.y&token=1", SCRUBBING) == (
        "https://a.example/?_sp=x.y&token=REDACTED"
    )


def test_cuts_each_part_and_the_whole_without_breaking_an_escape():
    cleaned = clean(f"https://a.example/{'é' * 3000}?{'q' * 9000}#{'ü' * 3000}")
    parts = urlsplit(cleaned)
    assert len(cleaned) <= 10_000
    assert len(parts.path) <= 3000
    assert len(parts.query) <= 6000
    assert len(parts.fragment) <= 3000
    assert not parts.path.endswith(("%", "%C", "%A"))


anything = st.text() | st.text(alphabet=string.printable + "é\ud800", max_size=200)


@given(
    st.sampled_from(["https://", "http://user:p@", "", "ftp://"]),
    st.sampled_from(["a.example", "127.0.0.1:80", "[::1]", "bad host"]) | anything,
    anything,
)
def test_enrich_can_read_whatever_leaves(scheme, host, rest):
    url = f"{scheme}{host}/{rest}"
    if cleaned := clean(url):
        assert cleaned.isascii()
        read_page_url(cleaned)
    if referrer := clean_referrer(url, SCRUBBING):
        read_referrer(referrer, page_host="a.example")


@given(
    anything,
    st.sampled_from(sorted(SECRETS)),
    st.text(alphabet=string.ascii_letters, min_size=12, max_size=20),
)
def test_no_secret_leaves(before, name, secret):
    query = before.replace("#", "").replace("&", "") + f"&{name}=<{secret}>"
    assert f"{secret}%3E" not in clean(f"https://a.example/?{query}")


@given(anything)
def test_cleaning_twice_changes_nothing_more(rest):
    once = clean(f"https://a.example/{rest}")
    assert clean(once) == once


# --- the short way gives what the careful one gives ---

plain_names = [
    "q",
    "page",
    "token",
    "TOKEN",
    "_sp",
    "_SP",
    "",
    "x_sp",
    "a?",
    "?token",
    "a/b",
    "a b",
    "\u212aey",
]
coded_names = ["pass%77ord", "user[pin]", "user%5Bpin%5D", "%5Fsp", "_s%70", "to+ken", "+token", "key+"]
values = [
    "",
    "1",
    "token",
    "_sp",
    "a+b",
    "a%20b",
    "%",
    "é",
    "=",
    "a=b",
    "x.y",
    "6fbe.1700000000000",
    "1.2.3.4.5.6.7.8",
]
parameters = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["q", *plain_names, *coded_names]),
    st.just("=") | st.sampled_from(["=", ""]),
    st.just("1") | st.sampled_from(values),
    st.just("&") | st.sampled_from([";", "&&"]),
)
queries = st.lists(parameters, max_size=4).map("".join)
ORDINARY = ("https", "www.example.test", ":80", "/a/b", "")
strange_parts = st.tuples(
    st.sampled_from(["HTTP", "android-app", "a" * 17, "1a", "", " https"]),
    st.sampled_from(["A.Example", "[::1]", "under_score", "u:p@a.example", "a..b", "", "é", "a" * 256]),
    st.sampled_from(["", ":8000", ":65535", ":65536", ":", ":0", ":08080"]),
    st.sampled_from(
        ["", "//", "/a%20b", "/é", "/a;b=c", "/[b]", "/%zz", "/%C", "b", "/token=x", f"/{'x' * 4000}"]
    ),
    st.sampled_from(["#top", "#token=x", "#", "\n", " ", "\x00", "\ud800"]),
)


def url_of(strange, places, query):
    parts = (strange[n] if n in places else part for n, part in enumerate(ORDINARY))
    scheme, host, port, path, end = parts
    return f"{scheme}://{host}{port}{path}{query}{end}"


urls = st.builds(
    url_of,
    strange_parts,
    st.sets(st.integers(0, len(ORDINARY) - 1), max_size=1),
    st.just("") | (queries | queries.map(lambda query: query[:-1])).map("?{}".format),
)
some_scrubbing = st.builds(
    lambda secrets, patterns: Scrubbing(secrets=secrets, masks=PathMasks(patterns)),
    st.sampled_from([SECRETS, SECRETS, frozenset(), frozenset({""}), frozenset({"1", "q", "page=1"})]),
    st.sampled_from([(), (), ("/a/<token>",), ("**/b/<token>",), ("/<token>",)]),
)


@hypothesis_settings(max_examples=1000)
@given(urls, some_scrubbing, st.booleans())
def test_the_short_way_gives_what_the_careful_one_gives(url, scrubbing, is_anonymous):
    keeps_in_page = urls_module._kept_in_page(urls_module._ignore, is_anonymous=is_anonymous)
    keeps_in_referrer = is_no_link if is_anonymous else redaction.keep_all
    careful_page = urls_module._clean(url, scrubbing, keeps=keeps_in_page)
    careful_referrer = urls_module._clean(url, scrubbing, keeps=keeps_in_referrer)
    assert clean_page_url(url, scrubbing, is_anonymous=is_anonymous) == careful_page
    assert clean_referrer(url, scrubbing, is_anonymous=is_anonymous) == careful_referrer


@hypothesis_settings(max_examples=500)
@given(urls, urls, some_scrubbing, st.booleans())
def test_two_urls_together_give_what_each_gives(url, referrer, scrubbing, is_anonymous):
    place = url.find("/", 8)
    origin, rest = (url[:place], url[place:]) if place > 0 else (url, "")
    pair = ordinary_pair(origin, rest, referrer, scrubbing)
    page_url = clean_page_url(url, scrubbing, is_anonymous=is_anonymous)
    page_referrer = clean_referrer(referrer, scrubbing, is_anonymous=is_anonymous)
    assert pair in (None, (page_url, page_referrer))


def test_an_ordinary_page_and_its_referrer_are_looked_at_together():
    referrers = [
        "https://www.example.test/",
        "https://www.example.test/a?b=1",
        "https://search.example/?q=a+b",
    ]
    for referrer in referrers:
        pair = ordinary_pair("https://www.example.test", "/news/a-1?page=2", referrer, SCRUBBING)
        assert pair == ("https://www.example.test/news/a-1?page=2", referrer)
    assert ordinary_pair("https://a.example", "/?page=2", "https://a.example/?token=2", SCRUBBING) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.test/",
        "http://localhost:8000/news/2024/a-headline?page=2&sort=newest",
        "https://shop.example/caf%C3%A9?q=a+b%20c&utm_source=mail-1",
        "https://www.example.test",
    ],
)
def test_ordinary_urls_go_the_short_way(url):
    assert ordinary(url, SCRUBBING) == url


def test_a_url_that_is_all_but_ordinary_is_refused_in_no_time():
    for url in ("https://a/" + "%20" * 500, "https://a/?" + "a=%20&" * 300, "https://a/?" + "=" * 1900):
        assert clean_page_url(url + '"', SCRUBBING) == f"{url}%22"


@pytest.mark.parametrize("link", ["d.1.2.3.4.5.6.7." + "x" * 7000, "d.1.s.c2l0+ZQ"])
def test_a_link_that_the_cut_or_a_plus_made_unreadable_is_removed(link):
    cleaned = clean(f"https://a.example/?q=1&_sp={link}")
    assert cleaned in {"https://a.example/?q=1", f"https://a.example/?q=1&_sp={link}"[: len(cleaned)]}
    assert read_page_url(cleaned)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("name", "fitting", "character"),
    [
        ("utm_source", 255, "a"),
        ("%75tm_source", 255, "a"),
        ("utm_medium", 255, "%C3%BC"),
        ("utm_term", 127, "%F0%9F%92%A9"),
        ("utm_campaign", 63, "%09"),
        ("utm_content", 500, "+"),
        ("gclid", 1000, "a"),
        ("msclkid", 1000, "%FC"),
        ("dclid", 1000, "a"),
    ],
)
def test_a_campaign_that_is_too_long_leaves_the_url(name, fitting, character):
    counted = []
    fits = f"https://a.example/?x=1&{name}={character * fitting}&y=2"
    assert clean_page_url(fits, SCRUBBING, count=lambda *told: counted.append(told)) == fits
    assert counted == []
    too_long = f"https://a.example/?x=1&{name}={character * (fitting + 1)}&y=2"
    cleaned = clean_page_url(too_long, SCRUBBING, count=lambda *told: counted.append(told))
    assert cleaned == "https://a.example/?x=1&y=2"
    ((error, advice),) = counted
    assert error == "field_cut"
    assert f"page_url has a parameter {unquote(name)!r} longer" in advice
    assert clean_referrer(too_long, SCRUBBING) == too_long


@pytest.mark.parametrize(
    "link",
    [
        "a" * 129 + ".1700000000000",
        "%F0%9F%92%A9" * 65 + ".1700000000000",
        "6fbe.999999999999999",
        "6fbe.1700000000000.s._w",
    ],
    ids=["a long id", "a long id in UTF-16", "after the year 9999", "no UTF-8"],
)
def test_a_link_that_no_column_takes_leaves_the_url(link):
    assert clean_page_url(f"https://a.example/?x=1&_sp={link}", SCRUBBING) == "https://a.example/?x=1"
