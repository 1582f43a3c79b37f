"""The list of sites that visitors come from."""

from __future__ import annotations

import re
import time
import tomllib
from collections import Counter

import pytest

from tracking_middleware.collector.enrichment.columns import DERIVED_LENGTHS
from tracking_middleware.collector.referrers.listed import FILE, find_source, listed

WRITTEN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.([a-z0-9_-]+|\*)(/[a-z0-9-]+)*")
LIST = tomllib.loads(FILE.read_text("utf-8"))
DOMAINS = [domain for sources in LIST.values() for entry in sources.values() for domain in entry["domains"]]


def test_it_has_more_than_300_hosts_of_all_media():
    assert set(LIST) == {"search", "social", "email", "paid", "chatbot", "unknown"}
    assert len({domain.partition("/")[0] for domain in DOMAINS}) >= 600


def test_no_domain_is_listed_twice():
    assert [domain for domain, times in Counter(DOMAINS).items() if times > 1] == []


@pytest.mark.parametrize("medium", LIST)
def test_each_entry_is_written_as_it_is_looked_up(medium):
    for name, entry in LIST[medium].items():
        assert len(name) <= DERIVED_LENGTHS["refr_source"]
        assert set(entry) == ({"domains", "parameters"} if medium == "search" else {"domains"}), name
        assert [domain for domain in entry["domains"] if not WRITTEN.fullmatch(domain)] == []


@pytest.mark.parametrize("country", ["com", "de", "co.uk", "com.br"])
def test_each_entry_is_found_in_every_country_and_below_it(country):
    sources = listed()
    for domain in DOMAINS:
        here = domain.replace("*", country)
        host, slash, path = here.partition("/")
        expected = sources.get(here, sources[domain])
        assert find_source(host, slash + path) == expected
        assert find_source(f"below.{host}", slash + path) == expected
        if "/" not in path:
            assert find_source(host, f"{slash}{path}/more") == expected


@pytest.mark.parametrize("host", ["", ".", "..", "com", "co.uk", "de", "localhost", "a..b", "*", "*.*"])
def test_what_is_no_host_of_a_site_is_not_found(host):
    assert find_source(host, "/chat") is None


def test_a_long_host_and_a_long_path_are_looked_up_in_no_time():
    start = time.perf_counter()
    find_source("a." * 126 + "com", "/" + "a/" * 3000)
    assert time.perf_counter() - start < 0.5
