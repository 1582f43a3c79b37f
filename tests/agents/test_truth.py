"""The table of known user agents is drawn as it says, and no browser in it is taken for a bot."""

from __future__ import annotations

from tracking_middleware.agents import AGENT_CLASSES, classify

from . import truth


def test_there_are_enough_user_agents_of_enough_operators():
    agents = [one for one in truth.known() if not one.is_person]
    assert len(agents) >= 600
    assert len({one.operator for one in agents}) >= 600
    assert {one.agent_class for one in truth.known()} == {*AGENT_CLASSES, "bot"} - {"unknown"}
    assert len({one.user_agent for one in truth.known()}) == len(truth.known())
    of_second = truth.of_second(truth.known())
    assert len([one for one in of_second if not one.is_person]) >= 1000


def test_a_third_of_the_user_agents_and_a_tenth_of_the_operators_are_kept_out():
    operators = {one.operator for one in truth.known() if one.operator}
    left_out = {one.operator for one in truth.known() if one.is_of_an_operator_left_out}
    assert 0.07 < len(left_out) / len(operators) < 0.13
    of_others = [one for one in truth.known() if not one.is_of_an_operator_left_out]
    assert 0.30 < sum(one.is_kept_out for one in of_others) / len(of_others) < 0.37
    assert left_out.isdisjoint(one.operator for one in truth.of_known_operators())


def test_where_an_operator_says_what_a_product_is_for_that_is_the_class():
    named = {}
    for one in truth.known():
        if (said := truth.documented_of(one.user_agent)) is not None and not one.is_person:
            named[said.product] = said
            assert one.agent_class == said.agent_class, one
    assert len(named) >= 60


def test_no_browser_is_taken_for_a_bot():
    browsers = [one.user_agent for one in truth.known() if one.is_person]
    assert len(browsers) > 1400
    assert [user_agent for user_agent in browsers if classify(user_agent).is_agent] == []


def test_of_what_is_kept_out_as_much_is_told_as_the_documentation_says():
    kept_out, of_known = truth.kept_out(), truth.of_known_operators()
    assert f1(truth.bot_or_person(truth.of_second(kept_out))) >= 0.98
    assert f1(truth.bot_or_person(kept_out)) >= 0.98
    assert f1(truth.by_class(truth.of_second(of_known))) >= 0.97
    assert f1(truth.by_class(of_known)) >= 0.95


def f1(pairs):
    return truth.macro_f1(truth.scores(pairs))


def test_where_the_figures_lie_is_found_by_drawing_anew():
    pairs = [("bot", "bot")] * 90 + [("bot", "person")] * 10 + [("person", "person")] * 100
    low, high = truth.interval(pairs, drawn=200)
    assert low < f1(pairs) < high
    assert truth.interval([("bot", "bot")] * 5, drawn=200) == (1.0, 1.0)
