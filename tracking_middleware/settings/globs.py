"""Globs as regular expressions that never take longer than a path is long. Pure.

``.*`` twice in one expression makes it try every place of the one with every place of the other. But a
text that follows a wildcard may as well be taken at its first place, which leaves the most room for what
comes after: so each such text is an atomic group, which is never tried again. Only the last one, which
has to end where the path ends, is looked for at every place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WITHIN = "[^/]"
_SEGMENTS = f"(?:{_WITHIN}*+/)*?"


def glob_regex(glob: str) -> str:
    """For ``fullmatch`` with DOTALL: ``*`` is anything within a segment, ``**`` anything across segments."""
    blocks = [block.split("*") for block in glob.split("**")]
    if len(blocks) == 1:
        return texts_regex(blocks[0], _WITHIN)
    first, *middle, last = blocks
    parts = [_at_once(first, _WITHIN), *(f"(?>{_somewhere(block)})" for block in middle)]
    if last == [""]:
        return "".join(parts) + ".*"
    # it has as many slashes as it has, and so only one segment to begin in
    return "".join(parts) + _SEGMENTS + texts_regex(["", *last], _WITHIN)


def texts_regex(texts: Sequence[str], anything: str) -> str:
    """For ``fullmatch``: the texts in their order, between each two any number of ``anything``."""
    if len(texts) == 1:
        return re.escape(texts[0])
    *before, last = texts
    rest = f"{anything}*?{re.escape(last)}" if last else f"{anything}*+"
    return _at_once(before, anything) + rest


def _at_once(texts: Sequence[str], anything: str) -> str:
    """The texts, each at the first place there is."""
    first, *following = map(re.escape, texts)
    return first + "".join(f"(?>{anything}*?{text})" for text in following if text)


def _somewhere(texts: Sequence[str]) -> str:
    """The texts from within the first segment that there is for them all."""
    return _SEGMENTS + _at_once(["", *texts], _WITHIN)
