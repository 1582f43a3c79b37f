"""A small magazine: FastAPI, async, with a page that is streamed while it is written."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from tracking_middleware import Article, current_page
from tracking_middleware.privacy import consent_cookie
from tracking_middleware.starlette import TrackingMiddleware

HERE = Path(__file__).resolve().parent
COLLECTOR_URL = os.environ.get("COLLECTOR_URL", "http://127.0.0.1:9090")
SNOWPLOW_JS_URL = os.environ.get(
    "SNOWPLOW_JS_URL",
    "https://cdn.jsdelivr.net/npm/@snowplow/browser-tracker@4.10.1/dist/index.umd.min.js",
)

ESSAYS = {
    "on-slowness": ("On slowness", "Mina Loy", ["time", "attention"]),
    "the-last-kiosk": ("The last kiosk", "Paul Auteuil", ["city", "press"]),
}
CHAPTERS = ["It begins with a map.", "The map is wrong.", "So the town is changed."]

app = FastAPI()
app.add_middleware(
    TrackingMiddleware,
    collector_url=COLLECTOR_URL,
    app_id="magazine",
    identity="issue",  # where the visitor's consent is full
    consent=consent_cookie("consent", missing="anonymous"),
    # this example runs on your own machine only; a real site keeps its key out of its code
    secret_key=os.environ.get("SECRET_KEY", "only-for-this-example-and-nothing-else"),
    enabled=os.environ.get("TRACKING_ENABLED", "true"),
)

app.mount("/static", StaticFiles(directory=HERE.parent / "shared"))
templates = Jinja2Templates(HERE / "templates")
templates.env.globals.update(collector_url=COLLECTOR_URL, snowplow_js_url=SNOWPLOW_JS_URL)


@app.get("/", response_class=HTMLResponse)
async def cover(request: Request):
    current_page().title = "The Magazine"
    return templates.TemplateResponse(request, "cover.html", {"essays": ESSAYS})


@app.get("/essays/{slug}", response_class=HTMLResponse)
async def essay(request: Request, slug: str):
    if slug not in ESSAYS:
        raise HTTPException(404)
    title, author, tags = ESSAYS[slug]
    page = current_page()
    page.title = title
    page.attach(Article(id=slug, subject="essay", tags=tags, author=author))
    return templates.TemplateResponse(request, "essay.html", {"title": title, "author": author})


@app.get("/long-read")
async def long_read():
    return StreamingResponse(written_while_sent(), media_type="text/html")


async def written_while_sent() -> AsyncIterator[str]:
    """The page in pieces; the page view is complete when the last one was sent."""
    page = current_page()
    page.title = "A map of the town"
    head, _, foot = templates.get_template("long_read.html").render().partition("<!-- chapters -->")
    yield head
    for chapter in CHAPTERS:
        yield f"<p>{chapter}</p>"
    words = sum(len(chapter.split()) for chapter in CHAPTERS)
    page.attach(Article(id="a-map-of-the-town", subject="long read", author="Mina Loy", length=words))
    yield foot
