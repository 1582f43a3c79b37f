"""The settings name what operators publish; what is not to be fetched is refused."""

from __future__ import annotations

import pytest

from tracking_middleware.settings.agents.sources import (
    MOST_SOURCES,
    Source,
    directory_sources,
    network_sources,
)

WELL_KNOWN = "https://chatgpt.com/.well-known/http-message-signatures-directory"


@pytest.mark.parametrize(
    "value",
    [
        "OpenAI = https://chatgpt.com , Example/Reader=/etc/keys.json",
        ["OpenAI=https://ChatGPT.com/", "Example/Reader=/etc/keys.json"],
        {"OpenAI": "https://chatgpt.com:443", "Example/Reader": "/etc/keys.json"},
        [Source("OpenAI", "", WELL_KNOWN), Source("Example", "Reader", "/etc/keys.json")],
    ],
)
def test_takes_lists_and_mappings(value):
    assert directory_sources(value) == (
        Source("OpenAI", "", WELL_KNOWN),
        Source("Example", "Reader", "/etc/keys.json"),
    )


def test_leaves_a_path_of_a_directory_as_it_is():
    assert directory_sources(["A=https://a.example/keys.json"])[0].place == "https://a.example/keys.json"


def test_leaves_networks_as_they_are():
    assert network_sources("A=https://a.example/x.json?v=1")[0].place == "https://a.example/x.json?v=1"


@pytest.mark.parametrize("value", ["", [], (), {}, [""]])
def test_takes_nothing_for_nothing(value):
    assert directory_sources(value) is network_sources(value) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("https://chatgpt.com", "does not say whose the source is"),
        ("OpenAI", "does not say whose the source is"),
        ("=https://chatgpt.com", "does not say whose the source is"),
        ("OpenAI=", "does not say whose the source is"),
        ("OpenAI=http://chatgpt.com", "fetched by https alone"),
        ("OpenAI=file:///etc/keys", "is no URL"),
        ("OpenAI=ftp://chatgpt.com", "fetched by https alone"),
        ("OpenAI=https://", "is no URL"),
        ("OpenAI=https://user:word@chatgpt.com", "is no URL"),
        ("OpenAI=https://chatgpt.com:99999", "is no URL"),
        ("OpenAI=https://chat gpt.com", "is no URL"),
        ("OpenAI=https://[::1", "is no URL"),
        ("OpenAI=https://chatgpt.com/#x", "is no URL"),
        ("OpenAI=https://chatgpt.com/x?y", "without a query"),
        (7, "must be a list of OPERATOR=SOURCE"),
        (b"OpenAI=x", "must be a list of OPERATOR=SOURCE"),
        ([7], "must be a list of OPERATOR=SOURCE"),
        ([f"A=/{number}" for number in range(MOST_SOURCES + 1)], "names 65 sources"),
    ],
)
def test_refuses_what_is_no_source(value, said):
    with pytest.raises(ValueError, match=said):
        directory_sources(value)
