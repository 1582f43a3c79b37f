"""Published ranges are read, and addresses are looked up in them."""

from __future__ import annotations

import ipaddress
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.agents.proof.networks import MOST_NETWORKS, Networks, read_networks

GOOGLES = json.dumps(
    {
        "creationTime": "2026-01-01T00:00:00",
        "prefixes": [{"ipv6Prefix": "2001:4860:4801:10::/64"}, {"ipv4Prefix": "66.249.64.0/27"}],
    }
)


@pytest.mark.parametrize(
    "text",
    [
        GOOGLES,
        '["66.249.64.0/27", "2001:4860:4801:10::/64"]',
        '{"prefixes": [{"ip_prefix": "66.249.64.0/27"}, {"ipv6_prefix": "2001:4860:4801:10::/64"}]}',
        "# ours\n66.249.64.0/27  # crawlers\n\n2001:4860:4801:10::/64\n",
    ],
)
def test_reads_what_operators_publish(text):
    networks = read_networks(text)
    inside = ["66.249.64.0", "66.249.64.31", "2001:4860:4801:10::1"]
    outside = ["66.249.64.32", "66.249.63.255", "2001:4860:4801:11::", "::1"]
    assert all(ipaddress.ip_address(address) in networks for address in inside)
    assert not any(ipaddress.ip_address(address) in networks for address in outside)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no network"),
        ('{"prefixes": []}', "names no network"),
        ('{"keys": []}', "is no list of ranges"),
        ('{"prefixes": [', "begins as JSON and is none"),
        ("66.249.64.0/27\nexample.com\n", "has 'example.com' at line 2, which is no network"),
        ('{"prefixes": [{"ipv4Prefix": "66.249.64.0/33"}]}', r"at prefixes\[0\], which is no network"),
        ("0.0.0.0/0", "wider than any operator's network"),
        ("::/0", "wider than any operator's network"),
        ("192.0.2.1\n" * (MOST_NETWORKS + 1), "names 100001 networks"),
        ("<html>", "which is no network"),
    ],
)
def test_says_what_is_no_list_of_ranges(text, said):
    with pytest.raises(ValueError, match=said):
        read_networks(text)


_NETWORKS = st.lists(
    st.builds(
        lambda number, length: ipaddress.ip_network((number, length), strict=False),
        st.integers(0, 2**32 - 1),
        st.integers(8, 32),
    ),
    max_size=20,
)


@given(_NETWORKS, st.integers(0, 2**32 - 1), st.data())
def test_finds_an_address_where_one_of_the_networks_has_it(networks, number, data):
    if networks and data.draw(st.booleans()):  # else nearly none would be in
        network = data.draw(st.sampled_from(networks))
        number = data.draw(st.integers(int(network.network_address), int(network.broadcast_address)))
    address = ipaddress.IPv4Address(number)
    assert (address in Networks(networks)) == any(address in network for network in networks)
