"""Address, scheme and host of the client."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.addresses import anonymized, client_address, forwarded_elements, list_entries
from tracking_middleware.request.client_ip import Client, client_of
from tracking_middleware.request.raw_request import ViewedRequest
from tracking_middleware.request.view import RequestView
from tracking_middleware.settings.proxies import trusted_proxies

octets = st.integers(0, 255).map(str) | st.sampled_from(
    ["256", "300", "00", "01", "010", "", "1 ", "٣", "1e1"]
)
nearly_ipv4 = st.lists(octets, min_size=3, max_size=5).map(".".join)
peers = nearly_ipv4 | st.ip_addresses().map(str) | st.text(alphabet="0123456789abcdef.:%/ \n", max_size=45)


def carefully(peer):
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@given(peers)
def test_an_address_is_what_ipaddress_reads(peer):
    address = carefully(peer)
    assert client_address(peer, is_forwarded=False) == ("" if address is None else str(address))


@given(peers)
def test_a_private_peer_that_forwards_is_a_proxy(peer):
    address = carefully(peer)
    expected = "" if address is None or address.is_private else str(address)
    assert client_address(peer, is_forwarded=True) == expected


@pytest.mark.parametrize("peer", ["10.0.0.7", "127.0.0.1", "192.168.1.1", "::1", "fc00::1"])
def test_one_private_peer_is_a_visitor_or_a_proxy_by_its_headers(peer):
    for _ in range(2):
        assert client_address(peer, is_forwarded=False) == peer
        assert client_address(peer, is_forwarded=True) == ""


# -- behind trusted proxies


def came(peer="10.0.0.1", trusted=1, scheme="http", host="inner:8000", **headers):
    """Where a request came from; ``x_forwarded_for="…"`` is a header."""
    view = RequestView(
        method="GET",
        scheme=scheme,
        host=host,
        path="/",
        query="",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        peer=peer,
        native_source=dict,
    )
    return client_of(ViewedRequest(view, {}), trusted_proxies(trusted) if trusted else None)


NETWORKS = "10.0.0.0/8, fd00::/8"


@pytest.mark.parametrize(
    ("trusted", "chain", "address"),
    [
        (1, "8.8.8.8", "8.8.8.8"),
        (1, "9.9.9.9, 8.8.8.8", "8.8.8.8"),
        (2, "9.9.9.9, 8.8.8.8, 10.0.0.2", "8.8.8.8"),
        (1, "8.8.8.8:4711", "8.8.8.8"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "[fe80::1%25eth0]:80", "fe80::1"),
        (1, "::ffff:8.8.8.8", "8.8.8.8"),
        (1, "10.9.9.9", "10.9.9.9"),
        (1, "unknown", ""),
        (1, "8.8.8.8, unknown", ""),
        (1, "8.8.8.8, _hidden", ""),
        (1, "8.8.8.8, ", ""),
        (1, "", ""),
        (1, "0.0.0.0", ""),
        (1, "8.8.8.08", ""),
        (1, "8.8.8.8:99999999", ""),
        (NETWORKS, "8.8.8.8", "8.8.8.8"),
        (NETWORKS, "9.9.9.9, 8.8.8.8, 10.0.0.2, fd00::2", "8.8.8.8"),
        (NETWORKS, "9.9.9.9, unknown, 10.0.0.2", ""),
        (NETWORKS, "9.9.9.9, 192.168.0.1, 10.0.0.2", "192.168.0.1"),
    ],
)
def test_an_address_is_read_from_the_right(trusted, chain, address):
    assert came(trusted=trusted, x_forwarded_for=chain) == Client(address, "http://inner:8000")


@pytest.mark.parametrize(
    ("trusted", "headers", "advice"),
    [
        (2, {"x_forwarded_for": "8.8.8.8", "x_forwarded_proto": "https"}, "fewer proxies"),
        (2, {"forwarded": "for=8.8.8.8;proto=https"}, "fewer proxies"),
        (1, {}, "said nothing"),
        (NETWORKS, {}, "said nothing"),
        (NETWORKS, {"x_forwarded_for": "10.1.1.1, 10.0.0.2"}, "narrow trusted_proxies"),
        (1, {"x_forwarded_for": "8.8.8.8", "forwarded": "for=9.9.9.9;proto=https"}, "contradict"),
        (1, {"x_forwarded_for": "8.8.8.8", "forwarded": "for=_me;proto=https"}, "contradict"),
        (1, {"x_forwarded_for": "8.8.8.8", "forwarded": '"'}, "contradict"),
    ],
)
def test_what_may_be_wrong_is_left_out_with_advice(trusted, headers, advice):
    client = came(trusted=trusted, **headers)
    assert (client.address, client.origin, client.trouble) == ("", "http://inner:8000", "proxy_unclear")
    assert advice in client.advice


@pytest.mark.parametrize(
    ("header", "address", "origin"),
    [
        ("for=8.8.8.8", "8.8.8.8", "http://inner:8000"),
        ('FOR="[2001:db8::1]:4711";Proto=HTTPS', "2001:db8::1", "https://inner:8000"),
        ("for=9.9.9.9;proto=http, for=8.8.8.8 ; proto=https ;", "8.8.8.8", "https://inner:8000"),
        ('for=8.8.8.8;host="www.example.com:8443";proto=https', "8.8.8.8", "https://www.example.com:8443"),
        (r'for="\8.8.8.8";host=WWW.example.com:80', "8.8.8.8", "http://www.example.com"),
        ('for="a,for=9.9.9.9", for=8.8.8.8', "8.8.8.8", "http://inner:8000"),
        ('a="\\, for="8.8.8.8:1"', "8.8.8.8", "http://inner:8000"),
        ('for=8.8.8.8;ext="a, for=9.9.9.9"', "8.8.8.8", "http://inner:8000"),
        (r'for=8.8.8.8;ext="\", for=9.9.9.9;a=\""', "8.8.8.8", "http://inner:8000"),
        ("for=unknown;proto=https", "", "https://inner:8000"),
        ("for=_hidden", "", "http://inner:8000"),
        ("for=8.8.8.8;for=9.9.9.9;proto=https", "", "http://inner:8000"),
        ("for=8.8.8.8;;proto=https", "8.8.8.8", "https://inner:8000"),
        ("for=8.8.8.8 proto=https", "", "http://inner:8000"),
    ],
)
def test_forwarded_is_read_by_its_grammar(header, address, origin):
    assert came(forwarded=header) == Client(address, origin)


@pytest.mark.parametrize(
    ("trusted", "headers", "origin"),
    [
        (1, {"proto": "https"}, "https://inner:8000"),
        (1, {"proto": "HTTPS", "host": "Www.Example.com"}, "https://www.example.com"),
        (1, {"proto": "http, https"}, "https://inner:8000"),
        (2, {"proto": "http, https, http"}, "https://inner:8000"),
        (2, {"proto": "https"}, "https://inner:8000"),
        (3, {"proto": "https, https"}, "https://inner:8000"),
        (3, {"proto": "https, http"}, "http://inner:8000"),
        (1, {"proto": "javascript"}, "http://inner:8000"),
        (1, {"proto": "https", "host": "www.example.com", "port": "8443"}, "https://www.example.com:8443"),
        (1, {"proto": "https", "host": "www.example.com", "port": "443"}, "https://www.example.com"),
        (1, {"proto": "https", "host": "www.example.com", "port": "80"}, "https://www.example.com"),
        (1, {"host": "www.example.com:8080", "port": "9"}, "http://www.example.com:8080"),
        (1, {"host": "[2001:DB8::1]", "port": "8080"}, "http://[2001:db8::1]:8080"),
        (1, {"host": "www.example.com", "port": "0"}, "http://www.example.com"),
        (1, {"host": "www.example.com", "port": "65536"}, "http://www.example.com"),
        (1, {"host": "evil.example, www.example.com"}, "http://www.example.com"),
        *(
            (1, {"host": host}, "http://inner:8000")
            for host in (
                *("user@evil.example", "evil.example/path", "evil.example?q", "evil.example\r\nX: y", ""),
                *("evil.example:port", "evil.example:70000", "[::1", "[1.2.3.4]x", "[12345::]", "a..b"),
                *("bücher.example", "e v.example", "x" * 256),
            )
        ),
    ],
)
def test_scheme_and_host_are_what_the_outermost_proxy_wrote(trusted, headers, origin):
    sent = {f"x_forwarded_{name}": value for name, value in headers.items()}
    chain = ", ".join(["8.8.8.8"] * trusted)
    assert came(trusted=trusted, x_forwarded_for=chain, **sent) == Client("8.8.8.8", origin)
    assert came(trusted=trusted, **sent).origin == origin


def test_a_port_alone_belongs_to_the_host_as_it_came():
    client = came(host="www.example.com", x_forwarded_for="8.8.8.8", x_forwarded_port="8443")
    assert client.origin == "http://www.example.com:8443"


def test_two_kinds_of_headers_that_agree_are_believed():
    client = came(
        x_forwarded_for="8.8.8.8",
        x_forwarded_host="www.example.com:443",
        x_forwarded_proto="https",
        forwarded='for="8.8.8.8:4711";host=www.example.com;proto=https',
    )
    assert client == Client("8.8.8.8", "https://www.example.com")


@pytest.mark.parametrize("peer", ["", "unix:", "localhost", "/run/app.sock"])
def test_a_peer_without_an_address_is_trusted_by_its_word_or_by_hops(peer):
    headers = {"x_forwarded_for": "8.8.8.8", "x_forwarded_proto": "https"}
    trusted = Client("8.8.8.8", "https://inner:8000")
    assert came(peer, 1, **headers) == came(peer, "unix", **headers) == trusted
    untrusted = came(peer, NETWORKS, **headers)
    assert (untrusted.address, untrusted.origin) == ("", "http://inner:8000")
    assert untrusted.trouble == "proxy_untrusted"
    assert "trusted_proxies" in untrusted.advice
    assert "'unix'" in untrusted.advice


@pytest.mark.parametrize("name", ["forwarded", "x_forwarded_for", "x_forwarded_host", "x_forwarded_proto"])
@pytest.mark.parametrize("trusted", [None, "192.168.7.0/24"])
def test_an_untrusted_peer_is_not_believed(trusted, name):
    private = came("10.0.0.7", trusted, **{name: "8.8.8.8"})
    assert (private.address, private.origin, private.trouble) == ("", "http://inner:8000", "proxy_untrusted")
    assert "such as 1, or to '10.0.0.7'" in private.advice
    assert came("8.8.4.4", trusted, **{name: "8.8.8.8"}) == Client("8.8.4.4", "http://inner:8000")


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1", "fd00::1%eth0"])
def test_a_trusted_peer_is_known_in_every_notation(peer):
    assert came(peer, NETWORKS, x_forwarded_for="8.8.8.8").address == "8.8.8.8"


visitors = st.sampled_from(["8.8.8.8", "2001:db8::5", "172.16.3.4", "203.0.113.9"])
proxies = st.lists(st.sampled_from(["10.0.0.1", "10.200.0.9", "fd00::7"]), min_size=1, max_size=4)
pieces = st.sampled_from(
    [
        *(
            "1.2.3.4",
            "10.0.0.1",
            "fd00::7",
            "8.8.8.8",
            "https",
            "http",
            "evil.example",
            "for=",
            "proto=",
            "host=",
        ),
        *('"', "\\", ",", ", ", ";", "=", "[", "]", " ", "unknown", "_x", ':1"', "\t", "é"),
    ]
)
spoofs = st.none() | st.lists(pieces, max_size=12).map("".join)


def appended(sent, *written):
    return ", ".join([*([] if sent is None else [sent]), *written])


def node(address):
    return f'"[{address}]:4711"' if ":" in address else address


@given(visitors, proxies, st.tuples(spoofs, spoofs, spoofs), st.booleans(), st.booleans())
def test_what_a_visitor_writes_in_front_changes_nothing(visitor, chain, sent, has_hops, appends):
    peers = [visitor, *chain[:-1]]
    rest = ["http"] * (len(chain) - 1), ["inner"] * (len(chain) - 1)
    client = came(
        chain[-1],
        len(chain) if has_hops else NETWORKS,
        x_forwarded_for=appended(sent[0], *peers),
        x_forwarded_proto=appended(sent[1], "https", *rest[0]) if appends else "https",
        x_forwarded_host=appended(sent[2], "www.example.com", *rest[1]) if appends else "www.example.com",
    )
    assert client == Client(visitor, "https://www.example.com")


@given(visitors, proxies, spoofs, st.booleans())
def test_what_a_visitor_writes_in_front_of_forwarded_changes_nothing(visitor, chain, sent, has_hops):
    elements = [f"for={node(visitor)};proto=https;host=www.example.com"]
    elements += [f"for={node(peer)};proto=http;host=inner" for peer in chain[:-1]]
    trusted = len(chain) if has_hops else NETWORKS
    client = came(chain[-1], trusted, forwarded=appended(sent, *elements))
    assert client == Client(visitor, "https://www.example.com")


@given(visitors, proxies, st.lists(pieces, max_size=12).map("".join), st.booleans(), st.booleans())
def test_the_other_kind_of_headers_can_only_take_the_answer_away(visitor, chain, sent, has_hops, writes_x):
    peers = [visitor, *chain[:-1]]
    written = {
        "x_forwarded_for": ", ".join(peers),
        "x_forwarded_proto": "https",
        "x_forwarded_host": "www.example.com",
    }
    spoofed = {"forwarded": sent}
    if not writes_x:
        spoofed = dict.fromkeys(written, sent)
        elements = [f"for={node(peer)};proto=https;host=www.example.com" for peer in peers]
        written = {"forwarded": ", ".join(elements)}
    client = came(chain[-1], len(chain) if has_hops else NETWORKS, **written, **spoofed)
    assert client.address in {visitor, ""}
    assert client.origin in {"https://www.example.com", "http://inner:8000"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("::ffff:203.0.113.9", "203.0.113.0"),
        ("2002:cb00:7109::1", "2002:cb00:7100::"),  # 6to4 of 203.0.113.9
        ("64:ff9b::203.0.113.9", "64:ff9b::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("somewhere", ""),
    ],
)
def test_an_address_without_its_end(address, expected):
    assert anonymized(address) == expected


@given(st.ip_addresses())
def test_anonymizing_twice_is_anonymizing_once(address):
    once = anonymized(str(address))
    assert anonymized(once) == once != ""


@pytest.mark.parametrize(
    "front", ["1.1.1.1," * 20_000, "," * 100_000, '"' * 100_001, "\\" * 100_000, "9" * 100_000]
)
@pytest.mark.parametrize("trusted", [1, NETWORKS])
def test_however_much_a_visitor_writes_in_front_the_end_alone_is_read(front, trusted):
    client = came(
        trusted=trusted, x_forwarded_for=f"{front}, 8.8.8.8", x_forwarded_host=f"{front}, shop.example"
    )
    assert (client.address, client.origin) == ("8.8.8.8", "http://shop.example")
    client = came(trusted=trusted, forwarded=f"{front}, for=8.8.8.8;host=shop.example;proto=https")
    assert (client.address, client.origin) == ("8.8.8.8", "https://shop.example")


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded"])
def test_what_is_left_of_an_entry_whose_begin_is_not_read_is_none(header):
    written = ("for=" if header == "forwarded" else "") + "8.8.8.8" + " " * 4092
    client = came(**{header: "1" * 10 + written})
    assert client.address == ""


@pytest.mark.parametrize("text", ["1.1.1.1," * 20_000, "," * 100_000, "for=a;" * 20_000, 'for="' * 20_000])
def test_the_number_of_entries_that_are_read_has_an_end(text):
    assert len(list_entries(text)) <= 4097
    assert len(forwarded_elements(text)) <= 4097
