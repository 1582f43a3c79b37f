"""The newsroom under ASGI: ``uvicorn newsroom.asgi:application``."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
application = get_asgi_application()

from tracking_middleware.django import lifespan  # noqa: E402  (Django first)

application = lifespan(application)
