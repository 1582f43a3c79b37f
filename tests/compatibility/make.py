"""Makes what a version leaves behind: tokens, cookies, files and rows, for later versions to read.

It uses public names only, so that it runs with any version: with one that was, from the top of the project,

    git worktree add --detach /tmp/before REVISION
    PYTHONPATH=/tmp/before python tests/compatibility/make.py tests/compatibility/fixtures/VERSION
    git worktree remove /tmp/before

and with this one without the ``PYTHONPATH``; the extras ``[django,collector]`` have to be installed. The
folder must not be there yet: what a version has written is never written again. Beside each thing stands, as
JSON, what the version that made it had put in, or read of it itself.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import httpx

from tracking_middleware import Article, StructuredEvent, Subject, Tracker, current_page, event
from tracking_middleware.wsgi import WSGIMiddleware

MOMENT = 1_750_000_000
"""When all of it happens, in epoch seconds, as far as the package can be told."""
KEYS = {
    "earlier": "the earlier key, long enough to sign with",
    "later": "the later key, long enough to sign with",
}
PERSON = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
LEGACY_PERSON = "0123456789abcdef"
SESSION = "0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55"
CREATED, INDEX = MOMENT - 86_400, 3
SUFFIX = "8809"
"""Of ``example.com`` and the path ``/``."""
PAYLOAD = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
UNSTRUCT = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
WEB_PAGE = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
DOWN = "http://127.0.0.1:9"
"""Nobody listens there."""


def main(folder: Path) -> None:
    """Fill a new folder."""
    folder.mkdir(parents=True)
    for make in (make_tokens, make_twins, make_outbox, make_store, make_django_rows):
        make(folder)


def write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def cookies_of(person: str) -> str:
    last_event = MOMENT - 60
    return f"_sp_id.{SUFFIX}={person}.{CREATED}.{INDEX}.{last_event}..{SESSION}....2; _sp_ses.{SUFFIX}=*"


def visit(application, cookies: str) -> list[tuple[str, str]]:
    """A browser's request for a page; the headers of the answer."""
    environ: dict[str, object] = {"HTTP_ACCEPT": "text/html", "HTTP_COOKIE": cookies}
    setup_testing_defaults(environ)
    environ.update(HTTP_HOST="www.example.com", SERVER_NAME="www.example.com", REMOTE_ADDR="198.51.100.7")
    answered: list[tuple[str, str]] = []

    def answer():
        body = application(environ, lambda status, headers, exc_info=None: answered.extend(headers))
        b"".join(body)
        getattr(body, "close", lambda: None)()

    contextvars.copy_context().run(answer)  # so that nothing afterwards belongs to the request
    return answered


def site(tracker: Tracker, view=lambda page: None) -> WSGIMiddleware:
    """A site with one page."""

    def page(environ, start_response):
        view(current_page())
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<p>Hello</p>"]

    return WSGIMiddleware(page, tracker=tracker)


# --- tokens and twins ---


def make_tokens(folder: Path) -> None:
    """Sealed subjects of every kind, and what the version itself unseals of them."""
    kinds: dict[str, tuple[str, str, dict[str, str]]] = {
        "full": ("later", cookies_of(PERSON), {}),
        "full, by the earlier key": ("earlier", cookies_of(PERSON), {}),
        "full, with a user_id": ("later", cookies_of(PERSON), {"user_id": "Zoë 17"}),
        "user_id alone": ("later", "", {"user_id": "17"}),
        "legacy id": ("later", cookies_of(LEGACY_PERSON), {}),
        "nobody": ("later", "", {}),
        "anonymous": ("later", cookies_of(PERSON), {"user_id": "17", "consent": "anonymous"}),
        "none": ("later", cookies_of(PERSON), {"user_id": "17", "consent": "none"}),
    }
    made = {}
    for kind, (key, cookies, written) in kinds.items():
        tokens: list[str] = []

        def view(page, written=written, tokens=tokens):
            for name, value in written.items():
                setattr(page, name, value)
            tokens.append(page.seal())

        with quiet_tracker(secret_key=[KEYS[key]]) as tracker:
            visit(site(tracker, view), cookies)
            made[kind] = {"token": tokens[0], "subject": as_dict(tracker.unseal(tokens[0]))}
    write(folder / "tokens.json", {"keys": list(KEYS.values()), "tokens": made})


def as_dict(subject: Subject) -> dict[str, object]:
    """What a token says."""
    ids = getattr(subject, "identity", subject)
    return {
        "domain_userid": ids.domain_userid,
        "user_id": subject.user_id,
        "consent": subject.consent,
        "handed_off_sessionid": subject.handed_off.domain_sessionid,
        "sealed": subject.handed_off.sealed,
    }


def make_twins(folder: Path) -> None:
    """The signed copies of ``_sp_id``, and what each holds."""
    kinds = {
        "of a person": ("later", cookies_of(PERSON)),
        "of a person, by the earlier key": ("earlier", cookies_of(PERSON)),
        "of a legacy id": ("later", cookies_of(LEGACY_PERSON)),
        "of somebody new": ("later", ""),
    }
    made = {}
    for kind, (key, cookies) in kinds.items():
        options = {"identity": "issue", "cookie_domain": "example.com", "secret_key": [KEYS[key]]}
        with quiet_tracker(**options) as tracker:
            headers = visit(site(tracker), cookies)
        lines = [value.partition(";")[0] for name, value in headers if name.lower() == "set-cookie"]
        given = dict(line.split("=", 1) for line in lines)
        id_cookie = given.get(f"_sp_id.{SUFFIX}") or cookies.partition("=")[2].partition(";")[0]
        person, created, index, *_ = id_cookie.split(".")
        made[kind] = {
            "cookie": given[f"_sp_twin.{SUFFIX}"],
            "domain_userid": person,
            "created": int(created),
            "domain_sessionidx": int(index),
            "domain_sessionid": id_cookie.split(".")[5],
            "last_seen": MOMENT,
        }
    write(folder / "twins.json", {"keys": list(KEYS.values()), "suffix": SUFFIX, "twins": made})


@contextlib.contextmanager
def quiet_tracker(**options):
    """One whose events go nowhere."""
    tracker = Tracker(
        collector_url=DOWN, app_id="compatibility", shutdown_timeout=0.01, clock=lambda: MOMENT, **options
    )
    try:
        yield tracker
    finally:
        tracker.close(0.01)


# --- what waits to be sent ---


@event("iglu:com.acme/order_placed/jsonschema/1-0-0")
class OrderPlaced:
    order: int
    state: str


@contextlib.contextmanager
def refusing_collector():
    """A collector that takes what is named ``delivered`` and finds fault with what is ``refused``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.send_response(400 if "refused" in text else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


SOMEBODY, NOBODY = Subject(user_id="Zoë 17"), Subject(consent="anonymous")


def make_outbox(folder: Path) -> None:
    """An outbox file from which events were sent, in which some are dead and some wait."""
    path = folder / "outbox.sqlite"
    options = {"app_id": "compatibility", "outbox": path, "linger": 0.01, "timeout": 2, "max_backoff": 0.1}
    with refusing_collector() as url, Tracker(collector_url=url, **options) as tracker:
        for number in range(3):
            tracker.track(StructuredEvent("compatibility", "delivered", label=str(number)))
        tracker.track(OrderPlaced(order=1, state="refused"), subject=SOMEBODY, key=("refused", 1))
        tracker.track(StructuredEvent("compatibility", "refused", label="somebody's"), subject=SOMEBODY)
        tracker.track(StructuredEvent("compatibility", "refused", label="nobody's"), subject=NOBODY)
        assert tracker.flush(20) == 0
    with Tracker(collector_url=DOWN, **options) as tracker:
        tracker.track(
            OrderPlaced(order=2, state="waiting"), subject=SOMEBODY, entities=[Article(id="é")], at=MOMENT
        )
        for number in range(2):
            tracker.track(StructuredEvent("compatibility", "waiting", label=str(number)), subject=SOMEBODY)
        tracker.track(StructuredEvent("compatibility", "waiting", label="nobody's"), subject=NOBODY)
        assert tracker.flush(0.5) > 0
        tracker.close(0.1)
    write(folder / "outbox.json", said_of_outbox(path))


def said_of_outbox(path: Path) -> dict[str, object]:
    """What the version's own commands say, and the rows as they lie in the file."""

    def command(name):
        arguments = [sys.executable, "-m", "tracking_middleware", "outbox", name, str(path)]
        return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout

    ledger = {name: int(count) for name, count in map(str.split, command("status").splitlines())}
    with contextlib.closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT coalesce(max(until), 0) FROM leases").fetchone() == (0,), "still leased"
        select = "SELECT number, is_anonymous, payload FROM events ORDER BY number"
        waiting = [(number, bool(kind), payload.decode()) for number, kind, payload in file.execute(select)]
        select = "SELECT number, is_anonymous, payload, reason FROM dead_letters ORDER BY number"
        dead = [
            (number, bool(kind), payload.decode(), why) for number, kind, payload, why in file.execute(select)
        ]
    return {"ledger": ledger, "waiting": waiting, "dead": dead}


# --- what the collector keeps ---


def make_store(folder: Path) -> None:
    """A file of ``collector --store`` with good and bad rows, and what Micro's API shows of it."""
    path = folder / "store.sqlite"
    arguments = [
        sys.executable,
        "-m",
        "tracking_middleware",
        "collector",
        "--port",
        "0",
        "--store",
        str(path),
    ]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    collector = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        with httpx.Client(base_url=collector.stdout.readline().split()[-1], trust_env=False) as client:
            for events in (good_events(), *([event] for event in bad_events())):
                body = {"schema": PAYLOAD, "data": events}
                client.post("/com.snowplowanalytics.snowplow/tp2", json=body).raise_for_status()
            client.get(
                "/i",
                params={"e": "pv", "p": "web", "tv": "js-4.6.9", "aid": "news", "url": "https://a.example/"},
            )
            said = {
                name: client.get(f"/micro/{name}").raise_for_status().json()
                for name in ("all", "good", "bad")
            }
    finally:
        collector.terminate()
        assert collector.wait(20) == 0
        collector.stdout.close()
    write(folder / "store.json", said)


def good_events() -> list[dict[str, str]]:
    """One of each kind that trackers send."""
    page = {"schema": WEB_PAGE, "data": {"id": "11111111-1111-4111-8111-111111111111"}}
    article = {
        "schema": "iglu:org.tracking_middleware/article/jsonschema/1-0-0",
        "data": {"id": "é", "tags": ["a"]},
    }
    link = {
        "schema": "iglu:com.snowplowanalytics.snowplow/link_click/jsonschema/1-0-1",
        "data": {"targetUrl": "https://b.example/"},
    }
    view = {
        "e": "pv",
        "url": "https://www.example.com/articles/one?utm_source=letter&utm_medium=email",
        "page": "Eins & zwei",
        "refr": "https://search.example/?q=rivers",
        "co": described(CONTEXTS, [page, article]),
    }
    return [
        common(1, p="srv", tv="py-tracking-middleware-0.1.0", **view),
        common(2, p="web", **view),
        common(3, p="web", pp_mix="0", pp_max="10", **(view | {"e": "pp"})),
        common(4, p="srv", e="se", se_ca="shop", se_ac="paid", se_la="card", se_va="59.9", uid="Zoë 17"),
        common(5, p="web", e="ue", ue_pr=described(UNSTRUCT, link)),
    ]


def bad_events() -> list[dict[str, str]]:
    """A schema that nobody knows, an entity that is not as its schema says, and no event at all."""
    unknown = {"schema": "iglu:com.acme/unknown/jsonschema/1-0-0", "data": {"order": 1}}
    wrong = {"schema": WEB_PAGE, "data": {"id": "no UUID"}}
    return [
        common(6, p="srv", e="ue", ue_pr=described(UNSTRUCT, unknown)),
        common(7, p="srv", e="pv", url="https://www.example.com/", co=described(CONTEXTS, [wrong])),
        {"e": "pv", "p": "web", "aid": "compatibility"},
    ]


def described(schema: str, data: object) -> str:
    return json.dumps({"schema": schema, "data": data})


def common(number: int, **parameters: str) -> dict[str, str]:
    """The parameters that every event has."""
    return {
        "eid": f"00000000-0000-4000-8000-{number:012}",
        "tv": "js-4.6.9",
        "aid": "compatibility",
        "dtm": str(MOMENT * 1000 + number),
        "stm": str(MOMENT * 1000 + 2000),
        "duid": PERSON,
        "sid": SESSION,
        "vid": str(INDEX),
        "ua": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
        "ip": "198.51.100.7",
    } | parameters


# --- rows in Django's database ---


def make_django_rows(folder: Path) -> None:
    """A database with the outbox's table in it, as SQL: events that wait, and dead ones."""
    with tempfile.TemporaryDirectory() as place, refusing_collector() as url:
        database = Path(place) / "site"
        in_django(database, url, "refused")
        in_django(database, DOWN, "waiting")
        with contextlib.closing(sqlite3.connect(database)) as file:
            (folder / "django.sql").write_text("\n".join(file.iterdump()) + "\n")
            select = "SELECT number, is_anonymous, payload, reason FROM tracking_middleware_outboxevent"
            rows = [
                (number, bool(kind), payload.decode(), why)
                for number, kind, payload, why in file.execute(select)
            ]
    write(folder / "django.json", {"rows": rows})


def in_django(database: Path, url: str, action: str) -> None:
    """Track in transactions, in a process of its own that ends before all is sent, if it can be."""
    arguments = [sys.executable, __file__, "--in-django", str(database), url, action]
    subprocess.run(arguments, check=True)


def track_in_django(database: str, url: str, action: str) -> None:
    """The process of ``in_django``."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        SECRET_KEY="compatibility" * 3,
        INSTALLED_APPS=["tracking_middleware.django"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        TRACKING={
            "collector_url": url,
            "app_id": "compatibility",
            "database_outbox": True,
            "linger": 0.01,
            "max_backoff": 0.1,
        },
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from django.db import transaction

    from tracking_middleware.django import get_tracker

    tracker = get_tracker()
    with transaction.atomic():
        for label, subject in (("somebody's", SOMEBODY), ("nobody's", NOBODY)):
            tracker.track(StructuredEvent("compatibility", action, label=label), subject=subject)
        tracker.track(OrderPlaced(order=3, state=action), subject=SOMEBODY, key=(action, 3))
    is_refused = action == "refused"
    assert (tracker.flush(20 if is_refused else 0.5) == 0) == is_refused
    tracker.close(0.1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--in-django"]:
        track_in_django(*sys.argv[2:])
    else:
        main(Path(sys.argv[1]))
