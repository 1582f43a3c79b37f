"""Reading the JavaScript tracker's cookies."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking_middleware.identity import cookies, id_cookie
from tracking_middleware.identity.cookies import (
    cookie_suffix,
    first_cookies,
    identity_of,
    read_identity,
    read_network_userid,
)
from tracking_middleware.identity.id_cookie import parse_id_cookie
from tracking_middleware.identity.identity import Identity

PERSON = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
SESSION = "0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55"
PREVIOUS = "1d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55"
NIL = "00000000-0000-0000-0000-000000000000"
OTHER = "2fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
FULL = Identity(domain_userid=PERSON, domain_sessionid=SESSION, domain_sessionidx=3)


def read(cookies, host="example.test", **options):
    return read_identity(cookies, host=host, **options)


def alive(value, suffix="8e5d"):
    return f"_sp_id.{suffix}={value}; _sp_ses.{suffix}=*"


@pytest.mark.parametrize(
    ("domain", "path", "suffix"),
    [
        ("example.test", "/", "8e5d"),
        ("www.example.test", "/", "0056"),
        ("app.eu.example.test", "/", "0def"),
        ("example.co.uk", "/", "a37f"),
        ("user.github.io", "/", "54ed"),
        ("localhost", "/", "1fff"),
        ("127.0.0.1", "/", "dc78"),
        (".example.test", "/", "fd58"),
        ("example.test", "/shop/", "2b5a"),
        ("example.com", "/", "8809"),
        ("www.example.com", "/", "2a0b"),
        (".example.com", "/", "62df"),
        ("blog.example.co.uk", "/", "0ca4"),
    ],
)
def test_suffix_is_the_trackers(domain, path, suffix):
    assert cookie_suffix(domain, path) == suffix


@pytest.mark.parametrize(
    "value",
    [
        f"{PERSON}.1700000000.3.1700000100.1700000000.{SESSION}",
        f"{PERSON}.1700000000.3.1700000100..{SESSION}....0",
        f"{PERSON}.1700000000.3.1700000100.1690000000.{SESSION}.{PREVIOUS}.{OTHER}.1700000000123.7",
        f"{PERSON.upper()}.1700000000.3.1700000100..{SESSION.upper()}....0",
        f"{PERSON}.1700000000.3.1700000100..{SESSION}....0".replace("-", "%2D"),
        f'"{PERSON}.1700000000.3.1700000100..{SESSION}....0"',
        f"{PERSON}.1700000000.3.1700000100..{SESSION}.undefined.undefined.undefined.1.more.fields",
    ],
    ids=[
        "six fields",
        "ten, first",
        "ten, later",
        "upper case",
        "encoded",
        "quoted",
        "undefined and more fields",
    ],
)
def test_reads_what_versions_2_to_4_write(value):
    reading = read(alive(value))
    assert reading.identity == FULL
    assert reading.malformed == 0


@pytest.mark.parametrize(
    "ses", ["", "; _sp_ses.8e5d=", "; _sp_ses.8e5d= \t", "; _sp_ses.0056=*", "; _acme_ses.8e5d=*"]
)
def test_leaves_out_a_session_that_has_ended(ses):
    reading = read(f"_sp_id.8e5d={PERSON}.1.3.2..{SESSION}....0{ses}")
    assert reading.identity == Identity(domain_userid=PERSON)
    assert reading.malformed == 0


@pytest.mark.parametrize("first", ["", "undefined", "00000000-0000-0000-0000-000000000000"])
def test_keeps_the_session_of_an_anonymous_person(first):
    reading = read(alive(f"{first}.1.3.2..{SESSION}....0"))
    assert reading.identity == Identity(domain_sessionid=SESSION, domain_sessionidx=3)
    assert reading.malformed == 0


@pytest.mark.parametrize("session", ["", "undefined"])
def test_reads_the_person_where_no_session_was_written(session):
    assert read(alive(f"{PERSON}.1.3.2..{session}....0")).identity == Identity(domain_userid=PERSON)


def test_takes_only_the_person_from_five_fields():
    reading = read(alive(f"{PERSON}.1700000000.0.1700000000."))
    assert (reading.identity, reading.malformed) == (Identity(domain_userid=PERSON), 0)


def test_reads_the_ids_of_sixteen_hex_digits_of_old_trackers():
    assert read(alive(f"0123456789abcdef.1.3.2..{SESSION}")).identity.domain_userid == "0123456789abcdef"


@pytest.mark.parametrize("index", ["", "-1", "2147483648", "5abc", "1_0", "99999999999999"])
def test_leaves_out_an_index_that_is_no_32_bit_number(index):
    reading = read(alive(f"{PERSON}.1.{index}.2..{SESSION}....0"))
    assert reading.identity == Identity(domain_userid=PERSON, domain_sessionid=SESSION)
    assert reading.malformed == 1


def test_leaves_out_a_session_id_that_is_no_uuid():
    reading = read(alive(f"{PERSON}.1.3.2..not-a-uuid....0"))
    assert (reading.identity, reading.malformed) == (Identity(domain_userid=PERSON), 1)


@pytest.mark.parametrize(
    "value",
    [
        "garbage",
        f"x{PERSON}.1.3.2..{SESSION}....0",
        f"{PERSON}\r\nSet-Cookie: x.1.3.2..{SESSION}",
        f"%zz{PERSON}.1.3.2..{SESSION}....0",
        f"{PERSON}%00.1.3.2..{SESSION}....0",
        f"a.b.{PERSON}.1.3.2..{SESSION}",
        f'"{PERSON}.1.3.2..{SESSION}....0',
        f"{PERSON}.1.٣.2..{SESSION}",
        "é" * 36 + f".1.3.2..{SESSION}",
        f"{PERSON}.1.3.2..{SESSION}" + "." * 2000,
        "0" * 100_000,
    ],
    ids=lambda value: value[:20],
)
def test_gives_no_identity_for_what_no_tracker_writes(value):
    reading = read(alive(value))
    assert (reading.identity, reading.malformed) == (Identity(), 1)


@given(st.text(), st.text(), st.sampled_from(["/", "/shop/"]))
def test_never_raises(cookies, host, path):
    read_identity(cookies, host=host, cookie_path=path)
    read_identity(
        f"_sp_id.8e5d={cookies}; sp={cookies}; _sp_ses.8e5d=*", host="example.test", cookie_path=path
    )


@given(st.text(alphabet='0123456789abcdef-.%" undefi', max_size=120))
def test_gives_only_well_formed_ids(value):
    identity = read(alive(value)).identity
    assert identity.domain_userid is None or len(identity.domain_userid) in {16, 36}
    assert (
        identity.domain_sessionid is None
        or str(uuid.UUID(identity.domain_sessionid)) == identity.domain_sessionid
    )
    assert identity.domain_sessionidx is None or 0 <= identity.domain_sessionidx < 2**31


def test_prefers_the_configured_domain_and_path():
    cookies = f"_sp_id.8e5d={OTHER}.1.1.9.; _sp_id.2b5a={PERSON}.1.1.2."
    reading = read(cookies, cookie_domain="example.test", cookie_path="/shop/")
    assert reading.identity.domain_userid == PERSON


def test_prefers_the_hosts_own_cookie_the_root_first():
    cookies = f"_sp_id.0056={OTHER}.1.1.9.; _sp_id.8e5d={PERSON}.1.1.2.; _sp_id.ffff={OTHER}.1.1.10."
    assert read(cookies, host="www.example.test:8000").identity.domain_userid == PERSON


def test_prefers_among_the_hosts_own_one_that_is_alive():
    cookies = f"_sp_id.8e5d={OTHER}.1.1.9.; _sp_id.0056={PERSON}.1.1.2.; _sp_ses.0056=*"
    assert read(cookies, host="www.example.test").identity.domain_userid == PERSON


def test_else_takes_the_cookie_with_the_latest_event():
    cookies = f"_sp_id.aaaa={OTHER}.1.1.5.; _sp_id.bbbb={PERSON}.1.1.7.; _sp_id.cccc={OTHER}.1.1.x."
    assert read(cookies, host="elsewhere.example").identity.domain_userid == PERSON


def test_of_equally_late_cookies_takes_the_living_one():
    cookies = f"_sp_id.aaaa={OTHER}.1.1.7.; _sp_id.bbbb={PERSON}.1.1.7.; _sp_ses.bbbb=*"
    assert read(cookies, host="elsewhere.example").identity.domain_userid == PERSON


def test_of_two_cookies_with_one_name_reads_the_first():
    cookies = f"_sp_id.8e5d={PERSON}.1.1.2.; _sp_id.8e5d={OTHER}.1.1.9."
    assert read(cookies).identity.domain_userid == PERSON


@pytest.mark.parametrize(
    "name", ["_sp_root_domain_test_8e5d", "_sp_id.8E5D", "_sp_id.8e5d0", "x_sp_id.8e5d", "_sp_id"]
)
def test_passes_over_other_cookies(name):
    assert read(f"{name}={PERSON}.1.3.2..{SESSION}").identity == Identity()


def test_follows_the_trackers_cookie_name():
    cookies = f"fooid.8e5d={PERSON}.1.3.2..{SESSION}; fooses.8e5d=*; _sp_id.8e5d={OTHER}.1.1.9."
    assert read(cookies, cookie_prefix="foo").identity == FULL


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("www.example.test.:80", ["example.test.", "www.example.test.", "www.example.test"]),
        ("www.example.test:80", ["example.test", "www.example.test"]),
        ("localhost.", ["localhost.", "localhost"]),
        ("127.0.0.1.", ["127.0.0.1"]),
    ],
)
def test_knows_the_suffixes_of_a_host_with_a_dot_at_its_end(host, own):
    foreign = f"_sp_id.0def={OTHER}.1.1.9.1.{SESSION}"
    for position, domain in enumerate(own):
        later = "; ".join(f"_sp_id.{cookie_suffix(name)}={OTHER}.1.1.1.1." for name in own[position + 1 :])
        sent = f"{foreign}; {later}; _sp_id.{cookie_suffix(domain)}={PERSON}.1.1.1.1.{SESSION}"
        assert read(sent, host=host).identity.domain_userid == PERSON


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "127.0.0.1"])
def test_knows_the_suffix_of_an_address(host):
    cookies = f"_sp_id.dc78={PERSON}.1.1.2.; _sp_id.aaaa={OTHER}.1.1.9."
    assert read(cookies, host=host).identity.domain_userid == PERSON


def test_reads_the_collectors_own_cookie():
    reading = read("sp=B1F7A3DE-93C5-4E9A-9DF8-0C7F0E0C0A77")
    assert reading.identity == Identity(network_userid="b1f7a3de-93c5-4e9a-9df8-0c7f0e0c0a77")


@pytest.mark.parametrize(
    ("value", "malformed"), [("not-a-uuid", 1), ("", 0), ("00000000-0000-0000-0000-000000000000", 0)]
)
def test_leaves_out_a_network_userid_that_names_nobody(value, malformed):
    reading = read(f"sp={value}")
    assert (reading.identity, reading.malformed) == (Identity(), malformed)


def test_reads_ten_thousand_cookies():
    cookies = "; ".join(f"c{n}=x" for n in range(10_000)) + "; " + alive(f"{PERSON}.1.3.2..{SESSION}")
    assert read(cookies).identity == FULL


# --- the short ways give what the careful ones give ---

ids = st.sampled_from(
    [PERSON, PERSON.upper(), NIL, "", "undefined", "0123456789abcdef", "00000000" + PERSON[8:], PERSON[1:]]
)
numbers = st.sampled_from([0, 2_000_000_000, 2**31 - 1, 2**31, 4_000_000_000, 12_345_678_901, -1]).map(
    str
) | st.sampled_from(["", "٣", "1_0", "007", " 1"])
rest = ["...0", f".{PREVIOUS}.{OTHER}.1700000000123.7", ".é", ".%41", ".%zz", "%2E", ".\n", " ", "." * 1000]
fields = st.tuples(ids, numbers, numbers, numbers, numbers | ids, ids, st.sampled_from(rest))
ordinary = (PERSON, "1700000000", "3", "1700000100", "1690000000", SESSION, "")


def value_of(person, created, index, last_event, first_event, session, rest):
    return f"{person}.{created}.{index}.{last_event}.{first_event}.{session}{rest}"


def nearly(strategy):
    """Texts with at most one piece of them replaced."""
    piece = st.sampled_from([*'.;=% \t"', "", "%2E", "é", "\n", "\x00", "\ud800", "F", "g"])

    def spoil(text, place, length, piece):
        start = place % (len(text) + 1)
        return text[:start] + piece + text[start + length :]

    return strategy | st.builds(spoil, strategy, st.integers(0, 500), st.integers(0, 3), piece)


def all_but(ordinary, strange):
    """``ordinary`` with at most two of its parts replaced by those of ``strange``."""

    def mix(strange, places):
        return tuple(strange[n] if n in places else part for n, part in enumerate(ordinary))

    return st.builds(mix, strange, st.sets(st.integers(0, len(ordinary) - 1), max_size=2))


id_values = nearly(all_but(ordinary, fields).map(lambda fields: value_of(*fields)))


@pytest.mark.parametrize(
    "value",
    [
        f"{PERSON}.1700000000.3.1700000100.1700000000.{SESSION}",
        f"{PERSON}.1700000000.3.1700000100..{SESSION}....0",
        f"{PERSON}.1700000000.3.1700000100.1690000000.{SESSION}.{PREVIOUS}.{OTHER}.1700000000123.7",
    ],
)
def test_what_trackers_write_is_ordinary(value):
    assert id_cookie.match_ordinary_id(value) is not None


@pytest.mark.parametrize("end", rest)
def test_what_follows_the_session_id_is_looked_at_too(end):
    value = value_of(*ordinary[:-1], end)
    assert parse_id_cookie(value) == id_cookie._parse_unusual_id_cookie(value)


@settings(max_examples=500)
@given(id_values)
def test_an_ordinary_value_says_what_reading_its_fields_says(value):
    assert parse_id_cookie(value) == id_cookie._parse_unusual_id_cookie(value)


@given(id_values, st.booleans())
def test_an_identity_is_what_its_cookie_names(value, is_living):
    value = value.partition(";")[0].strip(" \t")
    reading = read(f"_sp_id.8e5d={value}; _sp_ses.8e5d={'*' * is_living}")
    cookie = parse_id_cookie(value or "undefined")
    assert reading.identity == identity_of(cookie, is_living=is_living)
    assert reading.malformed == cookie.is_malformed


prefixes = st.just("_sp_") | st.sampled_from(
    ["_sp_", "foo", "s", "", "sp", "_sp_id.8e5d=", " _sp_", "\t", "a;", "(", "[a-z]", "é"]
)
blanks = st.sampled_from(["", "", " ", "\t ", "\n", "\xa0"])
suffixes = st.just("8e5d") | st.sampled_from(["0056", "8E5D", "8e5"])
other_names = st.sampled_from(["csp", "_ga", "", "x _sp_id.8e5d", "=_sp_id.8e5d"])
values = st.sampled_from(["", "*", "a", "b c", "x=y", '"q"', "=", PERSON, "_sp_id.8e5d=a"])


def headers_with(prefix):
    """A prefix and headers in which it is often met."""
    own_names = st.builds("{}{}.{}".format, st.just(prefix), st.sampled_from(["id", "ses"]), suffixes)
    names = own_names | own_names | st.just("sp") | other_names
    equals = st.just("=") | st.sampled_from(["=", ""])
    pairs = st.tuples(blanks, names, blanks, equals, blanks, values, blanks).map("".join)
    return st.tuples(st.just(prefix), st.lists(pairs, max_size=6).map(";".join))


def by_splitting(header, prefix):
    """The tracker's cookies, found by looking at every one."""
    found = {"id": {}, "ses": {}}
    for name, value in first_cookies(header).items():
        match = re.fullmatch(re.escape(prefix) + r"(id|ses)\.([0-9a-f]{4})", name)
        if match and value:
            found[match[1]][match[2]] = value
    return list(found["id"].items()), set(found["ses"]), first_cookies(header).get("sp", "")


@settings(max_examples=400)
@given(prefixes.flatmap(headers_with) | st.tuples(st.just("_sp_"), st.text(alphabet="_sp.id8e5=; \ta")))
def test_finds_the_cookies_that_splitting_the_header_finds(found_in):
    prefix, header = found_in
    ids, sessions, network = cookies._tracker_cookies(header, prefix)
    assert (
        [(suffix, value) for suffix, value in ids.items() if value],
        {suffix for suffix, value in sessions.items() if value},
        network,
    ) == by_splitting(header, prefix)


def test_of_several_cookies_those_without_a_value_do_not_count():
    cookies = f"_sp_id.8e5d=; _sp_id.aaaa={PERSON}.1.1.5.; _sp_id.8e5d={OTHER}.1.1.9."
    assert read(cookies).identity.domain_userid == PERSON
    assert read("_sp_id.8e5d=; _sp_id.aaaa= ").identity == Identity()


@given(nearly(ids))
def test_a_network_userid_is_a_uuid_in_lower_case_or_nothing(value):
    expected = value.lower() if re.fullmatch(id_cookie.UUID, value.lower()) else None
    network_userid, malformed = read_network_userid(value)
    assert network_userid == (None if expected == NIL else expected)
    assert malformed == (value != "" and expected is None)


@pytest.mark.parametrize(
    ("prefix", "header"),
    [
        (" _sp_", "a=b;  _sp_id.8e5d=c"),
        ("\t", "a=b; \tid.8e5d=c"),
        ("a=", "a=id.8e5d=b"),
        ("a;", "a;id.8e5d=b"),
        ("(", "(id.8e5d=b"),
    ],
)
def test_an_odd_prefix_is_no_pattern(prefix, header):
    ids, sessions, network = cookies._tracker_cookies(header, prefix)
    assert (list(ids.items()), set(sessions), network) == by_splitting(header, prefix)
