"""A small newsroom: Django with its middleware, one app, SQLite, and tracking."""

import os
from pathlib import Path

from tracking_middleware.privacy import consent_cookie

BASE_DIR = Path(__file__).resolve().parent.parent

# this example runs on your own machine only; a real site keeps its key out of its code
SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-this-example-and-nothing-else")
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", ".example.test"]

INSTALLED_APPS = ["tracking_middleware.django", "articles"]
MIDDLEWARE = [
    "tracking_middleware.django.TrackingMiddleware",  # first, so that it sees what the visitor gets
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]

COLLECTOR_URL = os.environ.get("COLLECTOR_URL", "http://127.0.0.1:9090")
TRACKING = {
    "collector_url": COLLECTOR_URL,
    "app_id": "newsroom",
    "identity": "issue",  # where the visitor's consent is full
    "consent": consent_cookie("consent", missing="anonymous"),
    "enabled": os.environ.get("TRACKING_ENABLED", "true"),
}
SNOWPLOW_JS_URL = os.environ.get(
    "SNOWPLOW_JS_URL",
    "https://cdn.jsdelivr.net/npm/@snowplow/browser-tracker@4.10.1/dist/index.umd.min.js",
)

ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["articles.context.browser_tracker"]},
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("NEWSROOM_DATABASE", BASE_DIR / "newsroom.sqlite3"),
    }
}
STATIC_URL = "static/"
SHARED_FILES = BASE_DIR.parent / "shared"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
