"""What is written by a browser, and what an agent says that dresses up as one.

A device may be a ``CUBOT`` or have ``Spider`` in its name. The name stands in the comment after
``Mozilla/5.0``, where only an agent that shows itself writes an address, a version or ``compatible``.
"""

from __future__ import annotations

import re

# nothing in these can be matched in two ways, so that no text takes longer than its length
_COMMENT = r"\((?:[^()]|\([^()]*\))*\)"
_FORM = re.compile(
    rf"Mozilla/[45]\.\d+ {_COMMENT}|Opera/\d+\.\d+ {_COMMENT}|MozacFetch/|Avant Browser/[\w.]+ {_COMMENT}|"
    # a part of Internet Explorer's in other programs leaves its brackets open
    r"Mozilla/4\.0 \(compatible; MSIE [^)]*EmbeddedWB[^)]*"
)
# some browsers name their makers' sites, and administrators write their own into Internet Explorer's
_NO_AGENTS = (
    r"(?!(?:www\.)?(?:bsalsa|QtWeb|multibrowser|avantbrowser)\.|navigator/locale/|"
    r"[^();]*(?: Build/|; (?:rv:11\.0\)|Windows NT [^()]*Trident/)))"
)
_ADDRESS = rf"://{_NO_AGENTS}|\b(?<!By\.)www\.{_NO_AGENTS}|(?:^|[^/\w.-])[\w.-]+@[\w-]+\.[a-z]"
_SAID_BY_AGENTS = re.compile(
    _ADDRESS
    + r"|\bcompatible;(?! MSIE| *; )|KHTML, like Gecko;|\bGoogle-|(?:(?<!cu)bot|crawl|crawler|spider)\b|"
    r"(?:agent|preview|previewer|fetcher|monitor|monitoring|validator|checker|classifier|inspect|analyzer|"
    r"synthetics?|screenshot|(?:api|http) (?:client|request))(?:$|[/;)]|\ v?\d)|"
    r"\ at [a-z]+\.|\ dot com\b|headless|phantomjs|lighthouse|\bseo\b",
    re.IGNORECASE,
)
_SAID_BY_AGENTS_OF_A_DEVICE = re.compile(
    _ADDRESS + r"|\bGoogle-|^Mozilla/[45]\.\d \([a-z-]+\.(?:com|net|org|co|io|ai|eu)\b|"
    r"linkcheck|\bcompatible;(?! *(?:MSIE|Konqueror|ms-office|IBrowse|ANTGalio|Linux |Polaris|OffByOne|iCab|"
    r"Origyn|KUN/|U;|\w\w;|\w\w-\w\w;|Windows |Intel Mac|Haiku|Opera|OmniWeb|Dillo|Acorn|Teleca|OSS/|Nokia|"
    r"SonyEricsson|FW |Device Mosaic|x86 |Netbox|Gecko/|snom|DPlus|Mozilla/|; |Odyssey|"
    r"ABrowse|MAUI|WAP Browser|AWEB|GoogleToolbar|KHTML/|Windows;|AOL \d|WOW64; MSIE|MSEDGE;))|"
    r"(?:bot|crawler|spider|agent|preview|fetcher|monitor|validator|scanner)/v?\d|(?:synthetics|headless)\b|"
    r"screenshot-|MSIE \d[^()]*\w(?:monitor|checker|crawler|httpstatus)[;)]",
    re.IGNORECASE,
)
_OF_MOST_PEOPLE = re.compile(
    r"Mozilla/5\.0 \((?:Windows NT [\d.]+(?:; Win64; x64|; WOW64)?|Macintosh; Intel Mac OS X [\d._]+|"
    r"X11; (?:Ubuntu; )?(?:Linux x86_64|CrOS x86_64 [\d.]+)|"
    r"(?:iPhone; CPU iPhone|iPad; CPU) OS [\d_]+ like Mac OS X|"
    r"Linux; Android [\d.]+; (?:K|SM-[A-Z]\d+[A-Z]*|Pixel \d\w?)|Android [\d.]+; Mobile)(?:; rv:[\d.]+)?\)"
    r"(?: (?:AppleWebKit|Chrome|Version|Mobile|Safari|Gecko|Firefox|EdgA?|OPR|CriOS|FxiOS|SamsungBrowser)"
    r"(?:/(?:[\d.]+|1\d[A-Z]\d+[a-z]?))?| \(KHTML, like Gecko\))+",
    re.ASCII,
)
_ONLY_A_NAME = re.compile(
    r"Mozilla/5\.0+ \((?!PlayStation|Nintendo|LG|Vodafone|Danger|compatible (?:MSIE|Konqueror))[^;()]*\)"
)
_OF_A_COMPUTER = re.compile(r"Windows NT|Macintosh|X11|compatible; MSIE")


def is_of_most_people(user_agent: str) -> bool:
    """Whether it is one of those that nearly all people have, in which there is no room for a name."""
    return _OF_MOST_PEOPLE.fullmatch(user_agent) is not None


def is_of_a_browser(user_agent: str) -> bool | None:
    """Whether a browser wrote it; False: an agent dressed up as one, None: it has not the form at all."""
    form = _FORM.match(user_agent)
    if form is None:
        return None
    if _ONLY_A_NAME.fullmatch(user_agent) or _SAID_BY_AGENTS_OF_A_DEVICE.search(form[0]) is not None:
        return False
    return _SAID_BY_AGENTS.search(user_agent, form.end()) is None


def without_device(user_agent: str) -> str:
    """What is left of a browser's without the name of the phone it runs on; computers have none."""
    form = _FORM.match(user_agent)
    if form is None or _OF_A_COMPUTER.search(form[0]) is not None:
        return user_agent
    return user_agent[form.end() :]
