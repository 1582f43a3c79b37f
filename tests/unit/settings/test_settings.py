"""Settings are checked whole, at once, and say what would be right."""

from __future__ import annotations

import dataclasses
import sys
from http.cookies import SimpleCookie
from ipaddress import ip_address, ip_network

import pytest

from tracking_middleware import Settings, SettingsError, Tracker
from tracking_middleware.settings.public_suffixes import is_public_suffix
from tracking_middleware.settings.secret_keys import InheritedKeys, _warn_of_short

RIGHT = {"collector_url": "https://c.example.com", "app_id": "news"}


def problems_of(**options):
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping({**RIGHT, **options})
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems


def test_have_the_defaults_of_the_documentation():
    settings = Settings(**RIGHT)
    assert (settings.namespace, settings.platform, settings.identity) == ("server", "srv", "read")
    assert (settings.buffer_size, settings.batch_size, settings.batch_bytes) == (10_000, 500, 500_000)
    assert (settings.linger, settings.timeout, settings.max_backoff, settings.shutdown_timeout) == (
        1,
        5,
        60,
        5,
    )
    assert settings.track_status == {*range(200, 300), 304}


def test_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings(**RIGHT).app_id = "other"


def test_say_all_that_is_wrong_at_once():
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping({"collector_url": "c.example.com", "bufer_size": 3, "linger": -1})
    problems = caught.value.problems
    assert len(problems) == 4
    assert problems[0] == "bufer_size is no setting: did you mean buffer_size?"
    assert problems[1].startswith("collector_url must be http(s)://host[:port][/path], or 'log:'")
    assert problems[2].startswith("app_id must be text") and "required" in problems[2]  # noqa: PT018
    assert problems[3].startswith("linger must be a number of seconds above 0")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("enabled", "maybe"),
        ("collector_url", "ftp://c.example.com"),
        ("collector_url", "https://"),
        ("collector_url", "https://c.example.com/?a=b"),
        ("collector_url", "https://c.example.com:port"),
        ("app_id", ""),
        ("app_id", "x" * 256),
        ("app_id", "a\nb"),
        ("namespace", 3),
        ("platform", "server"),
        ("public_url", "www.example.com"),
        ("public_url", "https://www.example.com/path"),
        ("cookie_prefix", "a b"),
        ("cookie_domain", "https://example.com"),
        ("cookie_path", "shop"),
        ("identity", "mint"),
        ("tracker_compat", "2"),
        ("session_timeout", 0),
        ("cookie_lifetime", "long"),
        ("server_timing", "x"),
        ("secret_key", ""),
        ("secret_key", []),
        ("secret_key", [""]),
        ("gpc", "full"),
        ("dnt", True),
        ("opt_out_cookie", "a;b"),
        ("exclude", ["admin/**"]),
        ("trusted_proxies", 0),
        ("trusted_proxies", "99"),
        ("trusted_proxies", True),
        ("trusted_proxies", 1.5),
        ("trusted_proxies", "*"),
        ("trusted_proxies", "proxy.example.com"),
        ("trusted_proxies", "10.0.0.0/33"),
        ("trusted_proxies", [1]),
        ("trusted_proxies", b"10.0.0.1"),
        ("trusted_proxies", {"10.0.0.1": 1}),
        ("anonymize_ip", "some"),
        ("exclude", 3),
        ("track_status", "abc"),
        ("track_status", [700]),
        ("track_status", b"x"),
        ("track_status", bytearray(b"x")),
        ("track_status", {200: True}),
        ("track_status", []),
        ("track_status", set()),
        ("track_status", ""),
        ("track_status", True),
        ("track_status", None),
        ("collector_headers", {"X-Key": " blank"}),
        ("collector_headers", {"Transfer-Encoding": "chunked"}),
        ("user_id", "no.such.module"),
        ("before_send", 3),
        ("buffer_size", 0),
        ("buffer_size", True),
        ("on_full", "drop"),
        ("batch_size", "many"),
        ("batch_bytes", 10),
        ("timeout", 0),
        ("max_backoff", "soon"),
        ("collector_headers", {"Cookie": "x"}),
        ("collector_headers", {"X-Key": "a\r\nb"}),
        ("ca_bundle", "/no/such/file"),
        ("agent_directories", "https://chatgpt.com"),
        ("agent_networks", "OpenAI=http://openai.com/gptbot.json"),
        ("agent_reverse_dns", "Google"),
        ("max_entities", -1),
        ("on_commit", "never"),
        ("database_outbox", 3),
        ("debug", None),
    ],
)
def test_refuse(name, value):
    (problem,) = problems_of(**{name: value})
    assert problem.startswith(name)


def test_do_not_show_the_collectors_key():
    assert "s3cret" not in repr(Settings(**RIGHT, collector_headers={"X-Key": "s3cret"}))
    (problem,) = problems_of(collector_headers={"X-Key": "s3cret\n"})
    assert "s3cret" not in problem


def test_issuing_needs_a_key():
    (problem,) = problems_of(identity="issue")
    assert problem.startswith("secret_key is required")
    assert Settings(**RIGHT, identity="issue", secret_key=b"k" * 32).secret_key == ("k" * 32,)


def test_the_database_outbox_is_djangos_and_in_transactions():
    (problem,) = problems_of(database_outbox=True, on_commit=False)
    assert "leave one out" in problem
    with pytest.raises(SettingsError, match="works in Django alone"):
        Tracker(**RIGHT, database_outbox=True)


def test_do_not_show_the_key():
    assert "s3cret" not in repr(Settings(**RIGHT, secret_key=["old" * 11, "s3cret" * 6]))
    assert "s3cret" not in problems_of(secret_key="s3cret")[0]
    assert "s3cret" not in problems_of(secret_key=["s3cret", ""])[0]


def test_an_automatic_cookie_domain_needs_the_list(monkeypatch):
    assert Settings(**RIGHT, cookie_domain="auto").cookie_domain == "auto"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (problem,) = problems_of(cookie_domain="auto")
    assert 'pip install "tracking_middleware[public-suffix]"' in problem
    assert 'in a checkout pip install ".[public-suffix]"' in problem


CHATGPT = {"agents": "all", "agent_directories": "OpenAI=https://chatgpt.com"}


def test_checking_signatures_needs_its_extra(monkeypatch):
    assert len(Settings(**RIGHT, **CHATGPT).agent_directories) == 1
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (problem,) = [problem for problem in problems_of(**CHATGPT) if problem.startswith("agent_directories")]
    assert problem.startswith("agent_directories needs a library that checks signatures")
    assert 'pip install "tracking_middleware[agents]"' in problem


@pytest.mark.parametrize(
    "proof",
    [
        {"agent_directories": "OpenAI=https://chatgpt.com"},
        {"agent_networks": {"OpenAI": "https://openai.com/gptbot.json"}},
        {"agent_reverse_dns": "on"},
    ],
)
@pytest.mark.parametrize("agents", ["mark", "off"])
def test_checking_who_agents_are_is_of_use_where_that_is_sent(proof, agents):
    assert Settings(**RIGHT, **proof, agents="all").agents == "all"
    (problem,) = problems_of(**proof, agents=agents)
    assert problem.startswith(f"{next(iter(proof))} checks who agents are, which is sent with agents='all'")


@pytest.mark.parametrize("key", ["abc", "x" * 31, ["y" * 40, "x" * 31], b"short"])
def test_a_key_that_can_be_guessed_is_refused_with_how_to_make_one(key):
    (problem,) = problems_of(secret_key=key)
    assert problem.startswith("secret_key must have 32 characters or more")
    assert 'python -c "import secrets; print(secrets.token_urlsafe(32))"' in problem


def test_a_short_key_before_one_that_signs_still_reads_and_is_told(caplog):
    _warn_of_short.cache_clear()
    assert Settings(**RIGHT, secret_key=["old", "y" * 40]).secret_key == ("old", "y" * 40)
    (record,) = caplog.records
    assert record.getMessage().startswith(
        "tracking: an earlier secret_key has 3 characters, and what it signs is taken as long as it is in"
    )


def test_a_short_key_of_the_framework_is_told_once(caplog):
    _warn_of_short.cache_clear()
    for _ in range(2):
        assert Settings(**RIGHT, secret_key=InheritedKeys(["dev"])).secret_key == ("dev",)
    (record,) = caplog.records
    assert record.getMessage().startswith("tracking: SECRET_KEY has 3 characters")
    assert "dev" not in record.getMessage()


@pytest.mark.parametrize("domain", ["co.uk", ".co.uk", "CO.UK", "com", "com.au", "uk"])
@pytest.mark.parametrize("has_list", [True, False])
def test_a_domain_that_everybody_shares_is_refused(domain, has_list, monkeypatch):
    without_list(monkeypatch, has_list=has_list)
    assert "such as 'example.com'" in problems_of(cookie_domain=domain)[0]


@pytest.mark.parametrize(
    "domain", ["example.com", ".example.co.uk", "localhost", "127.0.0.1", "intranet", "a.co"]
)
@pytest.mark.parametrize("has_list", [True, False])
def test_a_domain_of_ones_own_is_taken(domain, has_list, monkeypatch):
    without_list(monkeypatch, has_list=has_list)
    assert Settings(**RIGHT, cookie_domain=domain).cookie_domain == domain


def test_the_list_knows_what_the_rule_does_not(monkeypatch):
    without_list(monkeypatch, has_list=True)
    assert problems_of(cookie_domain="github.io")


def without_list(monkeypatch, *, has_list):
    is_public_suffix.cache_clear()
    if not has_list:
        monkeypatch.setitem(sys.modules, "publicsuffixlist", None)


@pytest.fixture(autouse=True)
def _forget_domains():
    yield
    is_public_suffix.cache_clear()


@pytest.mark.parametrize("value", ["user_id", ".user_id", "shop.", "", "shop..x", "shop tracking.x"])
def test_a_path_that_is_none_is_said_in_plain_words(value):
    (problem,) = problems_of(user_id=value)
    assert problem.startswith("user_id must be a callable, or the dotted path of one such as 'shop.")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("user_id", "no_such.module", "user_id names 'no_such.module', which cannot be imported ("),
        ("ca_bundle", "/no/such/file", "ca_bundle names '/no/such/file', which cannot be read: "),
        ("trusted_proxies", "10.0.0.0/33", "trusted_proxies holds '10.0.0.0/33', which is no address"),
    ],
)
def test_what_a_problem_quotes_is_not_said_again_at_its_end(name, value, told):
    (problem,) = problems_of(**{name: value})
    assert problem.startswith(told)
    assert problem.count(value) == 1


@pytest.mark.parametrize("name", ["user_id", "consent", "rewrite_url", "before_send"])
@pytest.mark.parametrize("value", ["full", 5])
def test_a_callable_has_an_example_of_its_own(name, value):
    example = (
        f"{name} must be a callable, or the dotted path of one such as 'shop.tracking.{name}', not {value!r}"
    )
    assert problems_of(**{name: value}) == (example,)


def test_a_switch_says_which_words_it_takes():
    assert Settings(**RIGHT, debug="yes").debug is True
    (problem,) = problems_of(compress="yeah")
    assert "in text true, yes, on or 1" in problem


def test_a_name_in_capitals_is_known_by_its_letters():
    assert problems_of(TIMEOUT=5) == ("TIMEOUT is no setting: did you mean timeout?",)


def test_errors_of_the_environment_name_its_variables():
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(
            {"TRACKING_APP_IT": "x", "TRACKING_LINGER": "long", "TRACKING_COLLECTOR_URL": "log:"}
        )
    assert [problem.split()[0] for problem in caught.value.problems] == [
        *("TRACKING_APP_IT", "TRACKING_APP_ID", "TRACKING_LINGER")
    ]
    assert caught.value.problems[0] == "TRACKING_APP_IT is no setting: did you mean TRACKING_APP_ID?"


def test_the_token_of_the_local_collector_is_no_setting():
    given = {"TRACKING_COLLECTOR_URL": "log:", "TRACKING_APP_ID": "a", "TRACKING_COLLECTOR_TOKEN": "t"}
    assert Settings.from_environ(given).app_id == "a"


def test_name_the_settings_where_nothing_is_close():
    assert "the settings are enabled, collector_url" in problems_of(zzz=1)[0]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (None, None),
        ("", None),
        ([], None),
        (2, 2),
        (" 2 ", 2),
        ("10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1"))),
        (
            [ip_network("10.0.0.0/8"), ip_address("fd00::1")],
            (ip_network("10.0.0.0/8"), ip_network("fd00::1")),
        ),
        ("::ffff:10.0.0.0/104", (ip_network("10.0.0.0/8"),)),
        (["UNIX", "127.0.0.1"], ("unix", ip_network("127.0.0.1"))),
    ],
)
def test_trusted_proxies_are_hops_or_networks(given, used):
    assert Settings(**RIGHT, trusted_proxies=given).trusted_proxies == used


def test_trusted_proxies_say_what_to_write():
    assert "write the network, '10.0.0.0/8'" in problems_of(trusted_proxies="10.0.0.1/8")[0]
    assert "everybody" in problems_of(trusted_proxies=["0.0.0.0/0"])[0]
    assert "everybody" in problems_of(trusted_proxies="::ffff:0.0.0.0/96")[0]
    assert "such as 1" in problems_of(trusted_proxies="proxy.local")[0]
    assert "from 1 to 20" in problems_of(trusted_proxies=0)[0]


def test_read_the_environment():
    settings = Settings.from_environ(
        {
            "TRACKING_COLLECTOR_URL": "log:",
            "TRACKING_APP_ID": "jobs",
            "TRACKING_EXCLUDE": "/admin/**, /api/**",
            "TRACKING_TRACK_STATUS": "200-204,404",
            "TRACKING_LINGER": "0.5",
            "TRACKING_BATCH_SIZE": "7",
            "TRACKING_DEBUG": "true",
            "TRACKING_USER_ID": "os.path.basename",
            "PATH": "/bin",
        }
    )
    assert settings.exclude == ("/admin/**", "/api/**")
    assert settings.track_status == {200, 201, 202, 203, 204, 404}
    assert (settings.linger, settings.batch_size, settings.debug) == (0.5, 7, True)
    assert settings.user_id is __import__("os").path.basename


def test_switched_off_need_nothing():
    assert Settings(enabled=False).enabled is False
    assert problems_of(enabled=False, linger=0)


def test_a_tracker_takes_settings_or_keywords():
    with pytest.raises(SettingsError, match="not both"):
        Tracker(Settings(**RIGHT), app_id="other")
    with pytest.raises(SettingsError, match="did you mean app_id"):
        Tracker(collector_url="log:", ap_id="news")


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/日本", "/%E6%97%A5%E6%9C%AC"),
        ("/a b", "/a%20b"),
        ("/a;b", "/a%3Bb"),
        ("/é", "/%C3%A9"),
        ('/a"b', "/a%22b"),
        ("/a\\b", "/a%5Cb"),
        ("/a\r\nb", "/a%0D%0Ab"),
        ("/a\ud800", "/a%3F"),
    ],
)
def test_a_cookie_path_is_what_headers_can_have_and_browsers_compare(path, right):
    (problem,) = problems_of(cookie_path=path)
    assert f"must be a path as it is written in a URL, such as {right!r}" in problem
    assert Settings(**RIGHT, cookie_path=right).cookie_path == right


@pytest.mark.parametrize("path", ["/", "/shop/", "/a.b-c_d~e", "/$&'()*+,=:@!"])
def test_a_cookie_path_that_is_right_comes_through_every_way_of_setting_it(path):
    assert Settings(**RIGHT, cookie_path=path).cookie_path == path
    cookies = SimpleCookie()
    cookies.load(f"_sp_id.1fff=x; Max-Age=1; Path={path}; SameSite=Lax")  # as Django is given it
    assert cookies["_sp_id.1fff"]["path"] == path


@pytest.mark.parametrize("value", [b"/", 5, None, "shop", "", "/" + "a" * 1024])
def test_a_cookie_path_begins_at_the_top(value):
    assert "such as '/'" in problems_of(cookie_path=value)[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cookie_domain", "日本.example"),
        ("cookie_domain", "a b.example"),
        ("cookie_domain", "a.example;b"),
        ("cookie_domain", "a.example\r\nX: y"),
        ("cookie_domain", "a.example\n"),
        ("cookie_prefix", "é"),
        ("cookie_prefix", "a b"),
        ("cookie_prefix", "a\n"),
        ("opt_out_cookie", "日"),
        ("opt_out_cookie", "a;b"),
        ("collector_headers", {"X-Key": "é"}),
        ("collector_headers", {"X-Key": "a\nb"}),
        ("collector_headers", {"Ü": "a"}),
    ],
)
def test_what_goes_into_headers_is_what_they_can_have(name, value):
    assert problems_of(**{name: value})[0].startswith(f"{name} ")
