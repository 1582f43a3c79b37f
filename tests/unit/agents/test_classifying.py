"""Who is reading is said by the user agent, and no browser is taken for a bot."""

from __future__ import annotations

import time
import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.agents import AGENT_CLASSES, PERSON, PROOFS, UNKNOWN, Agent, classify
from tracking_middleware.agents.classifying import MOST_REMEMBERED, remembered
from tracking_middleware.agents.products import products

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
IOS = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36"
OF_AI = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; {}/1.0; +https://example.com/bot)"


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        (CHROME, PERSON),
        ("", UNKNOWN),
        ("  ", UNKNOWN),
        (OF_AI.format("GPTBot"), Agent("ai_training", "OpenAI", "GPTBot", "declared")),
        (OF_AI.format("OAI-SearchBot"), Agent("ai_search", "OpenAI", "OAI-SearchBot", "declared")),
        (OF_AI.format("ChatGPT-User"), Agent("ai_assistant", "OpenAI", "ChatGPT-User", "declared")),
        (OF_AI.format("claudebot"), Agent("ai_training", "Anthropic", "ClaudeBot", "declared")),
        ("facebookexternalhit/1.1 Facebot", Agent("preview", "Meta", "facebookexternalhit", "declared")),
        ("curl/8.5.0", Agent("tool", "curl", "curl", "declared")),
        ("ELB-HealthChecker/2.0", Agent("monitor", "Amazon", "ELB-HealthChecker", "declared")),
        ("Mozilla/5.0 (compatible; Nobodyknows-Bot/3.1; +https://nobody.example)", Agent("other_bot")),
        ("LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
         Agent("preview", "LinkedIn", "LinkedInBot", "declared")),
    ],
)  # fmt: skip
def test_an_agent_is_known_by_its_name(user_agent, said):
    assert classify(user_agent) == said


def test_a_crawler_of_googles_in_a_browsers_clothes_is_a_crawler():
    phone = CHROME.replace("Windows NT 10.0; Win64; x64", "Linux; Android 6.0.1; Nexus 5X Build/MMB29P")
    agent = classify(f"{phone} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    assert (agent.agent_class, agent.operator, agent.product) == ("search", "Google", "Googlebot")


def test_an_agent_is_known_by_the_host_whose_signature_it_brings():
    assert classify(CHROME, signature_agent='"https://chatgpt.com"').operator == "OpenAI"
    assert classify(CHROME, signature_agent="https://nobody.example/keys") == Agent("other_bot")
    assert classify(OF_AI.format("GPTBot"), signature_agent='"https://chatgpt.com"').product == "GPTBot"


def test_only_who_is_surely_nobody_reading_for_themselves_is_an_agent():
    assert {name for name in AGENT_CLASSES if not Agent(name).is_agent} == {"person", "unknown"}
    assert PROOFS == ("signed", "address", "declared", "guessed", "impostor")


def test_every_product_is_found_by_its_own_name():
    found = products()
    for agent in (*found.words.values(), *(agent for _, agent in found.parts)):
        assert classify(f"{agent.product}/1.0 and more").is_agent


def test_no_name_stands_twice_in_the_table():
    table = tomllib.loads(
        files("tracking_middleware.agents").joinpath("products.toml").read_text(encoding="utf-8")
    )
    del table["signers"]
    names = [name.lower() for operators in table.values() for of in operators.values() for name in of]
    assert sorted(names) == sorted(set(names))


@given(st.text(max_size=3000))
def test_any_text_has_a_class(text):
    assert classify(text).agent_class in AGENT_CLASSES
    assert classify(text, signature_agent=text).agent_class in AGENT_CLASSES


@given(
    st.lists(
        st.sampled_from(["Mozilla/5.0 (", "(", ")", "bot", "a@", "www.", "compatible;", " ", "x/1", "é"])
    )
)
def test_a_text_made_to_be_slow_is_not(parts):
    remembered.cache_clear()
    begun = time.process_time()
    classify("".join(parts) * 300)
    assert time.process_time() - begun < 0.25  # a few milliseconds; a wrong expression takes minutes


def test_what_is_remembered_is_bounded():
    for number in range(MOST_REMEMBERED + 10):
        classify(f"Mozilla/5.0 (compatible; Some-Bot/{number})")
    assert remembered.cache_info().currsize == MOST_REMEMBERED


BROWSERS = [
    "Mozilla/5.0 ({0}) {webkit} Chrome/{1}.0.0.0 Safari/537.36",
    "Mozilla/5.0 ({0}) {webkit} Chrome/{1}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 ({0}) {webkit} Version/4.0 Chrome/{1}.0.6723.58 Mobile Safari/537.36",
    "Mozilla/5.0 ({0}) {webkit} Chrome/{1}.0.0.0 Safari/537.36 Edg/{1}.0.0.0",
    "Mozilla/5.0 ({0}) {webkit} Chrome/{1}.0.0.0 Safari/537.36 OPR/115.0.0.0",
    "Mozilla/5.0 ({0}) {webkit} SamsungBrowser/27.0 Chrome/{1}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 ({0}) {webkit} Chrome/{1}.0.0.0 YaBrowser/24.10 Yowser/2.5 Safari/537.36",
    "Mozilla/5.0 ({0}; rv:{1}.0) Gecko/20100101 Firefox/{1}.0",
    "Mozilla/5.0 ({0}) Gecko/{1}.0 Firefox/{1}.0",
    "Mozilla/5.0 ({0}) {ios} Version/{1}.1 Safari/605.1.15",
    "Mozilla/5.0 ({0}) {ios} Version/{1}.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 ({0}) {ios} CriOS/{1}.0.0.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 ({0}) {ios} FxiOS/{1}.0 Mobile/15E148 Safari/605.1.15",
    "Mozilla/5.0 ({0}) {ios} Mobile/15E148 Instagram {1}.0.0.36.89 (iPhone14,5; iOS 18_1)",
    "Mozilla/5.0 ({0}) AppleWebKit/537.36 Chrome/{1}.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/490.0.0;]",
    "Opera/9.80 ({0}; U; en) Presto/2.12.{1} Version/12.18",
]
PLATFORMS = [
    "Windows NT 10.0; Win64; x64",
    "Windows NT 6.1; WOW64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "X11; CrOS x86_64 14541.0.0",
    "X11; Ubuntu; Linux x86_64",
    "iPhone; CPU iPhone OS 18_1 like Mac OS X",
    "iPad; CPU OS 17_7 like Mac OS X",
    "Linux; Android 10; K",
    "Mobile",
    "Android 14; Mobile",
]
DEVICES = [
    "CUBOT",
    "CUBOT_NOTE_S",
    "CUBOT X30 Build/QP1A",
    "CUBOT KINGKONG 5 Pro",
    "Spider",
    "Spider A6 Build/LMY47D",
    "Robot",
    "BOTA 5",
    "Crawler X1",
    "ROBOT 4G Build/MRA58N",
    "Nubot",
    "SM-S928B Build/UP1A.231005.007; wv",
    "Yeti",
    "Slurp 7",
    "Archos Diamond",
    "Fetch TV",
    "Agent 5 Build/R1",
    "Scrappy",
    "monitor M1",
    "curl",
    "Python 3",
    "Feed 2",
    "Preview",
    "Validator",
    "Index 4",
    "Java J2",
    "Proxy P1 Build/NRD90M",
    "Scan 9",
    "BabyMonitor",
    "Screenshot",
]
MAKERS = [
    "HTC",
    "HUAWEI",
    "LG",
    "LGE",
    "Lenovo",
    "ALCATEL",
    "Pantech",
    "Philips",
    "KWC",
    "Sony",
    "NOKIA",
    "SAMSUNG",
]


@given(
    st.sampled_from(BROWSERS),
    st.one_of(
        st.sampled_from(PLATFORMS),
        st.builds(
            "Linux; Android {}; {}".format,
            st.sampled_from(["4.4.2", "8.1.0", "10", "13", "16"]),
            st.one_of(
                st.sampled_from(DEVICES),
                st.from_regex(
                    r"[A-Z][A-Za-z]{2,9}[ _-]?[A-Z0-9]{1,4}( Build/[A-Z0-9.]{3,12})?", fullmatch=True
                ),
            ),
        ),
    ),
    st.integers(4, 400),
)
def test_no_browser_is_taken_for_a_bot(browser, platform, version):
    assert classify(browser.format(platform, version, webkit=WEBKIT, ios=IOS)).agent_class == "person"


@given(
    st.sampled_from(MAKERS),
    st.sampled_from([" ", "-", "_", "/"]),
    st.from_regex(r"[A-Z]{1,2}[0-9]{2,4}[a-z]?", fullmatch=True),
)
def test_a_phone_that_says_only_who_made_it_is_a_person_s(maker, sign, model):
    assert classify(f"{maker}{sign}{model}").agent_class == "person"


@pytest.mark.parametrize(
    "user_agent",
    [
        "HTClient/1.0",
        "SharpReader/0.9.5",
        "Tcl http client package 2.7.2",
        "Sonycrawler/1.0",
        "HTC-Bot/1.0 (+http://x.example)",
    ],
)
def test_what_is_called_like_a_maker_of_phones_is_none(user_agent):
    assert classify(user_agent).agent_class != "person"


INTERNET_EXPLORER = "Windows NT 6.1; WOW64; Trident/7.0"


@pytest.mark.parametrize(
    "comment",
    [
        f"{INTERNET_EXPLORER}; http://intranet.example.com; rv:11.0",
        f"https://intranet.example.com/start; {INTERNET_EXPLORER}; rv:11.0",
        f"{INTERNET_EXPLORER}; www.example.com; rv:11.0",
    ],
)
def test_an_address_that_an_administrator_wrote_into_internet_explorer_s_is_no_agent_s(comment):
    assert classify(f"Mozilla/5.0 ({comment}) like Gecko").agent_class == "person"


@pytest.mark.parametrize(
    "comment",
    [
        f"{INTERNET_EXPLORER}; rv:11.0; +http://www.example.com/about",
        "compatible; MSIE 9.0; Windows NT 6.1; http://www.example.com",
        "compatible; MSIE 6.0; Windows NT 5.0; LinkMonitor",
    ],
)
def test_an_address_or_a_task_elsewhere_in_it_is_an_agent_s(comment):
    assert classify(f"Mozilla/5.0 ({comment}) like Gecko").is_agent


def test_a_phone_that_an_app_names_after_the_browser_is_a_person_s():
    android = "Mozilla/5.0 (Linux; Android 9; X20 PRO; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
    app = "Instagram 237.0.0.7.102 Android (28/9; 480dpi; 1080x2115; CUBOT; X20 PRO; mt6771; it_IT; 1)"
    assert (
        classify(f"{android} Version/4.0 Chrome/101.0.4951.61 Mobile Safari/537.36 {app}").agent_class
        == "person"
    )


@pytest.mark.parametrize(
    "user_agent",
    [
        # a hospital's workstations, and a browser that is called as a crawler is
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; .NET CLR 2.0.50727; SynapseWorkstation.3.2.1)",
        "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; SynapseWorkstation.4.4.2; rv:11.0) like Gecko",
        "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/35.0 Adventurer/2.1",
        # what browsers write after "compatible"
        "Mozilla/5.0 (compatible; KHTML/5.0; FreeBSD) Konqueror/5.0.97 (like Gecko)",
        "Mozilla/5.0 (compatible; Windows; U; Windows NT 6.2; en-US; rv:12.0) Gecko/20120403 Firefox/12.0",
        "Mozilla/4.0 (compatible; AOL 9.0; Windows NT 5.1; SV1)",
        "Mozilla/5.0 (compatible; WOW64; MSIE 10.0; Windows NT 6.1)",
        "Mozilla/5.0 (compatible; MSEDGE; Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
        "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1) (Compatible;  ;  ; Trident/4.0; WOW64)",
        # what the makers of browsers left in them
        "Mozilla/4.0 (compatible; MSIE 6.0; Mozilla/4.0(Compatible (EmbeddedWB 14 http://bsalsa.com/ ; CN)",
        "Mozilla/5.0 (X11; U; Linux i686; chrome://navigator/locale/navigator.properties) Gecko/20041107",
    ],
)
def test_a_browser_with_a_word_that_agents_have_too_is_a_person_s(user_agent):
    assert classify(user_agent) == PERSON


def test_a_home_server_that_previews_links_is_known_by_how_its_user_agent_begins():
    agent = Agent("preview", "Matrix", "Synapse", "declared")
    assert classify("Synapse (bot; +https://github.com/matrix-org/synapse)") == agent
    assert classify("Synapse/1.36.0") == agent


def test_a_second_comment_of_an_agent_s_is_still_one():
    assert classify("Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1) (compatible; FooThing)").is_agent


def test_an_address_beside_an_open_bracket_is_an_agent_s():
    said = (
        "Mozilla/4.0 (compatible; MSIE 7.0; Mozilla/4.0(EmbeddedWB 14 http://bsalsa.com/ +http://foo.example/"
    )
    assert classify(said).is_agent
