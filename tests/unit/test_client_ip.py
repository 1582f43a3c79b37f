"""The address of the client."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_middleware.client_ip import client_address

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
