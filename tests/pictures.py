"""Pictures of the collector's pages in light and dark, for the README and the docs.

Run: ``python -m tests.pictures [NAME…]``. It needs the system's Chromium and writes ``docs/pictures``. They
show a week of a small magazine with a shop, and on top of it a run of the demo (``example_apps.demo``), whose
sites are real.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tracking_middleware.collector.enrichment.judging import rows_of
from tracking_middleware.collector.payload.hit import Hit
from tracking_middleware.collector.payload.times import iso
from tracking_middleware.collector.schemas.iglu import Iglu
from tracking_middleware.collector.store.store import Store

from .collector.story import BROWSERS, DAY, GOOGLEBOT, HOUR, MINUTE, Story, described, reader

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "pictures"
SCHEMES = ("light", "dark")
SIZE = {"width": 1280, "height": 800}
PAGES = {
    "live": "/?span=7d",
    "event": "/?q=order_returned",
    "journeys": "/journeys",
    "articles": "/articles",
    "agents": "/agents",
    "campaigns": "/campaigns",
    "gaps": "/gaps",
    "bad": "/bad",
}
"""What there is a picture of: name and path. Of ``event`` the newest in the list is opened."""

_SCHEMAS = ROOT / "example_apps" / "schemas"
_PAYLOAD = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
_CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
_ARTICLE = "iglu:org.tracking_middleware/article/jsonschema/1-0-0"
_NETWORK_USERID = "9d0f4f4e-2f6a-4b7e-8f55-0a1b2c3d4e5f"
_VISITORS = 120
_ARTICLES = (
    ("night-trains-return", "Night trains return to the northern line", "transport", "Ada Byron"),
    ("a-library-without-doors", "A library without doors", "culture", "Max Weber"),
    ("what-the-tide-left", "What the tide left", "science", "Ada Byron"),
    ("the-last-lighthouse", "The last lighthouse keeper", "culture", "Rosa Lund"),
    ("bread-at-five", "Bread at five in the morning", "food", "Ken Ito"),
    ("a-bridge-of-rope", "A bridge of rope, rebuilt every summer", "transport", "Rosa Lund"),
    ("how-bees-count", "How bees count to four", "science", "Max Weber"),
    ("salt-and-time", "Salt and time", "food", "Ken Ito"),
)
_AGENTS = (
    GOOGLEBOT,
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
)
_ENTRIES = (
    *(("", "https://www.google.com/"),) * 4,
    *(("?utm_source=newsletter&utm_medium=email&utm_campaign=weekly", ""),) * 3,
    *(("?utm_source=mastodon&utm_medium=social&utm_campaign=autumn", "https://mastodon.social/"),) * 2,
    *(("", ""),) * 3,
)
"""The query string and the referrer of a visit's first view."""


def pictures() -> list[Path]:
    """All files that a run writes."""
    return [FOLDER / f"{name}-{scheme}.png" for name in PAGES for scheme in SCHEMES]


def week(now: float) -> list[dict[str, str]]:
    """The events of a week up to ``now`` (epoch seconds), the oldest first."""
    story = Story(now)
    for number in range(_VISITORS):
        _visit(story, number)
    for number in range(9 * len(_AGENTS)):
        name, title, *_ = story.random.choice(_ARTICLES)
        agent = {"duid": None, "ua": _AGENTS[number % len(_AGENTS)]}
        at = now - story.random.uniform(0, 7 * DAY)
        story.view(at, f"/articles/{name}", title, sides=("srv",), **agent)
    reader(story)
    for value in ("first", "2nd", "x"):
        story.add(now - HOUR, e="pv", p="web", vid=value, url="https://magazine.example/")
    story.add(now - 2 * HOUR, e="pv", p="fridge", url="https://magazine.example/")
    return sorted(story.events, key=lambda event: int(event["dtm"]))


def _visit(story: Story, number: int) -> None:
    """Somebody reads a few articles; one in five blocks the tracker, one in twelve orders something."""
    chance = story.random
    at = story.now - chance.randrange(7) * DAY - chance.triangular(0.2, 12, 4) * HOUR
    who = {**story.visitor(chance.choice([*BROWSERS])), **story.session(1)}
    sides = ("srv",) if chance.random() < 0.2 else ("srv", "web")
    query, referrer = chance.choice(_ENTRIES)
    for name, title, subject, author in chance.sample(_ARTICLES, chance.randint(1, 4)):
        data = {"id": name, "subject": subject, "author": author, "length": 900 + 40 * len(title)}
        entities = [{"schema": _ARTICLE, "data": data}]
        entry = {"refr": referrer} if referrer else {}
        path = f"/articles/{name}{query}"
        page = story.view(at, path, title, entities=entities, sides=sides, **who, **entry)
        pings = chance.randint(0, 8) if "web" in sides else 0
        for ping in range(2, pings + 2):
            depth = {"ds": "1200x3200", "vp": "1200x800", "pp_miy": "0", "pp_may": f"{ping * 260}"}
            url = f"https://magazine.example{path}"
            given = {"e": "pp", "p": "web", "url": url, "page": title, "co": described(_CONTEXTS, [page])}
            story.add(at + ping * 10, **given, **depth, **who)
        at += 20 + 10 * pings + chance.uniform(0, 4 * MINUTE)
        query, referrer = "", f"https://magazine.example/articles/{name}"
    if number % 12 == 0:
        order = {"order_id": f"{4000 + number}", "total": 20.5 + number}
        story.happen(at, "order_placed", order, **who, uid=f"reader-{number}")


def fill(path: Path, now: float) -> None:
    """Make the store of that week, each event received when it happened."""
    validation = Iglu(unknown_schemas="good").validation
    store = Store(path)
    try:
        for event in week(now):
            sent = {**event, "stm": event["dtm"]}
            received = datetime.fromtimestamp(int(event["dtm"]) / 1000 + 0.3, UTC)
            store.add(rows_of(_hit(sent, iso(received)), validation))
    finally:
        store.close()


def _hit(event: dict[str, str], received: str) -> Hit:
    return Hit(
        vendor="com.snowplowanalytics.snowplow",
        version="tp2",
        query="",
        body=described(_PAYLOAD, [event]),
        content_type="application/json",
        timestamp=received,
        address="198.51.100.7",
        useragent=event["ua"],
        referer=None,
        hostname="collector.example",
        network_userid=_NETWORK_USERID,
    )


def taken(url: str, names: list[str]) -> Iterator[Path]:
    """Take the pictures of a collector's pages; each as it is written."""
    from playwright.sync_api import sync_playwright  # not everywhere where the list of pages is asked for

    from .browser.conftest import CHROMIUM, FLAGS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for scheme in SCHEMES:
            context = browser.new_context(viewport=SIZE, color_scheme=scheme)
            page = context.new_page()
            for name in names:
                answer = page.goto(url + PAGES[name], wait_until="load")
                if answer is None or not answer.ok:
                    raise RuntimeError(f"{PAGES[name]} is no page of the collector")
                if name == "event":
                    page.locator("#rows .event a").first.click()
                    page.locator("#panel h2").wait_for()
                path = FOLDER / f"{name}-{scheme}.png"
                page.screenshot(path=path, animations="disabled")
                yield path
            context.close()
        browser.close()


def main() -> int:
    """Take all pictures, or those that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PAGES)}; all without")
    names = parser.parse_args().names or [*PAGES]
    if unknown := set(names) - set(PAGES):
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(PAGES)}")

    from .conftest import Collector

    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "events.sqlite3"
        fill(store, time.time() - 5 * MINUTE)
        collector = Collector("--store", str(store), "--schemas", str(_SCHEMAS))
        try:
            demo = [sys.executable, "-m", "example_apps.demo", "--once", "--collector", collector.url]
            subprocess.run(demo, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=120)
            for path in taken(collector.url, names):
                print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")
        finally:
            collector.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
