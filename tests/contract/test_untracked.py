"""``untracked`` on what each framework has: its answers are no page views, and nobody gets a cookie."""

from __future__ import annotations

import pytest

from .conftest import ADAPTERS
from .sites import content
from .test_issuing import cookies_of, header, running

pytestmark = pytest.mark.filterwarnings("ignore:.*StreamingHttpResponse:Warning")

EVERYWHERE = ("/untracked", "/untracked-lazy", "/untracked-class", "/untracked/group", "/untracked-raises")
OF_FRAMEWORKS = {
    "flask": ("/untracked-above", "/untracked-below", "/untracked/mended"),
    "django-wsgi": ("/untracked/in/group", "/untracked-pattern", "/untracked-above"),
    "django-asgi": ("/untracked/in/group", "/untracked-async", "/untracked-async-class", "/untracked-above"),
    "starlette": ("/untracked-thread", "/untracked-mount/group", "/untracked-route"),
    "fastapi": (
        *("/untracked-above", "/untracked-below", "/untracked/in/group", "/untracked/mended"),
        *("/untracked-thread", "/untracked/mounted/group"),
    ),
}


@pytest.fixture(scope="module", params=list(ADAPTERS))
def issuing_site(request, options, shared_sink):
    settings = {"identity": "issue", "server_timing": True}
    with running(request.param, options, shared_sink, **settings) as site:
        yield site


def test_no_answer_of_it_is_a_page_view(issuing_site):
    paths = [*EVERYWHERE, *OF_FRAMEWORKS.get(issuing_site.name, ())]
    marker = f"?of={issuing_site.name}"
    answers = {path: issuing_site.get(f"{path}{marker}", Cookie=None) for path in paths}
    issuing_site.event_of("/page")  # what was recorded before has arrived as well
    assert [
        url for event in issuing_site.events.events if (url := event.get("url", "")).endswith(marker)
    ] == []
    for path, answer in answers.items():
        assert answer.status == (500 if path == "/untracked-raises" else 200), path
        assert (cookies_of(answer), header(answer, "server-timing")) == ({}, []), path
        if path not in {"/untracked-raises", "/untracked-lazy"}:
            assert answer.body.decode() == content.HTML, path


def test_it_is_counted_as_skipped_by_the_app(issuing_site):
    if issuing_site.tracker is None:
        return  # within the framework's stack; the other servers have shown it
    before = issuing_site.tracker.stats()["skipped"].get("skipped_by_app", 0)
    issuing_site.get("/untracked")
    issuing_site.event_of("/page")
    assert issuing_site.tracker.stats()["skipped"]["skipped_by_app"] == before + 1


def test_events_within_are_sent_all_the_same(issuing_site):
    marker = f"/untracked-track?event-of={issuing_site.name}"
    issuing_site.get(marker)
    event = issuing_site.events.wait_for(marker)
    assert event["e"] == "ue"
