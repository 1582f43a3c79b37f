"""OpenTelemetry's WSGI and ASGI middleware with its SDK, exporting spans to nowhere in batches."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware as ASGIMiddleware
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware as WSGIMiddleware
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from ..contestants import Contestant, Setup
from ..sites import ASGIApp, Request, WSGIApp
from .facts import article_data


class Discard(SpanExporter):
    """An exporter that is as fast as one can be."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS


class OpenTelemetry(Contestant):
    """A span per request, with what the middleware itself puts onto it."""

    name = "OpenTelemetry, span alone"
    about = (
        "SDK with a BatchSpanProcessor and an exporter that discards, every request sampled, no metrics; "
        "ASGI: exclude_spans receive and send, excluded_urls for static files (the WSGI middleware has none)"
    )

    def __init__(self, setup: Setup) -> None:
        self._spans = TracerProvider()
        self._spans.add_span_processor(BatchSpanProcessor(Discard()))
        self._meters = NoOpMeterProvider()

    def wrap_wsgi(self, site: WSGIApp) -> WSGIApp:
        return WSGIMiddleware(site, tracer_provider=self._spans, meter_provider=self._meters)

    def wrap_asgi(self, site: ASGIApp) -> ASGIApp:
        return ASGIMiddleware(
            site,
            tracer_provider=self._spans,
            meter_provider=self._meters,
            excluded_urls="/static/",
            exclude_spans=["receive", "send"],
        )

    def flush(self) -> None:
        self._spans.force_flush()

    def close(self) -> None:
        self._spans.shutdown()


class OpenTelemetryWithAttributes(OpenTelemetry):
    """The same with the page's title and the article's fields as attributes of the span."""

    name = "OpenTelemetry, with attributes"
    about = "the same, and the view sets the title and the article's fields as attributes of the span"

    def view(self, request: Request) -> None:
        story = request.story
        attributes = {f"article.{key}": value for key, value in article_data(story).items()}
        trace.get_current_span().set_attributes({"page.title": story.headline, **attributes})
