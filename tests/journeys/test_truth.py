"""What the journeys find out of worlds in which all is known; ``python -m tests.truth`` prints more of it."""

import pytest

from tracking_middleware.journeys.config import Config

from ..truth import measure
from ..truth.__main__ import WORLDS
from ..truth.world import World

PERSONS = 400


@pytest.fixture(scope="module")
def found():
    return measure.result_of(World(seed=11, persons=PERSONS))


def test_sessions_are_brought_to_their_persons_where_that_can_be_known(found):
    score = measure.persons(found, found.person_of, "can be known")
    assert score.there > 500
    assert score.precision >= 0.998
    assert score.recall >= 0.985


def test_the_rule_finds_more_than_the_last_user_id_of_a_cookie_and_than_sessions_alone(found):
    ours, last = (measure.persons_in_all(found, said) for said in (found.person_of, measure.last_user(found)))
    alone = measure.persons_in_all(found, measure.only_seen(found))
    assert (ours.precision, ours.recall) >= (last.precision, last.recall)
    assert ours.recall > alone.recall


def test_judged_alone_sessions_are_no_worse_than_by_the_rule_of_that_name():
    result = measure.result_of(
        World(seed=12, persons=PERSONS, shared_devices=0.3), config=Config(threads=1, anonymous="session")
    )
    ours, rule = (
        measure.persons_in_all(result, said) for said in (result.person_of, measure.only_seen(result))
    )
    assert ours.precision >= rule.precision
    assert ours.recall >= rule.recall


def test_events_are_brought_to_their_sessions(found):
    score = measure.sessions(found)
    assert score.precision >= 0.999
    assert score.recall >= 0.999


def test_the_share_without_the_browser_lies_in_the_interval(found):
    share = 1 - len(found.truth.pairs) / found.truth.served
    _, low, high = found.missing
    assert low <= share <= high


@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [
        ("ids on 60 % of views", 0.998, 0.998),
        ("reload-heavy, no ids", 0.96, 0.93),
        ("no ids, clocks off by 30 s", 0.97, 0.97),
    ],
)
def test_page_views_of_the_two_sides_are_paired(name, precision, recall):
    score = measure.page_views(measure.result_of(World(seed=13, persons=PERSONS // 2, **WORLDS[name])))
    assert score.there > 500
    assert score.precision >= precision
    assert score.recall >= recall
