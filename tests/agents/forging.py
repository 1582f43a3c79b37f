"""Change a signed request in as many ways as are asked for, and keep the forgeries that are taken."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from urllib.parse import urlsplit

from http_sf import parse, ser

from .signing import OTHER, checker, signed

COVERED = ("@authority", "@method", "@path", "@query", '"signature-agent";key="sig1"', "accept")
NAMES = ("signature", "signature-input", "signature-agent", "accept")


def forgeries(number, seed):
    """The verdicts over that many changed requests, and those taken that say something else."""
    rng = random.Random(seed)
    check = checker()
    request = signed(covered=COVERED, headers={"accept": "text/html"})
    strange = dict(signed(key=OTHER, covered=COVERED, headers={"accept": "text/html"}).headers)
    verdicts, taken = Counter(), []
    for _ in range(number):
        forged = mutated(request, strange, rng)
        if is_the_same(request, forged):
            verdicts["the same"] += 1
            continue
        verdict = check.check(forged).verdict
        verdicts[verdict] += 1
        if verdict == "signed":
            taken.append(forged)
    return verdicts, taken


def mutated(request, strange, rng):
    """The request with something changed that its signature covers, or in the signature itself."""
    headers = dict(request.headers)
    name = rng.choice(NAMES)
    way = rng.randrange(8)
    if way == 0:
        return replace(request, url=_another(request.url, rng))
    if way == 1:
        return replace(request, method=rng.choice(["POST", "HEAD", "PUT", "get"]))
    if way == 2:
        headers.pop(name)
    elif way == 3:
        moved = rng.choice([-9, 1, 86_400, 10**9])
        headers["signature-input"] = re.sub(
            rf"({rng.choice(['created', 'expires'])}=)(\d+)",
            lambda found: f"{found[1]}{int(found[2]) + moved}",
            headers["signature-input"],
        )
    elif way == 4:
        inner, closing, rest = headers["signature-input"].partition(")")
        parts = re.findall(r'"[^"]+"(?:;key="[^"]+")?', inner)
        parts.pop(rng.randrange(len(parts)))
        rng.shuffle(parts)
        headers["signature-input"] = f"sig1=({' '.join(parts)}{closing}{rest}"
    elif way == 5:  # by a key that the directory does not have, under the name of one that it has
        headers["signature"] = strange["signature"]
    elif way == 6:  # many changes at once
        for _ in range(rng.randrange(2, 6)):
            name = rng.choice(NAMES)
            headers[name] = _changed(headers[name], rng)
    else:
        headers[name] = _changed(headers[name], rng)
    return replace(request, headers=tuple(headers.items()))


def is_the_same(one, other):
    """Whether two requests say the same in other writing, which RFC 9421 lets a signature allow."""
    return _plain(one) == _plain(other)


def _another(url, rng):
    return rng.choice(
        [
            url.replace("news", "evil"),
            url + "1",
            url.replace("story", "Story"),
            url.partition("?")[0],
            url.replace("example", "example:8443"),
            url.replace("https:", "http:"),
            _changed(url, rng),
        ]
    )


def _changed(text, rng):
    index = rng.randrange(len(text) or 1)
    character = chr(rng.randrange(32, 127))
    return rng.choice(
        [
            text[:index] + text[index + 1 :],
            text[:index] + character + text[index:],
            text[:index] + character + text[index + 1 :],
            text[:index] + text[index:][::-1],
        ]
    )


def _plain(request):
    headers = dict(request.headers)
    try:
        for name in NAMES[:3]:
            headers[name] = ser(parse(headers[name].encode(), tltype="dictionary"))
        accept = headers["accept"].strip()
        parts = urlsplit(request.url)
    except (KeyError, ValueError):
        return object()
    # the scheme and what is behind # are not covered here
    port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    authority = parts.netloc.rpartition("@")[2].lower().removesuffix(port).removesuffix(":")
    return request.method, authority, parts.path or "/", parts.query, accept, *map(headers.get, NAMES[:3])
