"""An API of Django REST Framework: ``python -m tests.publishing.rest`` prints what its views brought."""

from __future__ import annotations

import json

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import path

from tracking_middleware import Article2, describes

events = []
urlpatterns = []
TEMPLATES = {"group.html": "<title>group</title>{{ name }}{{ group.name }}"}


def configure():
    settings.configure(
        ROOT_URLCONF=__name__,
        SECRET_KEY="publishing" * 5,
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
        MIDDLEWARE=["tracking_middleware.django.TrackingMiddleware"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", TEMPLATES)]},
            }
        ],
        REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
        TRACKING={
            "collector_url": "log:",
            "app_id": "publishing",
            "before_send": lambda event: events.append(event),
        },
    )
    django.setup()
    call_command("migrate", verbosity=0)


def views():
    """By path: one by its serializer, several, several on a page, and the object itself."""
    from django.contrib.auth.models import Group
    from rest_framework import generics, pagination, renderers, response, serializers

    class Named(serializers.ModelSerializer):
        class Meta:
            model, fields = Group, ["name"]

    class Pages(pagination.PageNumberPagination):
        page_size = 1

    shown = {"template_name": "group.html", "renderer_classes": [renderers.TemplateHTMLRenderer]}
    of_groups = {"queryset": Group.objects.order_by("pk"), "serializer_class": Named}

    class Html(renderers.BaseRenderer):
        media_type, format = "text/html", "html"

        def render(self, data, accepted_media_type=None, renderer_context=None):
            return json.dumps(data)

    plain = {"renderer_classes": [Html]}

    paged = {**of_groups, **plain, "pagination_class": Pages}

    class Given(generics.GenericAPIView):
        def get(self, request):
            return response.Response({"group": Group.objects.get(name="second")})

    return {
        "one": type("One", (generics.RetrieveAPIView,), {**of_groups, **shown}).as_view(),
        "several": type("Several", (generics.ListAPIView,), {**of_groups, **plain}).as_view(),
        "paged": type("Paged", (generics.ListAPIView,), paged).as_view(),
        "given": type("Shown", (Given,), {**of_groups, **shown}).as_view(),
    }


def main():
    configure()
    from django.contrib.auth.models import Group

    from tracking_middleware.django import get_tracker

    describes(Group)(lambda group: Article2(id=group.name))
    for name in ("first", "second"):
        Group.objects.create(name=name)
    made, told = views(), {}
    urlpatterns.append(path("one/<int:pk>", made.pop("one")))
    urlpatterns.extend(path(f"{name}/", view) for name, view in made.items())
    for url in ("one/1", *(f"{name}/" for name in made)):
        events.clear()
        answer = Client(headers={"accept": "text/html", "sec-fetch-dest": "document"}).get(f"/{url}")
        get_tracker().flush(10)
        ids = [json.loads(entity)["data"]["id"] for event in events for entity in event.entities]
        told[url] = [answer.status_code, ids]
    print(json.dumps(told))


if __name__ == "__main__":
    main()
