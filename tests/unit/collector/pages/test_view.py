"""What the live page shows, as its URL says it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.collector.pages.view import View, read_view
from tracking_middleware.collector.store.rows import Query

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40).map(str.strip)


@given(
    st.builds(
        View,
        q=TEXTS,
        app=TEXTS,
        event=TEXTS,
        person=TEXTS,
        kind=st.sampled_from(["", "good", "bad"]),
        span=st.sampled_from(["15m", "7d"]),
        since=st.sampled_from(["", "2026-01-02T03:04:05.678Z"]),
        before=st.none() | st.integers(0, 2**62),
        open=st.none() | st.integers(0, 2**62),
    )
)
def test_a_view_comes_back_from_its_url(view):
    assert read_view(dict(parse_qsl(urlsplit(view.url()).query, keep_blank_values=True))) == view


def test_the_plain_view_has_a_plain_url():
    assert View().url() == "/"
    assert View().query() == Query()
    assert not View().is_filtered


@given(st.dictionaries(st.sampled_from([*View.__dataclass_fields__, "x"]), st.text()))
def test_any_url_is_a_view(parameters):
    query = read_view(parameters).query()
    for value in (query.text, query.app_id, query.domain_userid):
        assert value is None or "\0" not in value.encode().decode()
