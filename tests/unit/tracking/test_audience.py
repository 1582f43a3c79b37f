"""The preset ``privacy="audience"``: what it refuses by name, and what an event says under it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tracking_middleware import Settings, SettingsError, StructuredEvent, Subject
from tracking_middleware.doctor.of_privacy import on_privacy
from tracking_middleware.events.events import PageView, SelfDescribingEvent
from tracking_middleware.settings.audience_preset import LONGEST_AUDIENCE_COOKIE
from tracking_middleware.tracking.audience import audience_limited, within_audience

BASE = {"collector_url": "http://collector.test", "app_id": "shop", "privacy": "audience"}
PERSON, SESSION = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11", "0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55"
NETWORK = "b1f7a3de-93c5-4e9a-9df8-0c7f0e0c0a77"
SUBJECT = Subject(
    user_id="ada",
    domain_userid=PERSON,
    domain_sessionid=SESSION,
    domain_sessionidx=3,
    network_userid=NETWORK,
    user_ipaddress="203.0.113.77",
    useragent="Browser/1.0",
    language="de",
)
VIEW = PageView(
    event_id="e", web_page_id="w", dvce_created_tstamp=1, page_url="https://shop.test/", subject=SUBJECT
)


def settings(**changes):
    return Settings(**{**BASE, "opt_out_cookie": "out", **changes})


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("opt_out_cookie", {"opt_out_cookie": None}),
        ("user_id", {"user_id": lambda request: "ada"}),
        ("cookie_lifetime", {"cookie_lifetime": LONGEST_AUDIENCE_COOKIE + 1}),
        ("privacy", {"privacy": "anonymous"}),
    ],
)
def test_a_setting_against_the_preset_is_refused_by_its_name(name, changes):
    with pytest.raises(SettingsError) as refused:
        settings(**changes)
    assert [problem.split()[0] for problem in refused.value.problems] == [name]


def test_the_preset_shortens_addresses_and_cookies_and_redacts_links():
    made = settings(scrub_query="token")
    assert made.anonymize_ip
    assert made.cookie_lifetime == LONGEST_AUDIENCE_COOKIE == 390 * 86_400
    assert made.scrub_query == {"token", "_sp"}
    assert settings(cookie_lifetime=86_400).cookie_lifetime == 86_400


def test_without_the_preset_nothing_is_shortened():
    made = Settings(collector_url="http://collector.test", app_id="shop")
    assert (made.privacy, made.anonymize_ip, made.cookie_lifetime) == (None, False, 63_072_000)
    assert "_sp" not in made.scrub_query
    assert audience_limited(made) is made


def test_a_page_view_keeps_its_visit_and_loses_whatever_joins_it_with_more():
    subject = within_audience(VIEW).subject
    assert (subject.domain_userid, subject.domain_sessionid, subject.domain_sessionidx) == (
        PERSON,
        SESSION,
        3,
    )
    assert (subject.user_id, subject.network_userid) == ("", None)
    assert subject.user_ipaddress == "203.0.113.0"
    assert subject.useragent == "Browser/1.0"


@pytest.mark.parametrize("name", ["transaction", "transaction_error", "refund", "user"])
def test_a_page_view_of_an_order_or_a_customer_names_nobody(name):
    schema = f"iglu:com.snowplowanalytics.snowplow.ecommerce/{name}/jsonschema/1-0-0"
    entity = f'{{"schema":"{schema}","data":{{}}}}'.encode()
    assert_nobody(within_audience(replace(VIEW, entities=(entity,))))


@pytest.mark.parametrize(
    "event",
    [
        StructuredEvent("order", "paid", subject=SUBJECT),
        SelfDescribingEvent(self_describing_json=b"{}", subject=SUBJECT),
    ],
    ids=["structured", "self-describing"],
)
def test_what_the_application_tracks_names_nobody(event):
    assert_nobody(within_audience(event))


def test_the_applications_filter_has_not_the_last_word():
    made = audience_limited(settings(before_send=lambda event: replace(event, subject=SUBJECT)))
    assert made.before_send(replace(VIEW, subject=Subject())).subject.user_id == ""
    assert audience_limited(made) is made
    assert audience_limited(settings(before_send=lambda event: None)).before_send(VIEW) is None


def test_the_doctor_tells_each_clause_and_what_it_cannot_prove():
    findings = list(on_privacy(settings(identity="issue", secret_key="k" * 40, cookie_lifetime=86_400)))
    assert {finding.mark for finding in findings} == {"ok", "note"}
    told = "\n".join(line for finding in findings for line in finding.lines())
    for word in ("'out'", "1 days", "cookieLifetime: 86400", "25 months", "cannot be proved here"):
        assert word in told
    (off,) = on_privacy(Settings(collector_url="http://collector.test", app_id="shop"))
    assert "off" in off.text


def assert_nobody(event):
    assert event.is_anonymous
    assert event.subject == Subject(useragent="Browser/1.0", language="de")
