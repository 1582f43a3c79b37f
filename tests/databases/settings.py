"""A shop in Django whose database and tracking settings the test gives, as JSON in the environment."""

import json
import os

SECRET_KEY = "shop" * 8
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.databases.shop"
LOGGING_CONFIG = None

INSTALLED_APPS = ["tests.databases", *json.loads(os.environ["SHOP_APPS"])]
MIDDLEWARE = ["tracking_middleware.django.TrackingMiddleware"]
DATABASES = json.loads(os.environ["SHOP_DATABASES"])
TRACKING = json.loads(os.environ["SHOP_TRACKING"])
