"""From the corpus to a request that nobody has sent yet; all chance comes from the ``Random`` passed in."""

from __future__ import annotations

import json
from dataclasses import replace

from .corpus import corpus

PERSON = "6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11"
SESSION = "0d7ef3f8-2f0a-4c8e-8a3a-d6ad7c4a7c55"

BITS = (
    *(b"\r\n", b"\n", b"\r", b"\0", b"\t", b"\x7f", b"\x85", b"\x1b[31m", b"\xe2\x80\xa8", b"\xc2\x85"),
    *(
        b"\xff",
        b"\xfe\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf0\x9f\x92\xa9",
        b"\xc3\xa9",
    ),
    *(b"%", b"%2", b"%zz", b"%0d%0a", b"%00", b"%ed%a0%80", b"%2525", b"%F0%9F%92%A9", b"%u0041"),
    *(
        b"=",
        b";",
        b"; ",
        b",",
        b"&",
        b"?",
        b"#",
        b"/",
        b"//",
        b"\\",
        b"..",
        b"@",
        b":",
        b"[",
        b"]",
        b"[]",
        b'"',
    ),
    *(b"\r\nSet-Cookie: x=y", b"{}", b"${x}", b"%s%n", b"<script>", b"undefined", b"null", b"*", b" ", b""),
    *(b"2147483647", b"2147483648", b"-1", b"1e999", b"99999999999999999999", b"0x10", b"1_0", b"\xd9\xa1"),
    *(PERSON.encode(), PERSON.upper().encode(), SESSION.encode(), b"00000000-0000-0000-0000-000000000000"),
)
HEADERS = {
    b"Host": (
        b"www.example.test",
        b"example.test:8000",
        b"localhost",
        b"[::1]:80",
        b"[::::]",
        b"[",
        b"",
        b"a..b",
    ),
    b"Cookie": (
        f"_sp_id.8e5d={PERSON}.1700000000.3.1700000100..{SESSION}; _sp_ses.8e5d=*".encode(),
        f"_sp_id.8e5d={PERSON}.1.2147483647.3.4.{SESSION}; _sp_id.1fff=x; _sp_ses.1fff=1".encode(),
        f"_sp_id.dc78={PERSON}.1.2.3; sp={SESSION}; consent=full; optout=".encode(),
        b'_sp_id.8e5d="undefined.1.2.3.4.5"; _sp_twin.8e5d=.eJw.x; consent=none',
        b"consent=anonymous; optout=1; _sp_twin.8e5d=WzFd.abc",
    ),
    b"Referer": (
        b"https://a.example/?q=1",
        b"javascript:alert(1)",
        b"//a",
        b"http://[::1]:70000/",
        b"about:blank",
    ),
    b"User-Agent": (b"Fuzz/1.0", b"\xf0\x9f\x92\xa9" * 600, b"x" * 1001),
    b"Accept-Language": (b"de-AT,de;q=0.8", b"*", b"a-a-a-a", b"de\r\nX: y", b"x" * 300),
    b"Accept": (b"text/html", b"*/*", b"TEXT/HTML;q=\xff"),
    b"Sec-Fetch-Dest": (b"document", b"empty", b"iframe", b"\xff"),
    b"X-Forwarded-For": (
        b"203.0.113.7, 10.0.0.1",
        b"::ffff:1.2.3.4",
        b"unknown",
        b"fe80::1%eth0",
        b"1.2.3.4:80",
    ),
    b"Forwarded": (b'for="[2001:db8::1]:80";proto=https;host=a', b"for=;;,,", b'for="\\'),
    b"X-Forwarded-Proto": (b"https", b"javascript", b"\xff"),
    b"X-Forwarded-Host": (b"a.example", b"a\r\nX: y", b"[", b"a, b"),
    b"Sec-GPC": (b"1", b" 1", b"\xff"),
    b"DNT": (b"1", b"0"),
    b"Sec-Purpose": (b"prefetch;prerender", b"\xff"),
    b"HX-Request": (b"true",),
    b"HX-Boosted": (b"true",),
    b"HX-Preloaded": (b"true",),
    b"Sec-Fetch-Mode": (b"navigate", b"cors", b"\xff"),
    b"Turbo-Frame": (b"list", b""),
    b"X-Turbo-Request-Id": (b"6fbe7f1e-0c6e-4e5e-9f0e-3c2b4f3a7a11",),
    b"X-Sec-Purpose": (b"prefetch", b"\xff"),
    b"X-Barba": (b"yes",),
    b"Origin": (b"https://a.example", b"null", b"a\r\nX-Injected: 1", b"\xff", b""),
    b"SP-Anonymous": (b"*", b""),
    b"Content-Type": (b"application/json", b"application/json; charset=utf-8", b"text/plain", b"\xff"),
    b"X-Requested-With": (b"XMLHttpRequest",),
}
_NAMES = tuple(HEADERS)
_SIZES = (1, 1, 2, 3, 5, 20, 100)
_LARGE = (1000, 5000, 16_000, 65_536)


def hostile(random, seed=b""):
    """Bytes: bits of attacks around and within ``seed``; now and then 64 KB of them."""
    text = seed
    for _ in range(random.randrange(1, 4)):
        bit = random.choice(BITS) if random.random() < 0.8 else random.randbytes(random.randrange(1, 9))
        times = random.choice(_LARGE) if random.random() < 0.002 else random.choice(_SIZES)
        at = random.randrange(len(text) + 1)
        text = text[:at] + bit * max(1, min(times, 65_536 // max(1, len(bit)))) + text[at:]
    return text


def text_of(random, raw):
    """What an application may take hostile bytes for."""
    codec, errors = random.choice(
        (("utf-8", "replace"), ("utf-8", "surrogateescape"), ("utf-8", "ignore"), ("latin-1", "strict"))
    )
    return raw.decode(codec, errors)


def mutated(random, kinds=None):
    """A request of the corpus, its method one of ``kinds`` where they are given, changed up to four times."""
    requests = corpus()
    names = [name for name, request in requests.items() if kinds is None or request.method in kinds]
    # large ones are slow, and nothing is learnt from every variation of them
    name = random.choice(names)
    if random.random() < 0.9 and _weight(requests[name]) > 4000:
        name = random.choice([name for name in names if _weight(requests[name]) <= 4000])
    request = requests[name]
    for _ in range(random.randrange(5)):
        request = random.choice(_MUTATIONS)(random, request)
    return request


def _weight(request):
    headers = sum(len(name) + len(value) for name, value in request.headers)
    return headers + len(request.target) + len(request.body)


def _new_header(random, request):
    name = random.choice(_NAMES)
    value = random.choice(HEADERS[name])
    kept = tuple(pair for pair in request.headers if pair[0].lower() != name.lower())
    return replace(request, headers=(*kept, (name, value)))


def _hostile_header(random, request):
    name = random.choice(_NAMES)
    value = hostile(random, random.choice(HEADERS[name]))
    return replace(request, headers=(*request.headers, (name, value)))


def _changed_header(random, request):
    if not request.headers:
        return request
    at = random.randrange(len(request.headers))
    name, value = request.headers[at]
    changed = (name, _changed(random, value))
    return replace(request, headers=(*request.headers[:at], changed, *request.headers[at + 1 :]))


def _fewer_headers(random, request):
    if not request.headers:
        return request
    at = random.randrange(len(request.headers))
    return replace(request, headers=request.headers[:at] + request.headers[at + 1 :])


def _changed_target(random, request):
    return replace(request, target=_changed(random, request.target))


def _longer_query(random, request):
    name = random.choice((b"q", b"_sp", b"token", b"user[password]", b"nuid", b"e", b"co", b"url", b"title"))
    sign = b"&" if b"?" in request.target else b"?"
    return replace(request, target=request.target + sign + name + b"=" + hostile(random))


def _changed_body(random, request):
    return replace(request, body=_changed(random, request.body))


def _changed_method(random, request):
    method = random.choice(("GET", "GET", "HEAD", "POST", "OPTIONS", "get", "G\xcaT", "X\r\nY"))
    return replace(request, method=method)


def _changed(random, raw):
    """Bytes with something put in, taken out, repeated, flipped, or cut off."""
    at = random.randrange(len(raw) + 1)
    to = min(len(raw), at + random.randrange(1, 20))
    kind = random.randrange(6)
    if kind == 0:
        return raw[:at] + raw[to:]
    if kind == 1:
        return raw[:to] + raw[at:to] * random.choice(_SIZES) + raw[to:]
    if kind == 2:
        return raw[:at]
    if kind == 3 and at < len(raw):
        return raw[:at] + bytes([raw[at] ^ (1 << random.randrange(8))]) + raw[at + 1 :]
    return raw[:at] + hostile(random) + raw[at:]


_MUTATIONS = (
    *(_new_header, _hostile_header, _changed_header, _fewer_headers, _changed_target),
    *(_longer_query, _changed_body, _changed_method),
)

_SCALARS = (
    "",
    "x",
    0,
    -1,
    1.5,
    True,
    None,
    "\ud800",
    "\0\r\n",
    "\U0001f4a9" * 600,
    2**70,
    "é" * 300,
    "1e999",
)


def json_value(random, depth=0):
    """Any value that JSON has, and some that it has not."""
    if depth > 3 or random.random() < 0.6:
        return (
            random.choice(_SCALARS) if random.random() < 0.97 else random.choice((float("nan"), float("inf")))
        )
    if random.random() < 0.5:
        return [json_value(random, depth + 1) for _ in range(random.randrange(4))]
    names = ("schema", "data", "e", "x", "\ud800", "é")
    return {random.choice(names): json_value(random, depth + 1) for _ in range(random.randrange(4))}


def described(random, schema=None):
    """A self-describing JSON, or nearly one."""
    schemas = (
        "iglu:com.acme/a/jsonschema/1-0-0",
        "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1",
        "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",
        "iglu:org.tracking_middleware/article/jsonschema/1-0-0",
        "iglu:\r\n",
        7,
    )
    data = json_value(random) if random.random() < 0.5 else {"schema": schemas[0], "data": json_value(random)}
    if random.random() < 0.3:
        data = [
            {"schema": random.choice(schemas), "data": json_value(random)} for _ in range(random.randrange(4))
        ]
    found = {"schema": schema or random.choice(schemas), "data": data}
    if random.random() < 0.05:
        found["extra"] = 1
    return found


def json_text(random, value):
    """A value as a text; now and then nested as deep as where readers give up."""
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    if random.random() < 0.03:
        text = text.replace("1.5", random.choice(("1e999", "-1e999", "9" * 5000, "0." + "0" * 5000 + "1")))
    if random.random() < 0.03:
        depth = random.choice((10, 49, 51, 300, 700, 900, 960, 970, 980, 985, 990, 995, 2000))
        text = text.replace("1.5", "[" * depth + "]" * depth).replace(
            "-1", '{"a":' * depth + "1" + "}" * depth
        )
    return text
