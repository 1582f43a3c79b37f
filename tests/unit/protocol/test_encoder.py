"""Events as the protocol's payloads, compared with a plain account of what goes where."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking_middleware.events.events import Event, PageView, SelfDescribingEvent, StructuredEvent
from tracking_middleware.identity.identity import Identity, SessionStart
from tracking_middleware.identity.subject import HandOff, Subject, subject_of
from tracking_middleware.protocol import FIELDS, TRACKER_VERSION, Encoder, encode_post
from tracking_middleware.protocol.encoder import _TrackedTexts

EVENT_ID = "11111111-1111-4111-8111-111111111111"
WEB_PAGE_ID = "22222222-2222-4222-8222-222222222222"
PERSON = "33333333-3333-4333-8333-333333333333"
SESSION = "44444444-4444-4444-8444-444444444444"
ENCODER = Encoder(app_id="news", namespace='n"', platform="srv")


def utf16_length(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def measured(text):
    """A text as Enrich measures it, and as it is sent."""
    return re.sub(r"[\x00-\x1f\x7f]", "", text.replace("\t", "    "))


def longest_that_fits(key, text, room=0):
    longest = FIELDS[key].max_length - room
    text = text[:longest]
    length = utf16_length(text)
    while length > longest:
        length -= utf16_length(text[-1])
        text = text[:-1]
    return text


def cut(key, text):
    """A text in its field, with a mark where it was cut; a URL is the shorter without it."""
    text = measured(text)
    if utf16_length(text) <= FIELDS[key].max_length or key in {"url", "refr"}:
        return longest_that_fits(key, text)
    return longest_that_fits(key, text, room=1) + "…"


def id_that_fits(key, text):
    text = measured(text)
    return text if utf16_length(text) <= FIELDS[key].max_length else ""


def mended(text):
    """Text with every half of a surrogate pair that stands alone replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def fits(key, value):
    if key == "vid":
        return value
    return cut(key, value) if key in {"url", "page", "refr"} else id_that_fits(key, value)


def entity(schema, data):
    return {
        "schema": f"iglu:com.snowplowanalytics.snowplow/{schema}/jsonschema/{data.pop('v')}",
        "data": data,
    }


def payload_of(event):
    """What the protocol says of an event, one key after the other."""
    subject = identity = event.subject
    index = identity.domain_sessionidx
    entities = [entity("web_page", {"v": "1-0-0", "id": event.web_page_id})]
    if event.session_start and identity.domain_userid and identity.domain_sessionid:
        session = {
            "v": "1-0-2",
            "userId": identity.domain_userid,
            "sessionId": identity.domain_sessionid,
            "sessionIndex": index,
            "eventIndex": 0,
            "previousSessionId": event.session_start.previous_sessionid,
            "storageMechanism": "COOKIE_1",
        }
        entities.append(entity("client_session", session))
    texts = [json.dumps(entity, ensure_ascii=False, separators=(",", ":")) for entity in entities]
    texts += [entity.decode() for entity in event.entities]
    contexts = entity("contexts", {"v": "1-0-0"})["schema"]
    optional = {
        "url": event.page_url,
        "page": event.page_title,
        "refr": event.page_referrer,
        "uid": subject.user_id,
        "duid": identity.domain_userid,
        "sid": identity.domain_sessionid,
        "vid": "" if index is None else str(index),
        "lang": subject.language,
    }
    payload = {
        "e": "pv",
        "p": "srv",
        "tv": TRACKER_VERSION,
        "aid": "news",
        "tna": 'n"',
        "eid": event.event_id,
        "dtm": str(event.dvce_created_tstamp),
        "tnuid": id_that_fits("tnuid", identity.network_userid or ""),
        "ip": id_that_fits("ip", subject.user_ipaddress),
        "ua": cut("ua", subject.useragent),
        **{key: fitting for key, value in optional.items() if value and (fitting := fits(key, value))},
        "co": f'{{"schema":"{contexts}","data":[{",".join(texts)}]}}',
    }
    return {key: mended(value) for key, value in payload.items()}


pieces = st.sampled_from(["a", "é", "😀", '"', "\\", "\n", "\x00", "\t", "\u2028", "</script>"])
halves = st.sampled_from(["\ud800", "\udc00"])


def texts(*lengths):
    """Texts about as long as may be, of every kind of character."""
    near = [length + more for length in lengths for more in (-1, 0, 1)]
    long = st.builds(lambda piece, length: piece * length, st.sampled_from("aé😀\t"), st.sampled_from(near))
    return st.lists(pieces | halves, max_size=3).map("".join) | st.builds(
        "{}{}".format, long, st.just("") | pieces
    )


ids = st.none() | st.just("") | st.just(PERSON) | texts(64, 128).map(mended)
identities = st.builds(
    Identity,
    domain_userid=ids,
    domain_sessionid=ids,
    domain_sessionidx=st.none() | st.sampled_from([0, 1, 2**31 - 1]),
    network_userid=ids,
)
subjects = st.builds(
    subject_of,
    identity=identities,
    user_id=texts(127, 255),
    user_ipaddress=st.sampled_from(["", "203.0.113.9", "1" * 129]),
    useragent=texts(500, 1000),
    language=texts(127, 255),
)
own_entities = st.sampled_from([b"{}", b'{"a":"\\"\\\\ \\u0000"}', '{"é":"😀"}'.encode(), b'{"a":\n1}'])
events = st.builds(
    PageView,
    event_id=st.just(EVENT_ID),
    web_page_id=st.just(WEB_PAGE_ID),
    dvce_created_tstamp=st.sampled_from([0, 1_700_000_000_123]),
    page_url=texts(2500, 5000, 10_000),
    page_title=texts(1000, 2000),
    page_referrer=texts(2500, 5000, 10_000),
    subject=subjects,
    session_start=st.none() | st.builds(SessionStart, st.none() | st.just(SESSION)),
    entities=st.lists(own_entities, max_size=3).map(tuple),
)


@settings(max_examples=200)
@given(events)
def test_a_payload_says_what_the_protocol_says_in_its_order(event):
    payload = json.loads(ENCODER.encode(event))
    expected = payload_of(event)
    assert payload == expected
    assert list(payload) == list(expected)


def page_view(**fields):
    return PageView(
        **{
            "event_id": EVENT_ID,
            "web_page_id": WEB_PAGE_ID,
            "dvce_created_tstamp": 1,
            "page_url": "https://a.example/",
            **fields,
        }
    )


structured_events = st.builds(
    StructuredEvent,
    texts(500, 1000),
    texts(500, 1000),
    label=st.none() | texts(2048, 4096),
    property=st.none() | texts(500, 1000),
    value=st.none()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.floats(-1e300, 1e300),
    event_id=st.just(EVENT_ID),
    dvce_created_tstamp=st.just(1_700_000_000_123),
    true_tstamp=st.none() | st.just(0) | st.just(1_600_000_000_000),
    page_url=texts(5000, 10_000),
    page_referrer=texts(5000, 10_000),
    web_page_id=st.just("") | st.just(WEB_PAGE_ID),
    subject=subjects,
    entities=st.lists(own_entities, max_size=2).map(tuple),
)


@settings(max_examples=200)
@given(structured_events)
def test_a_structured_event_says_what_the_protocol_says(event):
    payload = json.loads(ENCODER.encode(event))
    given = {"se_ca": event.category, "se_ac": event.action, "se_la": event.label, "se_pr": event.property}
    expected = {key: mended(sent) for key, text in given.items() if (sent := cut(key, text or ""))}
    if event.value is not None:
        expected["se_va"] = str(event.value)
    assert {key: value for key, value in payload.items() if key.startswith("se_")} == expected
    assert payload["e"] == "se"
    assert payload.get("ttm") == (None if event.true_tstamp is None else str(event.true_tstamp))
    # of all else it says what a page view would
    view = PageView(
        **{
            name: getattr(event, name)
            for name in ("event_id", "dvce_created_tstamp", "page_url", "page_referrer", "web_page_id")
        },
        subject=event.subject,
        entities=event.entities,
    )
    own = {"e", "ttm", *given, "se_va", "co"}
    assert {key: value for key, value in payload.items() if key not in own} == {
        key: value for key, value in json.loads(ENCODER.encode(view)).items() if key not in own
    }
    texts = [entity.decode() for entity in event.entities]
    if event.web_page_id:
        texts.insert(
            0, json.dumps(entity("web_page", {"v": "1-0-0", "id": WEB_PAGE_ID}), separators=(",", ":"))
        )
    contexts = entity("contexts", {"v": "1-0-0"})["schema"]
    co = f'{{"schema":"{contexts}","data":[{",".join(texts)}]}}' if texts else None
    assert payload.get("co") == co


def test_a_self_describing_event_is_wrapped_as_the_protocol_documents_it():
    described = '{"schema":"iglu:com.acme/sale/jsonschema/1-0-0","data":{"a":"\\"é"}}'
    event = SelfDescribingEvent(
        event_id=EVENT_ID,
        dvce_created_tstamp=1_700_000_000_123,
        true_tstamp=1_600_000_000_000,
        self_describing_json=described.encode(),
    )
    payload = json.loads(ENCODER.encode(event))
    del payload["tv"]
    assert payload == {
        "e": "ue",
        "p": "srv",
        "aid": "news",
        "tna": 'n"',
        "eid": EVENT_ID,
        "dtm": "1700000000123",
        "ttm": "1600000000000",
        "tnuid": "",
        "ip": "",
        "ua": "",
        "ue_pr": '{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",'
        f'"data":{described}}}',
    }


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (Subject(domain_userid=PERSON), None),
        (Subject(user_id="u", handed_off=HandOff(domain_sessionid=SESSION, sealed=0)), None),
        (
            Subject(
                domain_userid=PERSON,
                handed_off=HandOff(domain_sessionid=None, sealed=1_700_000_000_000),
            ),
            {"domain_user_id": PERSON, "timestamp": "2023-11-14T22:13:20Z", "reason": "hand_off"},
        ),
    ],
)
def test_a_hand_off_is_told_where_somebody_was_handed_over(subject, expected):
    event = StructuredEvent("a", "b", event_id=EVENT_ID, subject=subject)
    payload = json.loads(ENCODER.encode(event))
    entities = [entity["data"] for entity in json.loads(payload["co"])["data"]] if "co" in payload else []
    assert entities == ([] if expected is None else [expected])


def test_only_events_are_encoded():
    with pytest.raises(TypeError, match="Event is no kind of event"):
        ENCODER.encode(Event(event_id=EVENT_ID))


def test_a_filter_may_take_a_text_out_by_none():
    event = page_view(page_title=None, page_referrer=None, subject=Subject(user_id=None, language=None))
    assert ENCODER.encode(event) == ENCODER.encode(page_view())


@pytest.mark.parametrize("entities", [(b"\xff",), (b"{}", b'{"a":"\xe9"}')])
def test_entities_that_are_no_utf8_are_refused(entities):
    with pytest.raises(UnicodeDecodeError):
        ENCODER.encode(page_view(entities=entities))


def test_every_parameter_written_is_one_of_the_protocols_and_its_envelopes():
    for key in (*_TrackedTexts.__struct_fields__, "page", "co", "ue_pr", "e", "p", "tv", "aid", "tna"):
        assert FIELDS[key].in_envelope


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_post_is_its_events_with_the_time_of_sending(count):
    payloads = [ENCODER.encode(page_view(page_title=f"{n}}}")) for n in range(count)]
    body = encode_post(iter(payloads), sent=1_700_000_000_999)
    assert json.loads(body) == {
        "schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
        "data": [{**json.loads(payload), "stm": "1700000000999"} for payload in payloads],
    }
    assert body == json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("key", ["page", "ua", "uid", "duid"])
def test_tabs_are_measured_as_the_four_spaces_that_enrich_makes_of_them(key):
    text = "a" + "\t" * (FIELDS[key].max_length // 3) + "\x00b"
    subject = subject_of(identity=Identity(domain_userid=text), user_id=text, useragent=text)
    sent = json.loads(ENCODER.encode(page_view(page_title=text, subject=subject)))
    spaces = " " * (FIELDS[key].max_length - 2)
    assert sent.get(key) == (f"a{spaces}…" if key in {"page", "ua"} else None)
