"""A site of each framework, with the logging that it has by itself, which is asked for two pages.

Run as ``python -m tests.unit.log_sites FRAMEWORK JSON``: the settings, and ``logging`` for what the
application itself configures.
"""

from __future__ import annotations

import asyncio
import json
import logging.config
import sys

DOCUMENT = {"accept": "text/html", "sec-fetch-dest": "document"}


def page():
    from tracking_middleware import current_page

    current_page().attach(object())
    return "<p>"


def django(options):
    from django.conf import settings
    from django.http import HttpResponse
    from django.urls import path

    settings.configure(
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=(path("", lambda request: HttpResponse(page())),),
        SECRET_KEY="k" * 50,
        MIDDLEWARE=["tracking_middleware.django.TrackingMiddleware"],
        TRACKING=options,
    )
    import django as package
    from django.test import Client

    package.setup()
    configure(options)
    Client().get("/", headers=DOCUMENT)
    Client().get("/", headers={"accept": "*/*"})


def flask(options):
    import flask as package

    from tracking_middleware.flask import Tracking

    app = package.Flask("site")
    configure(options)
    app.config["TRACKING"] = options
    Tracking(app)
    app.add_url_rule("/", view_func=page)
    app.logger.info("Flask adds its handler to its own logger")
    app.test_client().get("/", headers=DOCUMENT).get_data()
    app.test_client().get("/", headers={"accept": "*/*"}).get_data()


def fastapi(options):
    import httpx
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse

    from tracking_middleware.starlette import TrackingMiddleware

    configuration = options.pop("logging", None)
    app = FastAPI()
    app.add_middleware(TrackingMiddleware, **options)
    app.get("/")(lambda: HTMLResponse(page()))
    uvicorn.Config(app)  # sets up its logging
    configure({"logging": configuration})

    async def visit():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            await client.get("/", headers=DOCUMENT)
            await client.get("/", headers={"accept": "*/*"})

    asyncio.run(visit())


def configure(options):
    configuration = options.pop("logging", None)
    if configuration:
        logging.config.dictConfig(configuration)


if __name__ == "__main__":
    globals()[sys.argv[1]](json.loads(sys.argv[2]))
