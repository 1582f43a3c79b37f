"""The format ``email``, as the pipeline's validator takes it.

A domain in it ends in a top-level domain that there is: ``ann@shop.test`` and ``ann@localhost`` are no
addresses to it. The list is IANA's as that validator has it, of 2018.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from pathlib import Path

_MOST_USER, _MOST_DOMAIN = 64, 253
_LINE_ENDS = re.compile(r"[\n\r\x85\u2028\u2029]")
_SPACES = " \t\n\x0b\f\r"
_PLAIN = r"""[^\s\x00-\x1f\x7f()<>@,;:'\\".\[\]]"""
_WORD = rf"""(?:(?:\\.|{_PLAIN}|')+|"(?:\\"|[^"])*")"""
_USER = re.compile(rf"\s*{_WORD}(?:\.{_WORD})*", re.ASCII)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+([A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?)\.?", re.ASCII)
_LIST = Path(__file__).with_name("top_level_domains.txt")


def is_email(text: str) -> bool:
    """``ann@example.com``, ``"ann b"@example.com``, ``ann@[192.0.2.1]``."""
    user, at, domain = text.rstrip(_SPACES).rpartition("@")
    if not at or not domain or text.endswith(".") or _LINE_ENDS.search(text.strip(_SPACES)):
        return False
    if not user or len(user) > _MOST_USER or not _USER.fullmatch(user):
        return False
    if domain.startswith("[") and domain.endswith("]"):
        return _is_address(domain[1:-1])
    return _is_domain(domain)


def _is_domain(domain: str) -> bool:
    match = _DOMAIN.fullmatch(_in_ascii(domain))
    return match is not None and match.end() <= _MOST_DOMAIN and match[1].lower() in _top_level_domains()


def _in_ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


@cache
def _top_level_domains() -> frozenset[str]:
    return frozenset(_LIST.read_text("ascii").split())
