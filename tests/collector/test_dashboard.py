"""The dashboard over a file of journeys: what a run left, read only, and nothing confidential unasked."""

from __future__ import annotations

import asyncio
import csv
import io
import shutil
import subprocess
import sys
import tempfile
import threading

import duckdb
import httpx
import pytest

from tests.truth.answers import ANSWERS, write_answers_world
from tracking_middleware.collector.dashboard import create_dashboard
from tracking_middleware.collector.insights.of_file.file_tables import FileTables
from tracking_middleware.collector.insights.robots import Robots
from tracking_middleware.collector.schemas.iglu import Iglu
from tracking_middleware.collector.schemas.registries import FolderRegistry, Place
from tracking_middleware.journeys.config import Config
from tracking_middleware.journeys.driver import run
from tracking_middleware.journeys.live import LiveError
from tracking_middleware.journeys.reading import questions

from ..conftest import PATIENCE
from .conftest import write
from .test_command import run as command

CONFIG = Config(threads=1, answers=ANSWERS)
AGENTS = "SELECT product, proof, CAST(sum(reads) AS BIGINT) FROM agents GROUP BY ALL"
FIGURES = "SELECT value, views FROM content_performance WHERE dimension = 'article' AND day IS NULL"
EARNED = """
SELECT campaign, currency, CAST(margin AS DOUBLE) FROM campaign_margin
WHERE dimension = 'campaign' AND model = 'last'
"""


def make(folder, *, seed, persons=12):
    write_answers_world(folder / "events.tsv", seed=seed, persons=persons, days=40)
    run([folder / "events.tsv"], to=folder / "journeys.duckdb", config=CONFIG, progress=lambda *_: None)
    return folder / "journeys.duckdb"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return make(tmp_path_factory.mktemp("dashboard"), seed=11)


class Client:
    """Asks an app without a server."""

    def __init__(self, app):
        self._app = app

    def get(self, path):
        return asyncio.run(self._get(path))

    async def _get(self, path):
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path, follow_redirects=True)


def opened(path, **options):
    return Client(create_dashboard(path, **options))


def rows(client, path):
    return list(csv.DictReader(io.StringIO(client.get(path).raise_for_status().text)))


def read(path, query):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_the_file_is_read_when_the_server_starts(file, monkeypatch):
    begun = threading.Event()

    def make(_):
        begun.set()
        raise LiveError("it ends here")

    monkeypatch.setattr(FileTables, "make", make)
    app = create_dashboard(file)
    assert not begun.is_set()
    told = iter(({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}))

    async def start():
        async def receive():
            return next(told)

        async def send(message):
            assert message["type"] in {"lifespan.startup.complete", "lifespan.shutdown.complete"}

        await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)

    asyncio.run(start())
    assert begun.wait(PATIENCE)


def test_the_pages_show_what_the_run_says(file):
    client = opened(file)
    assert client.get("/").url.path == "/articles"
    shown = {row["id"]: int(row["views"]) for row in rows(client, "/articles.csv")}
    assert shown == dict(read(file, FIGURES))
    agents = {(row["product"], row["proof"], int(row["reads"])) for row in rows(client, "/agents.csv")}
    assert agents == set(read(file, AGENTS))
    assert len(agents) == 4
    page = client.get("/campaigns").text
    assert "Europe/Berlin" in page
    assert "journeys.duckdb" in page
    assert 'href="/bad"' not in page


def test_what_agents_took_is_what_the_run_says(file):
    names = ("tracked", "bytes", "bytes_measured", "seconds", "seconds_measured")
    (took,) = read(file, f"SELECT {', '.join(f'sum({name})' for name in names)} FROM agents")
    found = rows(opened(file), "/agents.csv?by=day")
    assert [sum(float(row[name] or 0) for row in found) for name in names] == list(took)
    assert 0 < took[2] < took[4] < took[0]


def test_what_robots_txt_forbids_is_told_where_it_is_named(file, tmp_path):
    assert "With --robots FILE" in opened(file).get("/agents").text
    robots = Robots("User-agent: *\nDisallow: /")
    found = rows(opened(file, robots=robots), "/agents.csv?by=forbidden")
    assert sum(int(row["reads"]) for row in found) == sum(reads for *_, reads in read(file, AGENTS))
    done = command("dashboard", "--journeys", str(file), "--robots", str(tmp_path / "robots.txt"))
    assert done.returncode == 1
    assert "robots.txt cannot be read as a robots.txt: No such file" in done.stderr


def test_money_and_fields_are_shown_to_whom_is_told_so(file):
    found = rows(opened(file, is_confidential=True), "/earned.csv")
    earned = {(row["value"], row["currency"]): pytest.approx(float(row["margin"])) for row in found}
    assert {(name or "(none)", code): margin for name, code, margin in read(file, EARNED)} == earned
    client = opened(file)
    assert {row["margin"] for row in rows(client, "/earned.csv")} == {"***"}
    assert {row["revenue"] for row in rows(client, "/earned.csv")} == {"***"}


def test_schemas_say_what_is_open(file, tmp_path):
    for name in ("order_placed", "order_returned"):
        itself = {"vendor": "com.acme", "name": name, "format": "jsonschema", "version": "1-0-0"}
        margin = {"type": ["string", "number"], "confidential": True}
        schema = {"type": "object", "self": itself, "properties": {"margin": margin}}
        write(tmp_path, schema, name=name)
    client = opened(file, iglu=Iglu([FolderRegistry(Place("ours", 0), tmp_path)]))
    earned = rows(client, "/earned.csv")
    assert {row["margin"] for row in earned} == {"***"}
    assert "***" not in {row["revenue"] for row in earned}


def test_only_reading_it_and_a_run_meanwhile_is_shown_next(tmp_path):
    path = make(tmp_path, seed=12)
    before = path.read_bytes()
    client = opened(path)
    first = rows(client, "/articles.csv")
    assert path.read_bytes() == before
    make(tmp_path, seed=13, persons=15)
    second = rows(client, "/articles.csv")
    assert first != second
    assert {row["id"]: int(row["views"]) for row in second} == dict(read(path, FIGURES))
    with duckdb.connect(str(path)):  # as a run that goes on holds it
        assert rows(client, "/articles.csv") == second


def test_a_file_that_a_run_holds_or_that_is_none_is_said(tmp_path, file):
    path = tmp_path / "journeys.duckdb"
    duckdb.connect(str(path)).close()
    assert "has no answers yet" in opened(path).get("/articles").text
    shutil.copy(file, path)  # one of before there were agents
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE agents")
    assert "journeys run makes them" in opened(path).get("/articles").text
    path.write_bytes(b"no database at all")
    answer = opened(path).get("/campaigns")
    assert (answer.status_code, "cannot be used" in answer.text) == (503, True)
    done = command("dashboard", "--journeys", str(tmp_path / "none.duckdb"))
    assert done.returncode == 1
    assert "none.duckdb is not there: tracking-middleware journeys run makes it" in done.stderr


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_file_is_said_and_a_whole_one_in_its_place_is_shown(tmp_path, file, damage):
    path = tmp_path / "blocks.duckdb"
    whole = file.read_bytes()
    path.write_bytes(whole[: len(whole) // 3] if damage == "cut" else whole[:12_288] + whole[:12_288] * 300)
    client = opened(path)
    for page in ("/articles", "/gaps.csv"):
        answer = client.get(page)
        assert (answer.status_code, "held by another" in answer.text) == (503, False)
        assert "blocks.duckdb" in answer.text
        assert tempfile.gettempdir() + "/journeys-dashboard-" not in answer.text
    done = command("journeys", "run", str(tmp_path), "--to", str(path))
    assert done.returncode == 1
    assert "blocks.duckdb cannot be used: " in done.stderr
    shutil.copy(file, tmp_path / "new")
    (tmp_path / "new").replace(path)
    assert rows(client, "/articles.csv")


def test_the_command_serves_until_it_is_ended(file):
    line = [sys.executable, "-m", "tracking_middleware", "dashboard", "--journeys", str(file), "--port", "0"]
    process = subprocess.Popen([*line, "--token", "s3cret-of-the-team"], stdout=subprocess.PIPE, text=True)
    try:
        told = process.stdout.readline()
        assert told.startswith("dashboard listening on http://127.0.0.1:")
        address = told.split()[-1]
        bare = address.partition("/?")[0]
        assert httpx.get(f"{bare}/articles", timeout=PATIENCE).status_code == 401
        with httpx.Client(follow_redirects=True, timeout=PATIENCE) as client:
            client.get(address, headers={"Accept": "text/html"})
            assert "Headline" in client.get(f"{bare}/articles").text
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0
        process.stdout.close()


def test_what_was_found_is_kept_until_there_is_another_file(tmp_path, monkeypatch):
    path = make(tmp_path, seed=15)
    client, asked = opened(path), []
    articles = questions.articles
    monkeypatch.setattr(
        questions, "articles", lambda *given, **more: asked.append(more) or articles(*given, **more)
    )
    first = rows(client, "/articles.csv")
    views = [int(row["views"]) for row in rows(client, "/articles.csv?sort=views")]
    assert views == sorted(int(row["views"]) for row in first)
    assert "Headline" in client.get("/articles").text
    assert len(asked) == 1
    rows(client, "/articles.csv?by=author")
    assert len(asked) == 2
    make(tmp_path, seed=16)
    assert rows(client, "/articles.csv") != first
    assert len(asked) == 3
