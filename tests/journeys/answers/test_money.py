"""What was sold, what came back, and which session, channel and campaign it is credited to."""

import itertools
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking_middleware.commands.cli import main
from tracking_middleware.journeys.answers.making import make_answers
from tracking_middleware.journeys.answers.schemas import Schema
from tracking_middleware.journeys.answers.settings import Answers, Described
from tracking_middleware.journeys.answers.spend import SpendError, read_spend

from ..conftest import PAGE, Tables, entities, handed_off, key
from .conftest import described

DAY = 60 * 24
ORDER = Described(
    "event",
    (Schema("iglu:com.acme/order_placed/jsonschema/1-*-*"),),
    {"id": ("order",), "value": ("total",), "margin": ("margin",), "currency": ("currency",)},
)
RETURN = Described(
    "event",
    (Schema("iglu:com.acme/order_returned/jsonschema/1-*-*"),),
    {"id": ("order",), "value": ("total",), "margin": ("margin",)},
)
WHOLE = Described("event", RETURN.schemas, {"id": ("order",)})
TOML = """
[conversion]
event = "iglu:com.acme/order_placed/jsonschema/1-*-*"
id = "order"
value = "total"
margin = "margin"
currency = "EUR"
[return]
event = "iglu:com.acme/order_returned/jsonschema/1-*-*"
conversion_id = "order"
"""
EARNED = """
SELECT value, margin FROM campaign_margin
WHERE model = 'last' AND dimension = 'campaign' AND campaign IS NOT DISTINCT FROM ? AND currency = ?
"""


@pytest.fixture
def shop(story, asked):
    return Shop(story, asked)


class Shop:
    """Somebody who comes by campaigns, orders, and sends back."""

    def __init__(self, story, asked):
        self.story, self.asked = story, asked

    def visit(self, minutes, session, *, who="d", medium=None, campaign=None, **columns):
        columns = {"mkt_medium": medium, "mkt_campaign": campaign, **columns}
        self.story.add(minutes, device=who, session=session, name=f"visit {session} {minutes}", **columns)

    def order(self, minutes, number, session, *, who="d", name=None, side="server", **data):
        data = {"order": number, "currency": "EUR", **data}
        unstruct = described("order_placed", data)
        self.story.add(
            minutes, side=side, event="unstruct", event_name="order_placed", device=who, session=session,
            unstruct_event=unstruct, name=name or f"order {number} {minutes}",
        )  # fmt: skip

    def send_back(self, minutes, number, **data):
        unstruct = described("order_returned", {"order": number, **data})
        self.story.add(
            minutes, side="off", event="unstruct", event_name="order_returned", unstruct_event=unstruct
        )

    def ask(self, question, *given, **answers):
        answers = {"conversion": ORDER, "returned": RETURN, **answers}
        return self.asked(question, *given, **answers)


def test_a_return_weeks_later_and_without_a_browser_takes_its_margin_off_the_order_s_campaign(shop):
    shop.visit(0, "s", medium="cpc", campaign="spring")
    shop.order(5, "7", "s", total=100.1, margin="30.05")
    shop.send_back(20 * DAY, "7", total="40", margin=10.02)
    assert shop.ask(EARNED, "spring", "EUR") == [(Decimal("60.1"), Decimal("20.03"))]
    joined = shop.ask("SELECT session_id, conversion_at IS NOT NULL FROM returns")
    assert joined == [(key("s"), True)]


def test_where_no_value_of_a_return_is_named_all_of_the_order_goes_once(shop):
    shop.visit(0, "s", campaign="spring")
    shop.order(5, "7", "s", total=100, margin=30)
    shop.send_back(DAY, "7")
    shop.send_back(2 * DAY, "7")
    assert shop.ask(EARNED, "spring", "EUR", returned=WHOLE) == [(0, 0)]


def test_a_return_that_came_before_its_order_waits_for_it(shop):
    shop.visit(0, "s", campaign="spring")
    shop.send_back(1, "7", total=100, margin=30)
    assert shop.ask("SELECT conversion_at, person_id FROM returns") == [(None, None)]
    assert shop.ask("SELECT count(*) FROM campaign_margin") == [(0,)]
    shop.order(5, "7", "s", total=100, margin=30)
    assert shop.ask(EARNED, "spring", "EUR") == [(0, 0)]


def test_an_id_that_repeats_counts_once(shop):
    shop.visit(0, "s", campaign="spring")
    shop.order(5, "7", "s", total=100, margin=30)
    shop.order(6, "7", "s", total=999, margin=99)
    assert shop.ask(EARNED, "spring", "EUR") == [(100, 30)]
    assert shop.ask("SELECT conversion_id, repeats FROM conversions") == [("7", 1)]


def test_what_a_browser_says_of_an_order_counts_only_where_no_server_has_sent_it(shop):
    shop.visit(0, "s", campaign="spring")
    shop.order(5, "7", "s", side="browser", total=1)
    assert shop.ask("SELECT value, repeats FROM conversions") == [(1, 0)]
    shop.order(6, "7", "s", total=100, margin=30)
    assert shop.ask(EARNED, "spring", "EUR") == [(100, 30)]
    assert shop.ask("SELECT value, repeats FROM conversions") == [(100, 1)]


def test_currencies_are_never_added_up(shop):
    shop.visit(0, "s", campaign="spring")
    shop.order(5, "7", "s", total=100, margin=30)
    shop.order(6, "8", "s", total=50, margin=9, currency="usd")
    assert shop.ask(EARNED, "spring", "EUR") == [(100, 30)]
    assert shop.ask(EARNED, "spring", "USD") == [(50, 9)]
    both = (
        "SELECT currency, margin FROM campaign_margin WHERE model = 'last' AND dimension = 'all' ORDER BY 1"
    )
    assert shop.ask(both) == [("EUR", 30), ("USD", 9)]


def test_money_that_nobody_says_is_counted_and_not_summed(shop):
    shop.visit(0, "s", campaign="spring")
    shop.order(5, "7", "s", total=100, margin="***")
    shop.order(6, "8", "s", total=50, margin="9.5", currency=None)
    shop.send_back(9, "8", total=1, margin=None)
    rows = shop.ask("""SELECT currency, value, margin, unknown_values, unknown_margins FROM campaign_margin
        WHERE model = 'first' AND dimension = 'all' ORDER BY 1""")
    assert rows == [("EUR", 100, 0, 0, 1), ("XXX", 49, 0, 0, 1)]


ODD = {
    "999999999999.9999999": None,  # a millionth more than there is room for, once rounded
    "-999999999999.9999999": None,
    "999999999999.999999": Decimal("999999999999.999999"),
    "99999999999.9999999": Decimal(100000000000),
    "5.": Decimal(5),
    "5,00": None,
    "1e3": None,
    "NaN": None,
    "\uff11\uff12": None,  # digits elsewhere
}


def test_no_number_however_odd_ends_the_run_or_is_guessed(shop):
    for place, value in enumerate([*ODD, [10, 9]]):
        shop.order(place, str(place), "s", total=value, margin=value)
        shop.send_back(DAY + place, str(place), total=value, margin=value)
    for table in ("conversions", "returns"):
        found = shop.ask(f"SELECT value, margin FROM {table} ORDER BY CAST(conversion_id AS INTEGER)")
        assert found == [(value, value) for value in [*ODD.values(), None]]


def test_each_of_two_orders_on_one_event_has_its_own_money(shop):
    schema = "iglu:com.acme/order/jsonschema/1-0-0"
    orders = [(schema, {"order": "a", "total": 9, "margin": 2}), (schema, {"order": "b", "total": 10})]
    shop.story.add(0, device="d", session="s", contexts=entities(*orders))
    sold = Described("entity", (Schema(schema),), ORDER.fields)
    rows = shop.ask("SELECT conversion_id, value, margin FROM conversions ORDER BY 1", conversion=sold)
    assert rows == [("a", 9, 2), ("b", 10, None)]


def test_what_a_return_says_in_another_currency_than_its_order_is_not_taken_off_it(shop):
    shop.order(5, "7", "s", total=100, margin=30)
    shop.send_back(9, "7", total=50, margin=10, currency="usd")
    returned = Described("event", RETURN.schemas, {**RETURN.fields, "currency": ("currency",)})
    rows = shop.ask(
        "SELECT currency, value, unknown_values, unknown_margins FROM campaign_margin "
        "WHERE model = 'last' AND dimension = 'all'",
        returned=returned,
    )
    assert rows == [("EUR", 0, 1, 1)]
    assert shop.ask("SELECT value, margin FROM returns") == [(50, 10)]
    assert shop.ask("SELECT value, margin FROM returns", returned=returned) == [(None, None)]


def test_tenths_are_tenths(shop):
    shop.visit(0, "s", campaign="spring")
    for number in range(10):
        shop.order(5 + number, str(number), "s", total=0.1, margin=0.1)
    assert shop.ask(EARNED, "spring", "EUR") == [(Decimal(1), Decimal(1))]


def weights(shop, model, **answers):
    rows = shop.ask(
        "SELECT a.channel, a.weight FROM attribution AS a JOIN sessions AS s ON s.session_id = a.session_id "
        "WHERE a.model = ? ORDER BY a.conversion_id, s.started_at",
        model,
        **answers,
    )
    return [(channel, float(weight)) for channel, weight in rows]


def test_what_the_five_models_make_of_one_path(shop):
    for number, medium in enumerate(("cpc", "email", "social", None)):
        shop.visit(number * 7 * DAY, f"s{number}", medium=medium)
    shop.order(21 * DAY + 5, "7", "s3", total=1, margin=1)
    assert weights(shop, "first") == [("cpc", 1)]
    assert weights(shop, "last") == [("social", 1)]
    assert weights(shop, "position") == [("cpc", 0.4), ("email", 0.1), ("social", 0.1), ("direct", 0.4)]
    decayed = [(1 / 15, "cpc"), (2 / 15, "email"), (4 / 15, "social"), (8 / 15, "direct")]
    assert weights(shop, "time_decay") == [(c, pytest.approx(w, abs=1e-12)) for w, c in decayed]
    assert weights(shop, "markov") == [(c, 0.25) for c in ("cpc", "email", "social", "direct")]
    halves = weights(shop, "time_decay", half_life_days=1000)
    assert halves[0][1] == pytest.approx(0.25, abs=0.01)
    assert [channel for channel, _ in weights(shop, "first", lookback_days=15)] == ["email"]


def test_two_touches_share_by_position_and_last_stays_with_direct_where_all_are(shop):
    shop.visit(0, "s0")
    shop.visit(DAY, "s1")
    shop.order(DAY + 1, "7", "s1", total=1, margin=1)
    assert weights(shop, "position") == [("direct", 0.5), ("direct", 0.5)]
    (touch,) = shop.ask("SELECT session_id FROM attribution WHERE model = 'last'")
    assert touch == (key("s1"),)


CHANNELS = {
    "cpc": {"mkt_medium": "CPC", "refr_medium": "search"},
    "campaign": {"mkt_campaign": "spring"},
    "search": {"refr_medium": "search"},
    "referral": {"refr_medium": "unknown"},
    "direct": {},
}


def test_a_channel_is_the_campaign_s_medium_else_what_the_referrer_is(story, tables):
    for name, columns in CHANNELS.items():
        page = "https://shop.example/p?a=1#b"
        story.add(0, device=name, session=name, page_url=page, name=name, **columns)
    story.add(9, device="direct", session="inner", name="inner", refr_medium="internal")
    found = tables(story).ask("SELECT session_id, channel, landing_url FROM touches")
    wanted = [(key(name), name, "https://shop.example/p") for name in CHANNELS]
    assert sorted(found) == sorted([*wanted, (key("inner"), "direct", PAGE)])


def test_a_session_of_an_agent_is_no_touch(story, tables):
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    story.add(0, device="d", session="s", useragent=bot)
    assert tables(story).ask("SELECT count(*) FROM touches") == [(0,)]


def test_an_order_that_nobody_was_seen_before_is_credited_to_nobody_and_counted(shop):
    shop.story.add(
        0, side="off", event="unstruct", unstruct_event=described("order_placed", {"order": 1, "total": 5}),
        contexts=entities(handed_off("d", session="s")),
    )  # fmt: skip
    found = shop.ask("SELECT DISTINCT session_id, channel, weight FROM attribution")
    assert found == [(None, "unknown", 1)]
    assert shop.ask(EARNED, None, "XXX") == [(5, 0)]


channels = st.sampled_from(["cpc", "email", "social", "display", "direct"])
people = st.lists(
    st.tuples(st.lists(channels, min_size=1, max_size=7), st.booleans()), min_size=1, max_size=12
)


@given(people)
@settings(max_examples=15)
def test_markov_weights_are_those_of_an_exact_solver(paths):
    with duckdb.connect(config={"threads": 1}) as connection:
        for statement in STITCHED:
            connection.execute(statement)
        for number, (path, is_ordered) in enumerate(paths):
            for place, channel in enumerate(path):
                visited = [f"{number} {place}", f"p{number}", place, channel.replace("direct", "")]
                connection.execute(VISITED, visited)
            if is_ordered:
                connection.execute(ORDERED, [str(number), described("order_placed", {"order": str(number)})])
                connection.execute(
                    "INSERT INTO event_persons VALUES (?, ?, NULL)", [str(number), f"p{number}"]
                )
        make_answers(connection, Answers(conversion=ORDER))
        said = dict(connection.execute(SHARES).fetchall())
    effects = removal_effects(paths)
    for number, (path, is_ordered) in enumerate(paths):
        whole = sum(effects.get(channel, 0) for channel in set(path))
        for channel in set(path) if is_ordered else ():
            given = Fraction(said[f"{number} {channel}"])
            assert abs(given - effects[channel] / whole) < Fraction(1, 10**9)


STITCHED = (
    """CREATE TABLE events (event_id VARCHAR, side VARCHAR, event VARCHAR, contexts VARCHAR,
    unstruct_event VARCHAR, derived_tstamp TIMESTAMP, collector_tstamp TIMESTAMP, app_id VARCHAR,
    platform VARCHAR, se_category VARCHAR, se_action VARCHAR, page_url VARCHAR, agent_class VARCHAR,
    agent_operator VARCHAR, agent_product VARCHAR, agent_proof VARCHAR)""",
    "CREATE TABLE event_persons (event_id VARCHAR, person_id VARCHAR, session_id VARCHAR)",
    "CREATE TABLE persons (person_id VARCHAR, first_at TIMESTAMP)",
    """CREATE TABLE page_views (page_view_id VARCHAR, person_id VARCHAR, session_id VARCHAR, seen_by VARCHAR,
    "at" TIMESTAMP, page_url VARCHAR, agent_class VARCHAR, agent_operator VARCHAR, agent_product VARCHAR,
    agent_proof VARCHAR, server_event_id VARCHAR, browser_event_id VARCHAR,
    engaged_seconds BIGINT, scroll_share DOUBLE)""",
    """CREATE TABLE sessions (session_id VARCHAR, person_id VARCHAR, started_at TIMESTAMP, mkt_medium VARCHAR,
    mkt_source VARCHAR, mkt_campaign VARCHAR, refr_medium VARCHAR, entry_url VARCHAR)""",
)
VISITED = """
INSERT INTO sessions
SELECT ?, ?, TIMESTAMP '2026-01-01' + to_days(CAST(? AS INTEGER)), ?, NULL, NULL, NULL, '/'
"""
ORDERED = """
INSERT INTO events (event_id, side, event, unstruct_event, collector_tstamp)
VALUES (?, 'server', 'unstruct', ?, TIMESTAMP '2026-01-09')
"""
SHARES = """
SELECT conversion_id || ' ' || channel, sum(weight) FROM attribution WHERE model = 'markov' GROUP BY ALL
"""


def removal_effects(paths):
    """By channel, one less the share of conversions that is left where it leads to nothing, exactly."""
    steps = {}
    for path, is_ordered in paths:
        states = ["start", *path, "order" if is_ordered else "nothing"]
        for a, b in itertools.pairwise(states):
            steps.setdefault(a, {}).setdefault(b, 0)
            steps[a][b] += 1
    whole = converting(steps, None)
    return {} if whole == 0 else {c: 1 - converting(steps, c) / whole for c in steps if c != "start"}


def converting(steps, removed):
    """How likely a path from the start converts; Gauss and Jordan's elimination."""
    states = [state for state in steps if state != removed]
    rows = []
    for state in states:
        total = sum(steps[state].values())
        row = [Fraction(-steps[state].get(other, 0), total) for other in states]
        row[states.index(state)] += 1
        rows.append([*row, Fraction(steps[state].get("order", 0), total)])
    for n in range(len(rows)):
        pivot = next(k for k in range(n, len(rows)) if rows[k][n])
        rows[n], rows[pivot] = rows[pivot], rows[n]
        rows[n] = [value / rows[n][n] for value in rows[n]]
        for k in range(len(rows)):
            if k != n and rows[k][n]:
                rows[k] = [a - rows[k][n] * b for a, b in zip(rows[k], rows[n], strict=True)]
    return rows[states.index("start")][-1]


@pytest.fixture
def spent(tmp_path, monkeypatch, shop):
    monkeypatch.chdir(tmp_path)
    shop.visit(0, "s", medium="cpc", campaign="spring")
    shop.order(5, "7", "s", total=100, margin=30)
    shop.visit(3 * DAY, "t")
    (tmp_path / "events.tsv").write_text(shop.story.tsv())
    (tmp_path / "journeys.toml").write_text(TOML)
    (tmp_path / "spend.csv").write_text(
        "campaign,day,cost,currency\nspring,2026-03-14,4.5,EUR\nspring,2026-03-15,7.50,EUR\n"
        "spring,2026-03-13,1000,EUR\nspring,2026-03-14,3,USD\nautumn,2026-03-14,5,EUR\n"
    )
    return tmp_path


def test_what_a_campaign_cost_on_the_days_there_are_touches_of_is_told_beside_its_margin(spent):
    line = ["journeys", "run", "events.tsv", "--config", "journeys.toml"]
    question = """SELECT campaign, currency, margin, cost, return_on_spend FROM campaign_margin
        WHERE model = 'last' AND dimension = 'campaign' ORDER BY 1, 2"""
    wanted = [
        ("autumn", "EUR", 0, 5, 0), ("spring", "EUR", 30, 12, 2.5), ("spring", "USD", 0, 3, 0),
    ]  # fmt: skip
    assert main([*line, "--spend", "spend.csv"]) == 0
    tables = Tables(spent / "journeys.duckdb", None)
    assert tables.ask(question) == wanted
    assert main(["journeys", "run", "--config", "journeys.toml"]) == 0
    assert tables.ask(question) == wanted
    (spent / "spend.csv").write_text("campaign,day,cost,currency\n")
    assert main([*line, "--spend", "spend.csv"]) == 0
    assert tables.ask(question) == [("spring", "EUR", 30, None, None)]


def test_a_run_says_what_conversions_there_are_and_where_the_configuration_fits_none(spent, capsys):
    assert main(["journeys", "run", "events.tsv", "--config", "journeys.toml"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^conversions +1 +\(0 without a value, 0 without a margin\)$", said, re.MULTILINE)
    assert re.search(r"^returns +0 +\(0 of conversions that are not there yet\)$", said, re.MULTILINE)
    assert main(["journeys", "show", "7"]) == 0
    assert "order_placed" in capsys.readouterr().out
    (spent / "journeys.toml").write_text(TOML.replace("order_placed", "order_placd"))
    assert main(["journeys", "run", "--config", "journeys.toml"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^conversions +0 +\(nothing has the schema and the id that ", said, re.MULTILINE)
    assert main(["journeys", "run"]) == 0
    assert "conversions" not in capsys.readouterr().out


def test_all_that_is_wrong_in_the_file_of_costs_is_told_at_once(spent, capsys):
    (spent / "spend.csv").write_text(
        "Campaign , day,cost,currency\n".lower() + ",2026-03-14,1,EUR\nspring,14.3.2026,1,EUR\n"
        'spring,2026-03-14,"1,5",EUR\nspring,2026-03-14,1,€\n'
    )
    with pytest.raises(SystemExit, match="2"):
        main(["journeys", "run", "events.tsv", "--spend", "spend.csv"])
    said = capsys.readouterr().err
    assert "line 2: campaign is empty" in said
    assert "line 3: day must be a date such as 2026-03-14 (it is '14.3.2026')" in said
    assert "line 4: cost must be a number such as 1234.50 (it is '1,5')" in said
    assert "line 5: currency must be an ISO 4217 code such as EUR (it is '€')" in said
    assert not (spent / "journeys.duckdb").exists()


def test_a_file_of_costs_without_its_columns_is_told_of(tmp_path):
    (tmp_path / "spend.csv").write_text("campaign;day;cost;currency\n")
    with pytest.raises(SpendError, match="must name the columns campaign, day, cost, currency"):
        read_spend(tmp_path / "spend.csv")
    (tmp_path / "spend.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(SpendError, match="it is no text of comma-separated values"):
        read_spend(tmp_path / "spend.csv")
    (tmp_path / "spend.csv").write_text("\ufeffday, cost,currency,campaign,note\n2026-03-14, 1.5,EUR,a,x\n")
    assert read_spend(tmp_path / "spend.csv")[0].day == date(2026, 3, 14)


def test_a_cost_that_a_comma_cuts_in_two_is_refused_and_not_counted_by_half(tmp_path):
    (tmp_path / "spend.csv").write_text("campaign,day,currency,cost\nspring,2026-03-14,EUR,4,50\n")
    with pytest.raises(SpendError, match="line 2: there are more values than columns"):
        read_spend(tmp_path / "spend.csv")
    (tmp_path / "spend.csv").write_text("campaign,day,cost,currency,cost\nspring,2026-03-14,4,EUR,5\n")
    with pytest.raises(SpendError, match="its first line names cost more than once"):
        read_spend(tmp_path / "spend.csv")


def test_nothing_comes_back_of_a_spend_that_was_paid_back(spent):
    (spent / "spend.csv").write_text("campaign,day,cost,currency\nspring,2026-03-14,-4,EUR\n")
    line = ["journeys", "run", "events.tsv", "--config", "journeys.toml", "--spend", "spend.csv"]
    assert main(line) == 0
    rows = Tables(spent / "journeys.duckdb", None).ask(
        "SELECT DISTINCT margin, cost, return_on_spend FROM campaign_margin WHERE dimension = 'all'"
    )
    assert rows == [(30, -4, None)]
    assert main(["journeys", "report", "--csv", "numbers", "--confidential"]) == 0
    (row,) = (spent / "numbers/channels.confidential.csv").read_text().splitlines()[1:]
    assert row == "cpc,EUR,1.000000000000,100.000000,30.000000,,,0.000000000000,yes"
