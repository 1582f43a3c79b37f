"""What a page shows is described by a function that is declared once, with no code in any view: Django."""

from __future__ import annotations

import contextlib
import json
from types import SimpleNamespace

import jinja2
import pytest
from django.core.paginator import Paginator
from django.db import connection, connections, models
from django.http import HttpResponse
from django.shortcuts import render
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client, override_settings
from django.test.utils import isolate_apps
from django.urls import path
from django.views.generic import DetailView, ListView

from tracking_middleware import Article2, TrackingError, current_page, describes
from tracking_middleware.django import get_tracker
from tracking_middleware.metadata.objects import declaring
from tracking_middleware.metadata.objects.finding import MOST_LOOKED_AT
from tracking_middleware.metadata.objects.shown import MOST_CONTEXTS

from .sites import django

ARTICLE_2 = "iglu:org.tracking_middleware/article/jsonschema/2-0-0"
DATABASE = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
TEMPLATES = {"page.html": "{{ story.title }}{% for one in object_list %}{{ one.title }}{% endfor %}"}
BACKEND = "tracking_middleware.django.backends.django.DjangoTemplates"
LOADERS = [("django.template.loaders.locmem.Loader", TEMPLATES)]
HEADERS = {"accept": "text/html", "sec-fetch-dest": "document"}
urlpatterns: list = []


@pytest.fixture
def described(monkeypatch):
    """No class is described but those of a test."""
    monkeypatch.setattr(declaring, "_descriptions", {})
    declaring.description_of.cache_clear()
    yield
    declaring.description_of.cache_clear()


def forget_connection():
    with contextlib.suppress(AttributeError):
        if connection.connection is not None:
            connection.connection.close()  # Django leaves a database in memory open
        connection.close()
        del connections["default"]


@pytest.fixture
def site_models(described, options, monkeypatch):
    """Stories with an author, in a database, in an installed site whose views the test gives."""
    django.configure(options)
    backend = {"BACKEND": BACKEND, "OPTIONS": {"loaders": LOADERS}}
    with isolate_apps("tests.contract"):

        class Author(models.Model):
            name = models.TextField()

            class Meta:
                app_label = "contract"

        class Story(models.Model):
            title = models.TextField()
            body = models.TextField(default="")
            author = models.ForeignKey(Author, models.CASCADE)

            class Meta:
                app_label = "contract"

        class Feature(Story):
            class Meta:
                app_label = "contract"
                proxy = True

    settings = {"ROOT_URLCONF": __name__, "TEMPLATES": [backend], "MIDDLEWARE": [django.MIDDLEWARE]}
    databases = connections.configure_settings({"default": DATABASE})
    monkeypatch.setitem(connections.__dict__, "settings", databases)
    forget_connection()
    with override_settings(**settings):
        with connection.schema_editor() as editor:
            editor.create_model(Author)
            editor.create_model(Story)
        ada = Author.objects.create(name="Ada")
        for number in range(3):
            Story.objects.create(title=f"story {number}", author=ada)
        try:
            yield SimpleNamespace(Story=Story, Author=Author, Feature=Feature)
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(Story)
                editor.delete_model(Author)
            forget_connection()


@pytest.fixture
def page_of(site_models, options):
    """What one request to a view brings: its page view, the tracker's counts, and the queries."""

    def ask(view, **settings):
        events, queries = [], []
        given = {**options, **settings, "before_send": lambda event: events.append(event) or event}
        urlpatterns[:] = [path("page", view)]
        with override_settings(TRACKING=given):
            tracker = get_tracker()
            try:
                connection.ensure_connection()
                # what reaches the database: Django's own log has what was refused, too
                connection.connection.set_trace_callback(queries.append)
                answer = Client(headers=HEADERS).get("/page")
                assert tracker.flush(10) == 0
                counts = tracker.stats()["errors"]
            finally:
                tracker.close()
        (event,) = events
        return SimpleNamespace(
            entities=[json.loads(entity) for entity in event.entities],
            counts=counts,
            queries=len(queries),
            answer=answer,
        )

    return ask


def article(story):
    return Article2(id=str(story.pk), headline=story.title)


def headlines(page):
    assert {entity["schema"] for entity in page.entities} <= {ARTICLE_2}
    return [entity["data"].get("headline") for entity in page.entities]


def views(story):
    """By way: a view that shows one story and says nothing of it."""

    def template_response(request):
        return TemplateResponse(request, "page.html", {"story": story.objects.get(pk=1)})

    def rendered(request):
        return render(request, "page.html", {"story": story.objects.get(pk=1)})

    def in_a_list(request):
        return render(request, "page.html", {"object_list": [story.objects.get(pk=1)]})

    class Detail(DetailView):
        model, template_name, context_object_name = story, "page.html", "story"

        def get_object(self, queryset=None):
            return story.objects.get(pk=1)

    return {
        "TemplateResponse": template_response,
        "render": rendered,
        "list": in_a_list,
        "DetailView": Detail.as_view(),
    }


@pytest.mark.parametrize("way", ["TemplateResponse", "render", "list", "DetailView"])
def test_a_page_that_shows_an_object_carries_it(site_models, page_of, way):
    describes(site_models.Story)(article)
    page = page_of(views(site_models.Story)[way])
    assert headlines(page) == ["story 0"]
    assert page.queries == 1
    assert "story 0" not in str(page.answer.headers)
    assert page.counts == {}


def test_without_a_description_a_page_carries_nothing(site_models, page_of):
    assert page_of(views(site_models.Story)["render"]).entities == []


def test_an_object_of_a_subclass_is_described_by_the_nearest_function(site_models, page_of):
    describes(site_models.Story)(article)
    assert headlines(page_of(views(site_models.Feature)["render"])) == ["story 0"]
    describes(site_models.Feature)(lambda feature: Article2(id="f", headline="feature"))
    assert headlines(page_of(views(site_models.Feature)["render"])) == ["feature"]


class _Lists(ListView):
    template_name = "page.html"
    ordering = "pk"


def test_a_list_that_the_page_has_read_carries_each(site_models, page_of):
    describes(site_models.Story)(article)
    page = page_of(_Lists.as_view(model=site_models.Story))
    assert headlines(page) == ["story 0", "story 1", "story 2"]
    assert page.queries == 1


def test_of_pages_of_a_list_the_shown_one_counts(site_models, page_of):
    describes(site_models.Story)(article)
    page = page_of(_Lists.as_view(model=site_models.Story, paginate_by=2))
    assert headlines(page) == ["story 0", "story 1"]
    paged = Paginator(list(site_models.Story.objects.order_by("pk")), 2).page(2)
    page = page_of(lambda request: render(request, "page.html", {"paged": paged}))
    assert headlines(page) == ["story 2"]


def test_a_queryset_that_the_page_has_not_read_is_not_read(site_models, page_of):
    describes(site_models.Story)(article)
    page = page_of(lambda request: render(request, "page.html", {"unread": site_models.Story.objects.all()}))
    assert (page.entities, page.queries) == ([], 0)


def test_of_many_objects_as_many_are_kept_as_entities_are_allowed_and_the_others_are_counted(
    site_models, page_of
):
    describes(site_models.Story)(article)
    page = page_of(_Lists.as_view(model=site_models.Story), max_entities=2)
    assert headlines(page) == ["story 0", "story 1"]
    assert page.counts == {"description_left_out": 1}


DESCRIBING = {
    "a relation": lambda story: Article2(id="1", authors=[story.author.name]),
    "a deferred field": lambda story: Article2(id="1", subject=story.body),
    "a count": lambda story: Article2(id="1", words=type(story).objects.count()),
}


@pytest.mark.parametrize("what", DESCRIBING)
def test_describing_makes_no_query_unless_it_is_told_so(site_models, page_of, what):
    function = DESCRIBING[what]

    def view(request):
        return render(request, "page.html", {"story": site_models.Story.objects.defer("body").get(pk=1)})

    describes(site_models.Story)(function)
    page = page_of(view)
    assert (page.entities, page.queries) == ([], 1)
    assert page.counts == {"description_queried": 1}

    describes(site_models.Story, queries="allowed")(function)
    page = page_of(view)
    assert (len(page.entities), page.queries, page.counts) == (1, 2, {})


def test_of_the_objects_of_one_page_each_may_query_or_not_by_its_own_function(site_models, page_of):
    describes(site_models.Story)(DESCRIBING["a relation"])
    describes(site_models.Feature, queries="allowed")(DESCRIBING["a relation"])

    def view(request):
        one, other = site_models.Story.objects.order_by("pk")[:2]
        feature = site_models.Feature.objects.get(pk=3)
        return render(request, "page.html", {"one": one, "feature": feature, "other": other})

    page = page_of(view)
    assert (len(page.entities), page.queries, page.counts) == (1, 3, {"description_queried": 2})


def test_a_refused_query_that_the_function_hides_leaves_its_object_out(site_models, page_of):
    def hiding(story):
        try:
            return Article2(id="1", authors=[story.author.name])
        except Exception:  # noqa: BLE001
            return Article2(id="1")

    describes(site_models.Story)(hiding)
    page = page_of(views(site_models.Story)["render"])
    assert (page.entities, page.queries, page.counts) == ([], 1, {"description_queried": 1})


def test_no_connection_is_made_to_refuse_a_query(site_models, page_of):
    author = site_models.Author(pk=1, name="Ada")
    describes(site_models.Author)(lambda one: Article2(id=str(type(one).objects.count())))

    def view(request):
        forget_connection()
        return render(request, "page.html", {"author": author})

    describes(site_models.Story)(article)
    page = page_of(view)
    assert page.counts == {"description_queried": 1}
    assert connection.connection is None
    assert "ensure_connection" not in vars(connection)
    with connection.schema_editor() as editor:  # the database was in memory
        editor.create_model(site_models.Author)
        editor.create_model(site_models.Story)


def test_what_a_function_raises_is_counted_and_told_once_without_its_words(site_models, page_of, caplog):
    def failing(story):
        raise RuntimeError(story.title)

    describes(site_models.Story)(failing)
    page = page_of(_Lists.as_view(model=site_models.Story))
    assert page.answer.status_code == 200
    assert (page.entities, page.counts) == ([], {"description_failed": 3})
    told = [record.getMessage() for record in caplog.records if "description_failed" in record.getMessage()]
    assert len(told) == 1
    assert "RuntimeError" in told[0]
    assert "story" not in told[0].replace("story)", "")


def test_what_is_no_entity_is_counted_and_the_rest_of_the_page_stays(site_models, page_of):
    describes(site_models.Story)(lambda story: "no entity" if story.pk == 1 else article(story))
    page = page_of(_Lists.as_view(model=site_models.Story))
    assert headlines(page) == ["story 1", "story 2"]
    assert page.counts == {"description_failed": 1}


def test_what_the_view_said_wins(site_models, page_of):
    describes(site_models.Story)(lambda story: [article(story), {"schema": OTHER, "data": {"n": 1}}])

    def view(request):
        current_page().attach(Article2(id="view"))
        return views(site_models.Story)["render"](request)

    page = page_of(view)
    assert [(entity["schema"], entity["data"].get("id")) for entity in page.entities] == [
        (ARTICLE_2, "view"),
        (OTHER, None),
    ]


OTHER = "iglu:com.acme/thing/jsonschema/1-0-0"


def test_what_is_described_wins_over_the_pages_html(site_models, page_of):
    describes(site_models.Story)(article)
    thing = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "of the HTML"}
    html = f"<title>T</title><script type='application/ld+json'>{json.dumps(thing)}</script>"

    def view(request):
        answer = views(site_models.Story)["render"](request)
        answer.content = html
        return answer

    assert headlines(page_of(view, metadata=["title", "json-ld"])) == ["story 0"]
    site = page_of(lambda request: HttpResponse(html), metadata=["title", "json-ld"])
    assert headlines(site) == ["of the HTML"]


def test_none_is_nothing_and_what_is_no_page_view_is_not_described(site_models, page_of):
    asked = []
    describes(site_models.Story)(asked.append)
    assert page_of(views(site_models.Story)["render"]).entities == []
    assert len(asked) == 1

    def view(request):
        current_page().skip("not this one")
        return views(site_models.Story)["render"](request)

    with pytest.raises(ValueError, match="unpack"):  # there is no event
        page_of(view)


def test_a_lazy_object_is_not_looked_into(site_models, page_of):
    from django.utils.functional import SimpleLazyObject

    describes(site_models.Story)(article)
    lazy = SimpleLazyObject(lambda: site_models.Story.objects.get(pk=1))
    page = page_of(lambda request: render(request, "page.html", {"unused": lazy}))
    assert (page.entities, page.queries) == ([], 0)


def test_what_a_template_of_jinja_is_given_is_described(site_models, page_of):
    describes(site_models.Story)(article)
    environment = f"{__name__}.jinja"
    backend = "tracking_middleware.django.backends.jinja2.Jinja2"
    with override_settings(TEMPLATES=[{"BACKEND": backend, "OPTIONS": {"environment": environment}}]):
        page = page_of(views(site_models.Story)["render"])
        assert (headlines(page), page.answer.content) == (["story 0"], b"story 0")
        text = engines["jinja2"].from_string("{{ story.title }}")
        stories = iter(site_models.Story.objects.order_by("pk")[:2])

        def view(request):
            given = {"story": next(stories)}
            text.render({"story": next(stories)})  # without a request, as that of an e-mail
            return HttpResponse(text.render(given, request))

        page = page_of(view)
    assert (headlines(page), page.answer.content) == (["story 0"], b"story 0")


def jinja(**options):
    return jinja2.Environment(**{**options, "loader": jinja2.DictLoader({"page.html": "{{ story.title }}"})})


def test_what_is_beyond_what_is_looked_at_is_counted(site_models, page_of):
    describes(site_models.Story)(article)

    def many(request):
        story = site_models.Story.objects.get(pk=1)
        for _ in range(MOST_CONTEXTS + 2):
            render(request, "page.html", {"one": "of many"})
        return render(request, "page.html", {"story": story})

    page = page_of(many)
    assert (page.entities, page.counts) == ([], {"description_unseen": 3})

    def long(request):
        story = site_models.Story.objects.get(pk=1)
        return render(request, "page.html", {"story": story, "all": [0] * MOST_LOOKED_AT})

    page = page_of(long)
    assert (headlines(page), page.counts) == (["story 0"], {"description_unseen": 1})


@pytest.mark.usefixtures("described")
def test_a_wrong_declaration_is_refused_where_it_stands():
    class Model:
        pass

    async def unawaited(_model):
        return None

    with pytest.raises(TrackingError, match="class of the objects"):
        describes("contract.Story")
    with pytest.raises(TrackingError, match="'refused' or 'allowed'"):
        describes(Model, queries=True)
    with pytest.raises(TrackingError, match="nobody awaits"):
        describes(Model)(unawaited)
    describes(Model)(article)
    describes(Model)(article)  # its module was loaded again
    with pytest.raises(TrackingError, match=r"described by .*article already"):
        describes(Model)(headlines)
