"""A Django project of the least that the pages need, configured by being imported."""

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="k" * 50,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["tracking_middleware.django"],
    MIDDLEWARE=["tracking_middleware.django.TrackingMiddleware"],
    TRACKING={"collector_url": "log:", "app_id": "news"},
    ALLOWED_HOSTS=["testserver"],
)
django.setup()
