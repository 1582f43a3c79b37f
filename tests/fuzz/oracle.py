"""What must hold whatever is sent; each check raises AssertionError with what it saw."""

from __future__ import annotations

import json
import logging
import re
from contextlib import contextmanager

from tracking_middleware.collector.enrichment.judging import rows_of
from tracking_middleware.collector.payload.hit import Hit
from tracking_middleware.collector.schemas.iglu import Iglu
from tracking_middleware.delivery.conditions.troubles import Troubles
from tracking_middleware.delivery.memory.buffer import Buffer
from tracking_middleware.delivery.writer import Writer
from tracking_middleware.protocol import CONTENT_TYPE, FIELDS, Encoder, encode_post

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_OURS = re.compile(
    # Django puts a cookie's attributes in an order of its own, and a blank in front
    r"set-cookie:  ?_sp_(id|ses|twin)\.[0-9a-f]{4}=[A-Za-z0-9_.*-]*"
    r"(; (Max-Age=[0-9]+|Path=/|SameSite=Lax|Domain=[a-z0-9._-]+|Secure|HttpOnly|expires=[A-Za-z0-9:, ]+))*"
    r"|server-timing: sp_pv;desc=\"[0-9a-f-]{36}\"|cache-control: private"
)


class Log(logging.Handler):
    """Keeps what the package and asyncio log while a case runs."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append((record.levelno, record.getMessage(), record.exc_info))

    def check(self):
        lines, self.lines = self.lines, []
        for level, message, exception in lines:
            assert level < logging.ERROR, f"logged as a failure of ours: {message!r} {exception}"
            assert not _CONTROL.search(message), f"a line of the log with a control character: {message!r}"


@contextmanager
def logged():
    """A Log of ``tracking_middleware`` at INFO, which nobody else hears; the sites say nothing."""
    log, loggers = Log(), [logging.getLogger(name) for name in ("tracking_middleware", "asyncio", "django")]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        if logger.name != "django":
            logger.addHandler(log)
        logger.setLevel(logging.INFO if logger.name != "django" else logging.CRITICAL + 1)
        logger.propagate = False
    try:
        yield log
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.removeHandler(log)
            logger.setLevel(level)
            logger.propagate = propagate


class Delivery:
    """A delivery with the real buffer and writer, which writes when it is told to and sends nothing."""

    def __init__(self):
        self._buffer = Buffer(size=1000, on_full="drop_newest", batch_size=100, batch_bytes=500_000, linger=0)
        self.failures = []
        self._writer = Writer(
            buffer=self._buffer,
            encoder=Encoder(app_id="fuzz", namespace="server", platform="srv"),
            outbox=None,
            troubles=Troubles(),
            arrived=lambda _count: None,
            failure=self.failures.append,
            watch=lambda: None,
        )
        self.record = self._buffer.append

    def drop(self, reason):
        self._buffer.pass_by(dropped=reason)

    def flush(self, timeout):
        return 0

    def close(self, timeout):
        return self._buffer.close()

    def stats(self):
        return self._buffer.stats()

    def health(self):
        return {"status": "healthy", "reasons": []}

    def posts(self):
        """What was recorded, as the bodies of POSTs; then it counts as delivered."""
        self._writer.write()
        bodies = []
        while batch := self._buffer.claim(is_hurried=True):
            bodies.append(encode_post(batch.payloads, sent=1_700_000_001_000))
            self._buffer.deliver(batch)
        return bodies


def check_events(delivery, tracker):
    """Each event is one that our collector calls good, within the protocol's lengths; how many there were."""
    bodies = delivery.posts()
    stats = tracker.stats()
    assert not delivery.failures, f"the writer failed in {delivery.failures}"
    assert "internal" not in stats["errors"], f"failures of ours: {stats['errors']}"
    places = ("buffered", "in_flight", "stored", "delivered", "dead")
    lost = sum(stats["dropped"].values())
    assert stats["recorded"] == sum(stats[place] for place in places) + lost, f"the ledger is wrong: {stats}"
    assert stats["recorded"] == stats["delivered"] + lost, f"something was left: {stats}"
    for body in bodies:
        for event in json.loads(body)["data"]:
            for key, value in event.items():
                longest = FIELDS[key].max_length
                length = len(value.encode("utf-16-le")) // 2
                assert longest is None or length <= longest, f"{key} is {length} long"
        check_good(body)
    return stats["delivered"]


VALIDATION = Iglu(unknown_schemas="good", cache_ttl=None).validation


def check_good(body):
    """Each event of a POST is one that our collector calls good."""
    for row in rows_of(hit_of(body.decode()), VALIDATION):
        assert row.is_good, f"an event that the collector refuses: {row.shape['errors']}"


def hit_of(body, *, query="", content_type=CONTENT_TYPE, **options):
    """A request to the collector."""
    return Hit(
        **{
            "vendor": "com.snowplowanalytics.snowplow",
            "version": "tp2",
            "timestamp": "2026-01-01T00:00:00.000Z",
            "address": "203.0.113.9",
            "useragent": "Fuzz/1.0",
            "referer": None,
            "hostname": "c.example.test",
            "network_userid": "b1f7a3de-93c5-4e9a-9df8-0c7f0e0c0a77",
            **options,
        },
        query=query,
        body=body,
        content_type=content_type,
    )


def check_added(before, after):
    """Headers are those of the app, in their order, and after them none but ours, each of our form."""
    assert len(after) >= len(before), f"headers of the app are missing: {before} {after}"
    for (name, value), changed in zip(before, after, strict=False):
        # Django has one line of Cache-Control, which it adds to
        may_be_mended = _text(name).lower() == "cache-control" and changed == (name, _mended(value))
        assert changed == (name, value) or may_be_mended, f"headers of the app changed: {before} {after}"
    for name, value in after[len(before) :]:
        line = f"{_text(name).lower()}: {_text(value)}"
        assert _OURS.fullmatch(line), f"a header that is none of ours: {line!r}"


def _mended(value):
    return value + (b", private" if isinstance(value, bytes) else ", private")


def _text(value):
    return value.decode("latin-1") if isinstance(value, bytes) else value


def strict_json(text):
    """A value of JSON as its standard has it: no NaN, no infinity."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)
