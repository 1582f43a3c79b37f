"""What journeys.toml may say."""

import pytest

from tracking_middleware.journeys.config import Carrier, Config, ConfigError, config_of, read_config

WHOLE = """
[identity]
anonymous = "session"
max_persons_per_identifier = 7
transaction = [
  { event = "iglu:com.acme/order_placed/jsonschema/1-*-*", field = "order" },
  { entity = "iglu:com.acme/basket/jsonschema/2-0-1", field = "id" },
]
[page_view]
window_seconds = 60
clock_seconds = 3
near_seconds = 5
heartbeat_seconds = 15
[session]
timeout_seconds = 900
[adblock_gap]
wait_seconds = 0
[duckdb]
memory_limit = "800MB"
threads = 1
"""


def test_without_a_file_everything_has_a_value_and_no_transaction_is_looked_for():
    assert config_of({}) == Config()
    assert Config().transaction == ()
    assert Config().memory_limit == "2.5GB"


def test_everything_can_be_set(tmp_path):
    path = tmp_path / "journeys.toml"
    path.write_text(WHOLE)
    assert read_config(path) == Config(
        anonymous="session",
        max_persons_per_identifier=7,
        transaction=(
            Carrier("event", "iglu:com.acme/order_placed/jsonschema/1-*-*", "order"),
            Carrier("entity", "iglu:com.acme/basket/jsonschema/2-0-1", "id"),
        ),
        page_view_window=60,
        clock=3,
        near=5,
        heartbeat=15,
        session_timeout=900,
        wait=0,
        memory_limit="800MB",
        threads=1,
    )


def test_a_wildcard_stands_for_all_further_versions():
    assert Carrier("event", "iglu:com.acme/a/jsonschema/1-*-*", "n").prefix == "iglu:com.acme/a/jsonschema/1-"
    assert (
        Carrier("event", "iglu:com.acme/a/jsonschema/1-2-*", "n").prefix == "iglu:com.acme/a/jsonschema/1-2-"
    )


def test_all_that_is_wrong_is_told_at_once_with_the_closest_name():
    wrong = {
        "identty": {},
        "identity": {
            "anonymos": "device",
            "anonymous": "both",
            "transaction": [{"event": "order", "field": "n"}],
        },
        "page_view": {"window_seconds": 0},
        "session": 30,
        "duckdb": {"memory_limit": "much"},
    }
    with pytest.raises(ConfigError) as raised:
        config_of(wrong)
    said = list(raised.value.problems)
    assert said[0] == "[identty] is no table: did you mean identity?"
    assert said[1] == "[identity] anonymos is no setting: did you mean anonymous?"
    assert said[2] == "[identity] anonymous must be 'device' or 'session' (it is 'both')"
    assert "must have in number 1 an Iglu URI as event" in said[3]
    assert said[4].startswith("[page_view] window_seconds must be a whole number from 1 to 86400")
    assert said[5].startswith("session must be a table: write [session]")
    assert said[6].startswith("[duckdb] memory_limit must be an amount of memory")


@pytest.mark.parametrize(
    "transaction",
    [
        [],
        {"event": "iglu:com.acme/a/jsonschema/1-*-*", "field": "n"},
        ["iglu:com.acme/a/jsonschema/1-*-*"],
        [{"event": "iglu:com.acme/a/jsonschema/*-*-*", "field": "n"}],
        [{"event": "iglu:com.acme/a/jsonschema/1-0-0", "field": "a'b"}],
        [{"event": "iglu:com.acme/a/jsonschema/1-0-0", "entity": "x", "field": "n"}],
    ],
)
def test_what_carries_a_transaction_is_checked(transaction):
    with pytest.raises(ConfigError):
        config_of({"identity": {"transaction": transaction}})


def test_a_file_that_is_no_toml_is_named(tmp_path):
    path = tmp_path / "journeys.toml"
    path.write_text("[identity")
    with pytest.raises(ConfigError, match=r"journeys\.toml is wrong:\n  - it is no TOML"):
        read_config(path)


def test_what_is_asked_of_the_tables_is_checked_with_the_rest():
    wrong = {
        "article": {"entity": "com.acme/story", "authors": 7},
        "content": {"timezone": "Europe/Berln", "finished_percent": 0},
        "conversion": {"event": "iglu:com.acme/a/jsonschema/1-*-*", "id": "order", "currency": "€"},
        "return": {"id": "order"},
        "attribution": {"half_life": 7},
    }
    with pytest.raises(ConfigError) as raised:
        config_of(wrong)
    said = "\n".join(raised.value.problems)
    for part in (
        "[article] entity must be an Iglu URI or a list of them",
        "[article] authors must be the name of a field of the data or a list of them",
        "[article] id is missing",
        "[content] timezone must be the name of a time zone, such as 'Europe/Berlin' (it is 'Europe/Berln')",
        "[content] finished_percent must be a whole number from 1 to 100",
        "[conversion] currency must be the name of a field of the data",
        "[return] id is no setting",
        "[return] must name either the event or the entity that says it",
        "[return] conversion_id is missing",
        "[attribution] half_life is no setting: did you mean half_life_days?",
    ):
        assert part in said
    assert len(raised.value.problems) == 10
