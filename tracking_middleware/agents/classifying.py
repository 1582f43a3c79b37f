"""What a request says of who is reading."""

from __future__ import annotations

import re
from functools import lru_cache

from .agent import PERSON, UNKNOWN, Agent
from .browsers import is_of_a_browser, is_of_most_people, without_device
from .listed import listed
from .products import products

MOST_REMEMBERED = 2048
_LONGEST = 1000  # of a longer one the rest is nobody's name
_HOST = re.compile(r"(?:[a-z]+://)?([\w.-]+)")

_AN_ADDRESS = re.compile(
    r"[ (+;,]https?://|(?:^|[^u])bot\b|crawl|spider|@[\w-]+\.[a-z]|\.mobi/", re.IGNORECASE
)
_AN_AGENT = re.compile(
    r"(?<!cu)bot\b|bot[/;_-]|crawl|spider|scrap|slurp|fetch|://|\bwww\.|@[\w-]+\.[a-z]|monitor|headless|"
    r"^[\w./-]+, Mozilla/|archiv|(?<!cam)scan|\bfeed|validator|check(?:er|ing)|index(?:er|ing)|preview|proxy|"
    r"extractor|examiner|(?:api|http) (?:client|request)|\bseo\b|\ at [a-z]+\.|"
    r"\((?:[\w-]+\.)+(?:com|net|org)\b",
    re.IGNORECASE,
)
# libraries are called after what they do, or what they are written in
_A_TOOL = re.compile(
    r"(?!.*(?:bot|crawl|spider|feed|rss|mozilla))(?:.*(?:CPython/|Node\.js|\bnpm/|Emacs/)|"
    r"[\w.:-]*(?:http|client|curl|lib|sdk|api\b|python|java|perl|ruby|"
    r"php|node|go-|golang|rust\b|dart\b|fetch|parser|wget|grpc)[\w.:+-]*(?:[/ ;,]|$))",
    re.IGNORECASE,
)
# phones name what is between them and the site, or who made them; of some apps the list has the names too
_OF_A_PHONE = re.compile(
    r"CFNetwork/|MIDP|UCWEB|UP\.(?:Browser|Link)|SonyEricsson|Dalvik/|NetFront|"
    r"J-PHONE|SoftBank/|Arachne/|Polaris/|Klondike/|Jasmine/|^(?:\w+/\d\.0/|UNTRUSTED\d* )?(?:"
    r"(?:HTC|HUAWEI|LGE?|Lenovo|Alcatel|Pantech|Philips|Kyocera|KWC|Sanyo|Motorola|MOT|SIE|Haier|Amoi|Bird|Asus|"
    r"Audiovox|Sharp|Sony|ZTE|Panasonic|SEC|SCH|Archos|Lemon|Sagem|Toshiba|Lumia)(?:[ ;/._-]|$)|"
    r"LGE?[A-Z]*\d|Sony[A-Z]+\d|Nokia|SAMSUNG|BlackBerry)",
    re.IGNORECASE,
)
# other phones, televisions, consoles, players, old browsers
_OF_A_DEVICE = re.compile(
    r"Mozilla/\d.*\(|Opera|OPR/|WebKit|WAP|Android|\biOS\b|iPhone|iPad|iPod|(?:watch|tv|mac)OS|\bApple ?TV|"
    r"AirPlay|smart_?tv|Amiga|MorphOS|BeOS|RISC OS|Nintendo|PlayStation|Xbox|Roku|Sonos|HbbTV|DoCoMo|KDDI|"
    r"Teleca|Palm|Xiino|Mosaic|\bE?Links\b|Lynx|w3m|Dillo|NetSurf|Midori|Firefox|BonEcho|iCab|OmniWeb|"
    r"HotJava|Amaya|Arachne|Contiki|Internet Explorer|Browser|Player|NetworkSDK|AppleCoreMedia|VLC/|Winamp|"
    r"WebExplorer|MobileExplorer|WorldWideWeb|Doris/|NX/|Vimprobable|EPOC|Psion|\bUP/\d|Google Fiber|Biyubi|"
    r"KOMATSU|LineMode|Sleipnir|Camino|Ninetails|iSurf|Ericsson|AVE-Front|iBall|"
    r"Spice|QuickTime|lacleTV|MachBlue|CE-HTML|SMB3|"
    r"Outlook|Microsoft Office|Thunderbird|GOGGalaxy|\[FBAN",
    re.IGNORECASE,
)
_OF_A_COMPUTER = re.compile(r"\bWindows\b|\bwin\d\d|Darwin|Macintosh|Linux", re.IGNORECASE)


def classify(user_agent: str, *, signature_agent: str = "") -> Agent:
    """Who is reading, as far as they say it themselves; remembered, within bounds, for the next time.

    ``user_agent`` and ``signature_agent`` are the headers of these names, ``""`` where one was not sent.
    ``Signature-Agent`` (Web Bot Auth) names an operator beside a browser's user agent; that alone is
    ``declared``, as a user agent is. Never raises.
    """
    if signature_agent:
        return _signing(user_agent[:_LONGEST], signature_agent[:_LONGEST])
    return remembered(user_agent if len(user_agent) <= _LONGEST else user_agent[:_LONGEST])


@lru_cache(maxsize=MOST_REMEMBERED)
def remembered(user_agent: str) -> Agent:
    """``classify`` by a user agent of at most 1,000 characters alone."""
    return PERSON if is_of_most_people(user_agent) else looked_through(user_agent)


def looked_through(user_agent: str) -> Agent:
    """What ``remembered`` says of a user agent, by all that is known of agents."""
    if not user_agent.strip():
        return UNKNOWN
    if (named := products().named_in(user_agent)) is not None:
        return named
    of_a_browser = is_of_a_browser(user_agent)
    if of_a_browser is None and _OF_A_PHONE.search(user_agent) and not _AN_ADDRESS.search(user_agent):
        return PERSON
    if (entry := listed(without_device(user_agent) if of_a_browser else user_agent)) is not None:
        return Agent(entry[0], "", entry[1], "declared")
    if of_a_browser:
        return PERSON
    if of_a_browser is False or _AN_AGENT.search(user_agent) is not None:
        return Agent("other_bot")
    if _OF_A_DEVICE.search(user_agent) is not None:
        return PERSON
    # neither a browser's nor a device's text: people do not read with it, but for programs on their computers
    if _A_TOOL.match(user_agent) is not None:
        return Agent("tool")
    return UNKNOWN if _OF_A_COMPUTER.search(user_agent) is not None else Agent("other_bot")


@lru_cache(maxsize=MOST_REMEMBERED)
def _signing(user_agent: str, signature_agent: str) -> Agent:
    """By an agent that says whose signature it brings."""
    agent = remembered(user_agent)
    if agent.is_agent and agent.operator:
        return agent
    host = _HOST.match(signature_agent.strip().strip('"').lower())
    known = None if host is None else products().signers.get(host[1])
    if known is not None:
        return known
    return agent if agent.is_agent else Agent("other_bot")
