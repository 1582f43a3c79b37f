"""The targets that are functions: what a visitor controls, read by the part that reads it."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from msgspec.structs import replace

from tracking_middleware import Settings, TokenError, Tracker
from tracking_middleware.addresses import client_address
from tracking_middleware.collector.enrichment.columns import DERIVED_LENGTHS, utf16_length
from tracking_middleware.collector.enrichment.page_urls import read_page_url, read_referrer
from tracking_middleware.events.events import PageView
from tracking_middleware.identity.cookie_scope import NoScopeError, configured_domain, scope_of
from tracking_middleware.identity.cookies import cookie_pairs, first_cookies, read_identity
from tracking_middleware.identity.id_cookie import parse_id_cookie
from tracking_middleware.identity.languages import first_language
from tracking_middleware.identity.session_ids import SessionIds
from tracking_middleware.identity.sessions import CookieNames, Jar, Sent, Twin, decide
from tracking_middleware.identity.subject import Subject
from tracking_middleware.identity.twin import TwinSigner, continued
from tracking_middleware.privacy.redaction import Scrubbing
from tracking_middleware.privacy.shared_caches import cache_answer
from tracking_middleware.privacy.urls import clean_page_url, clean_referrer
from tracking_middleware.protocol import Encoder, encode_post
from tracking_middleware.request.raw_request import raw_path, target_path
from tracking_middleware.request.rules import PathRules
from tracking_middleware.settings.path_masks import masks_of
from tracking_middleware.settings.settings import DEFAULT_EXCLUDE, DEFAULT_SCRUB_QUERY

from . import mutator
from .adapters import MASKS
from .mutator import PERSON, SESSION, hostile, text_of
from .oracle import check_good

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16}|undefined")
_KEYS = ("old key" * 5, "new key" * 5)
_SEALER = Tracker(
    Settings.from_mapping({"collector_url": "log:", "app_id": "fuzz", "secret_key": list(_KEYS)}),
    delivery=object(),
    clock=lambda: 1_700_000_000,
)
_TOKEN = _SEALER.seal(Subject(user_id="42", consent="full"))
_TWINS = TwinSigner(_KEYS)
_IDS = SessionIds(_KEYS, timeout=1800, new_id=lambda: SESSION)
_TWIN = Twin(
    domain_userid=PERSON, created=1, domain_sessionidx=2_147_483_647, domain_sessionid=SESSION, last_seen=1
)
_SIGNED = _TWINS.sign(_TWIN, suffix="8e5d")
_LIVING = f"{PERSON}.1.3.1..{SESSION}"
_COPY = Twin(domain_userid=PERSON, created=1, domain_sessionidx=3, domain_sessionid=SESSION, last_seen=5)
_SIGNED_COPY = _TWINS.sign(_COPY, suffix="8e5d")
_PATHS = PathRules(exclude=DEFAULT_EXCLUDE, include=("/static/*/page",))
_SCRUBBINGS = (
    Scrubbing(secrets=DEFAULT_SCRUB_QUERY),
    Scrubbing(secrets=DEFAULT_SCRUB_QUERY, masks=masks_of(MASKS)),
)
_ENCODER = Encoder(app_id="fuzz", namespace="server", platform="srv")
_URLS = (
    b"https://www.example.test/a?b=c#d",
    b"https://www.example.test/reset/abc/x?utm_source=a&utm_content=b&gclid=c&utm_campaign=d#utm_term=e",
    b"http://u:p@[2001:db8::1]:8080/%41?token=x&_sp=" + PERSON.encode() + b".1.s.dQ.c2l0ZQ.web.",
    b"HTTPS://EXAMPLE.test:65536?user[password]=x;sid=y",
    b"//a/b",
    b"data:text/html,x",
    b"http://[::ffff:1.2.3.4%25eth0]/",
)


def identity(random, _log):
    header = hostile(random, random.choice(mutator.HEADERS[b"Cookie"])).decode("latin-1")
    host = (
        hostile(random, b"www.example.test").decode("latin-1")
        if random.random() < 0.3
        else "www.example.test"
    )
    found = read_identity(
        header,
        host=host,
        cookie_domain=configured_domain(host, random.choice((None, "auto", "example.test"))),
    ).identity
    for value in (found.domain_userid, found.domain_sessionid, found.network_userid):
        assert value is None or _ID.fullmatch(value), f"an identifier of another form: {value!r}"
    assert found.domain_sessionidx is None or 0 <= found.domain_sessionidx <= 2_147_483_647
    cookies = first_cookies(header)
    pairs = tuple(cookie_pairs(header))
    assert set(cookies) == {name for name, _ in pairs}
    decision = decide(
        CookieNames.of("_sp_", "8e5d").found_in(header).jar,
        twin=random.choice((None, _TWIN)),
        now=random.choice((1_700_000_000, 5)),
        ids=_IDS,
        brings_strict=lambda: random.random() < 0.5,
    )
    if decision is not None and decision.id_value is not None:
        written = parse_id_cookie(decision.id_value)
        assert not written.is_malformed, f"a cookie that we would not read ourselves: {decision.id_value}"
        assert written.domain_sessionidx == decision.identity.domain_sessionidx, decision.id_value
    _go_on(random)


def _go_on(random):
    """What goes on as it is says what the cookies say, were the copy of them ours or not."""
    value = text_of(random, hostile(random, _LIVING.encode())) if random.random() < 0.3 else _LIVING
    copy = text_of(random, mutator._changed(random, _SIGNED_COPY.encode()))
    jar, now = Jar(id_values=(value,), is_living=random.random() < 0.9), random.choice((5, 86_404, 86_405))
    if (found := continued(Sent(jar, copy, ""), now=now)) is not None:
        decision = decide(jar, twin=_COPY, now=now, ids=_IDS, brings_strict=lambda: True)
        expected = decision if copy == _SIGNED_COPY else replace(decision, twin_action="keep", twin=None)
        assert found == expected, f"{value!r} goes on with the copy {copy!r}"


def tokens(random, _log):
    start = random.choice((_TOKEN, _SIGNED)).encode()
    changed = mutator._changed(random, start) if random.random() < 0.8 else hostile(random)
    text = text_of(random, changed)
    given = changed if random.random() < 0.2 else text
    try:
        _SEALER.unseal(given, max_age=random.choice((None, 10)))
    except TokenError as error:
        _check_message(error)
    else:
        assert text == _TOKEN or changed == _TOKEN.encode(), f"a token that was changed is taken: {given!r}"
    suffix = random.choice(("8e5d", "dc78"))
    if (twin := _TWINS.read(text, suffix=suffix)) is not None:
        # base64 has bits that say nothing
        assert (suffix, twin, text.split(".")[0]) == ("8e5d", _TWIN, _SIGNED.split(".")[0]), text


def _check_message(error):
    assert str(error).isprintable(), f"a message with a control character: {error!r}"


def urls(random, _log):
    raw = hostile(random, random.choice(_URLS))
    url = text_of(random, raw)
    is_anonymous = random.random() < 0.2
    scrubbing = random.choice(_SCRUBBINGS)
    clean = clean_page_url(url, scrubbing, is_anonymous=is_anonymous)
    referrer = clean_referrer(url, scrubbing, is_anonymous=is_anonymous)
    for cleaned, read in ((clean, read_page_url), (referrer, _read_referrer)):
        assert re.fullmatch(r"[!-~]{0,10000}", cleaned), f"{cleaned!r}"
        if cleaned:
            _check_lengths(read(cleaned))
    again = clean_page_url(clean, scrubbing, is_anonymous=is_anonymous)
    assert again == clean, f"cleaned twice it is another: {clean!r} {again!r}"
    target = target_path(url)
    prefix = random.choice(("", "/app", text_of(random, hostile(random))))
    path = raw_path(raw.decode("latin-1"), prefix=prefix, path=text_of(random, unquote_to_bytes(raw)))
    _PATHS.excludes(path)
    _PATHS.excludes(target)


def _read_referrer(url):
    return read_referrer(url, page_host="www.example.test")


def _check_lengths(columns):
    for name, value in columns.items():
        longest = DERIVED_LENGTHS.get(name)
        if longest is not None and value is not None:
            assert utf16_length(value) <= longest, f"{name} is {utf16_length(value)} long"


def headers(random, _log):
    language = first_language(hostile(random, b"de-AT,de;q=0.8").decode("latin-1"))
    assert re.fullmatch(r"[A-Za-z0-9-]*", language), f"{language!r}"
    peer = text_of(random, hostile(random, random.choice((b"203.0.113.9", b"::1%eth0", b"::ffff:10.0.0.1"))))
    address = client_address(peer, is_forwarded=random.random() < 0.5)
    assert re.fullmatch(r"[0-9a-f:.]*", address), f"{address!r}"
    control = hostile(random, b'private="a, b", no-store')
    cache_answer(200, [(b"cache-control", control), (b"Cache-Control", b",")])
    host = text_of(random, hostile(random, b"www.example.test:80"))
    try:
        scope = scope_of(
            host, cookie_domain=random.choice((None, "auto")), cookie_path="/", tracker_compat="3"
        )
    except NoScopeError as error:
        _check_message(error)
    else:
        assert re.fullmatch(r"[0-9a-f]{4}", scope.suffix)
        assert scope.domain is None or re.fullmatch(r"[a-z0-9._-]+", scope.domain), f"{scope.domain!r}"


def encoder(random, _log):
    texts = [text_of(random, hostile(random)) * random.choice((1, 1, 1, 20)) for _ in range(5)]
    subject = Subject(user_id=texts[0], useragent=texts[1], language=texts[2])
    event = PageView(
        event_id=PERSON,
        web_page_id=SESSION,
        dvce_created_tstamp=1_700_000_000_000,
        page_url="https://a.example/",
        page_title=texts[3],
        subject=subject,
    )
    check_good(encode_post([_ENCODER.encode(event)], sent=1_700_000_000_001))
