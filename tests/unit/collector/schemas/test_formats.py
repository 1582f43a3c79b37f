"""Formats: no text, of whatever length, keeps the one who asks."""

from __future__ import annotations

import time

import pytest

from tracking_middleware.collector.schemas.dialect.emails import is_email
from tracking_middleware.collector.schemas.dialect.formats import FORMATS

LONG = 100_000
TEXTS = ["a", "1", ":", "a:", "a.", "a@", " ", "\\", '"', "-", "::1", "http://a", "P1", "rgb(", "+44 "]


@pytest.mark.parametrize("name", FORMATS)
def test_a_long_text_costs_little(name):
    begun = time.process_time()
    for text in TEXTS:
        for end in ("", "!", ";x", "\n"):
            FORMATS[name](text * LONG + end)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("domain", ["com", "museum", "xn--p1ai", "arpa", "UK"])
def test_a_top_level_domain_that_there_is(domain):
    assert is_email(f"ann@example.{domain}")


@pytest.mark.parametrize("domain", ["test", "local", "internal", "invalid", "example", "c", "com-"])
def test_a_top_level_domain_that_there_is_not(domain):
    assert not is_email(f"ann@example.{domain}")
