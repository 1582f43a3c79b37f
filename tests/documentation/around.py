"""What a page's Python stands in, and what must have come of it; pages that need neither are not named."""

from __future__ import annotations

BEFORE = {
    "docs/agents-proof.md": """
import os, tempfile
print = str  # what is printed is this run's own answer
back = os.getcwd()
os.chdir(tempfile.mkdtemp())
""",
    "docs/audience.md": """
from fastapi import FastAPI
from tracking_middleware.starlette import TrackingMiddleware
app = FastAPI()
""",
    "docs/describing.md": """
import sys, types
from fastapi import FastAPI
app = FastAPI()
news = types.ModuleType("news")
news.models = types.ModuleType("news.models")
class Article: pk, title, tag_list, published = 7, "Rivers rise", ["x"], None
Article.__module__ = "news.models"
news.models.Article = Article
sys.modules |= {"news": news, "news.models": news.models}
""",
    "docs/how-to/add-it.md": """
import tests.documentation.django_settings
def wsgi_app(environ, start_response): return []
async def asgi_app(scope, receive, send): return None
""",
    "docs/how-to/events.md": """
from types import SimpleNamespace
from decimal import Decimal
from tracking_middleware import entity
order = SimpleNamespace(id="4711", total=Decimal("59.90"), margin=Decimal("12.10"))
@entity("iglu:com.acme/basket/jsonschema/1-0-0")
class Basket:
    total: Decimal
    margin: Decimal
""",
    "docs/how-to/from-snowplow-tracker.md": """
import snowplow_tracker
sent = []
snowplow_tracker.Emitter.input = lambda emitter, payload: sent.append(dict(payload))
""",
    "docs/how-to/jobs.md": """
import os
os.environ |= {"TRACKING_COLLECTOR_URL": "log:", "TRACKING_APP_ID": "shop"}
from tracking_middleware import StructuredEvent, Subject, Tracker, track
tracker = Tracker(collector_url="log:", app_id="shop", secret_key="k" * 40)
token = tracker.seal(Subject(user_id="123"))
done = []
job, order = done.append, "4711"
""",
    "docs/how-to/kubernetes.md": """
import os, pathlib, tempfile, yaml
shown = pathlib.Path("docs/how-to/kubernetes.md").read_text().partition("```yaml\\n")[2].partition("```")[0]
(container,) = yaml.safe_load(shown)["spec"]["template"]["spec"]["containers"]
given = {each["name"]: each.get("value", "k" * 40) for each in container["env"]}
os.environ |= {**given, "TRACKING_OUTBOX": tempfile.gettempdir() + "/tracking.sqlite3"}
""",
    "docs/how-to/monitoring.md": """
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from tracking_middleware import StructuredEvent, Tracker
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
tracker = Tracker(collector_url="log:", app_id="shop")
tracker.track(StructuredEvent("shop", "paid"))
""",
    "docs/how-to/stitching.md": """
from datetime import datetime, UTC
from types import SimpleNamespace
from tracking_middleware import Tracker, event, track
tracker = Tracker(collector_url="log:", app_id="shop", secret_key="k" * 40)
row = SimpleNamespace(
    domain_userid="6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11", session="0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55",
    returned_at=datetime(2026, 3, 14, tzinfo=UTC))
order, return_id = SimpleNamespace(id="4711"), 5
@event("iglu:com.acme/order_returned/jsonschema/1-0-0")
class OrderReturned:
    order: str
    sku: str
from tracking_middleware import Subject
block = tracker.subject(Subject(user_id="1"))
block.__enter__()
""",
    "docs/how-to/tests.md": """
import sys
from tests.documentation import shop
sys.modules["shop"] = shop
""",
    "docs/how-to/urls.md": """
import sys, types
news = types.ModuleType("news")
news.tracking = types.ModuleType("news.tracking")
news.tracking.rewrite_url = str
sys.modules |= {"news": news, "news.tracking": news.tracking}
""",
    "docs/how-to/transactions.md": """
import tests.documentation.django_settings
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
session = Session(create_engine("sqlite://"))
""",
}

AFTER = {
    "docs/agents-proof.md": """
from tracking_middleware.agents import Agent
from tracking_middleware.agents.proof.proving import Proving
from tracking_middleware.agents.proof.signatures import SignedRequest
from tracking_middleware.settings.agents.sources import directory_sources
headers = [(name.lower(), value) for name, value in Request.headers.items()]
request = SignedRequest(Request.method, Request.url, headers, now.timestamp())
agent = Agent("ai_training", "Anthropic", "ClaudeBot", "declared")
found = Proving(directories=directory_sources(["OpenAI/GPTBot=keys.json"])).prove(agent, request=request)
os.chdir(back)
assert (found.operator, found.product, found.proof) == ("OpenAI", "GPTBot", "signed"), found
""",
    "README.md": "assert MIDDLEWARE[0] == 'tracking_middleware.django.TrackingMiddleware'",
    "docs/how-to/add-it.md": """
assert health() == {"status": "healthy", "reasons": []}
assert type(application).__name__ == "WSGIMiddleware" and type(app).__name__ == "ASGIMiddleware"
""",
    "docs/how-to/confidential.md": """
assert repr(Order("RS-1", Decimal("9.50"))) == "Order(sku='RS-1', margin=***)"
""",
    "docs/how-to/entities.md": "assert Basket(Decimal(1), Decimal(2)).margin == 2",
    "docs/how-to/events.md": """
with Tracker(collector_url="log:", app_id="shop") as tracker, tracker.subject(Subject(user_id="1")):
    checkout(None)
assert tracker.stats()["recorded"] == 2
assert {*tracker.stats()["errors"]} <= {"outside_request"}
""",
    "docs/how-to/filters.md": """
from tracking_middleware import StructuredEvent, Subject
kept = before_send(StructuredEvent("shop", "paid", subject=Subject(user_id="1")))
assert kept.category == "shop" and not kept.subject.user_id
""",
    "docs/how-to/from-snowplow-tracker.md": """
from tracking_middleware import Subject, Tracker
with Tracker(collector_url="log:", app_id="shop") as tracker, tracker.subject(Subject(user_id="123")):
    checkout(None)
assert tracker.stats()["recorded"] == 1
(event,) = sent
assert (event["se_ca"], event["se_ac"], event["se_la"], event["uid"]) == ("checkout", "paid", "card", "123")
assert (event["aid"], event["tna"], event["p"], float(event["se_va"])) == ("shop", "server", "pc", 59.9)
""",
    "docs/how-to/jobs.md": """
pool.shutdown()
assert done == ["4711", "4711"]
assert tracker.stats()["recorded"] == 1
""",
    "docs/how-to/kubernetes.md": """
for name in given:
    del os.environ[name]
""",
    "docs/how-to/logging.md": """
import logging.config
logging.config.dictConfig(LOGGING)
""",
    "docs/how-to/monitoring.md": """
from prometheus_client import generate_latest
told = generate_latest().decode()
for line in ("tracking_recorded_total 1.0", 'tracking_dropped_total{reason="held_by_tests"} 1.0',
             'tracking_waiting{where="memory"} 0.0', "tracking_healthy 1.0"):
    assert line in told, told
(resource,) = reader.get_metrics_data().resource_metrics
seen = {metric.name: metric.data.data_points for scope in resource.scope_metrics for metric in scope.metrics}
assert seen["tracking.recorded"][0].value == 1 and seen["tracking.healthy"][0].value == 1
assert [point.attributes["name"] for point in seen["tracking.dropped"]] == ["held_by_tests"]
assert tracking_is_healthy()
""",
    "docs/how-to/stitching.md": """
block.__exit__(None, None, None)
order.tracking_token = tracker.seal(Subject(user_id="123"))
take_back(order, "RS-1")
assert tracker.stats()["recorded"] == 2
assert {*tracker.stats()["errors"]} <= {"outside_request"}
""",
    "docs/how-to/transactions.md": "assert not session.in_transaction()",
}
