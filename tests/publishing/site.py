"""A site in a process of its own: ``python -m tests.publishing.site cms`` prints what one request brought."""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import include, path

PARTS = ("contenttypes", "auth", "sessions", "messages", "sites", "staticfiles")
CONTRIB = [f"django.contrib.{name}" for name in PARTS]
APPS = {
    "wagtail": [
        *(f"wagtail.{name}" for name in ("documents", "images", "users", "admin", "search", "contrib.forms")),
        *("wagtail", "taggit", "modelcluster", "treebeard", "tracking_middleware.django.wagtail"),
    ],
    "cms": ["django.contrib.admin", "cms", "menus", "treebeard", "sekizai", "tracking_middleware.django.cms"],
}
MIDDLEWARE = [
    "tracking_middleware.django.TrackingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
OF_CMS = ["cms.middleware.user.CurrentUserMiddleware", "cms.middleware.page.CurrentPageMiddleware"]
OF_TEMPLATES = ["cms.context_processors.cms_settings"]
PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
TEMPLATES = {
    "page.html": "<title>of the HTML</title>{{ current_page.pk }}",
    "wagtailcore/page.html": "<title>of the HTML</title>{{ page.title }}",
}
events = []
urlpatterns = []


def configure(system):
    settings.configure(
        ROOT_URLCONF=__name__,
        SECRET_KEY="publishing" * 5,
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=[*CONTRIB, *APPS[system]],
        MIDDLEWARE=[*MIDDLEWARE, *(OF_CMS if system == "cms" else [])],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "context_processors": [*PROCESSORS, *(OF_TEMPLATES if system == "cms" else [])],
                    "loaders": [("django.template.loaders.locmem.Loader", TEMPLATES)],
                },
            }
        ],
        STATIC_URL="/static/",
        SITE_ID=1,
        LANGUAGE_CODE="en",
        LANGUAGES=[("en", "English")],
        CMS_TEMPLATES=[("page.html", "Page")],
        CMS_CONFIRM_VERSION4=True,
        WAGTAIL_SITE_NAME="site",
        WAGTAILADMIN_BASE_URL="http://site.example",
        TRACKING={
            "collector_url": "log:",
            "app_id": "publishing",
            "before_send": lambda event: events.append(event),
        },
    )
    django.setup()
    call_command("migrate", verbosity=0)


def wagtail_page():
    from wagtail import urls
    from wagtail.models import Page, Site

    urlpatterns.append(path("", include(urls)))
    page = Page(title="Rivers rise", slug="rivers")
    Site.objects.get(is_default_site=True).root_page.add_child(instance=page)
    page.save_revision().publish()
    return page.pk, "/rivers/"


def cms_page():
    from cms import api

    urlpatterns.append(path("", include("cms.urls")))
    page = api.create_page("Rivers rise", "page.html", "en", slug="rivers", meta_description="of rivers")
    return page.pk, page.get_absolute_url("en")


def main(system):
    configure(system)
    key, url = {"wagtail": wagtail_page, "cms": cms_page}[system]()
    answer = Client(headers={"accept": "text/html", "sec-fetch-dest": "document"}).get(url)
    from tracking_middleware.django import get_tracker

    tracker = get_tracker()
    tracker.flush(10)
    entities = [json.loads(entity) for event in events for entity in event.entities]
    counts = tracker.stats()["errors"]
    told = {"status": answer.status_code, "id": str(key), "entities": entities, "counts": counts}
    print(json.dumps({**told, "events": len(events)}))


if __name__ == "__main__":
    main(sys.argv[1])
