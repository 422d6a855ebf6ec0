"""Which numbers lie on the open internet, also inside IPv6 wrappings; and looking names up."""

import ipaddress
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import addresses
from ingest.addresses import is_public, resolve
from ingest.errors import FetchFailed

INSIDE = (
    "127.0.0.1", "127.255.255.255", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "0.0.0.0", "0.1.2.3", "100.64.0.1", "100.127.255.255", "192.0.0.1",
    "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "192.88.99.1", "224.0.0.1",
    "239.1.1.1", "240.0.0.1", "255.255.255.255",
)  # fmt: skip
OUTSIDE = ("93.184.216.34", "8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "223.255.255.254")


@pytest.mark.parametrize(
    "address",
    [
        *INSIDE, "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1",
        "ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1", "4000::1",
        "64:ff9b:1::808:808",  # NAT64 for local use (RFC 8215)
        "::8.8.8.8",  # IPv4-compatible, given up in 2006
        "::ffff:0:808:808",  # IPv4-translated (RFC 2765), given up too
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo, to 192.0.2.45
        "2001:0:808:808:0:ffff:f7f7:f7f7",  # Teredo, to 8.8.8.8
    ],
)  # fmt: skip
def test_inside(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [*OUTSIDE, "2606:4700::1111", "2a00:1450:4001:81b::200e"])
def test_outside(address: str) -> None:
    assert is_public(address)


def wrappings(number: int) -> list[ipaddress.IPv6Address]:
    return [
        ipaddress.IPv6Address((0xFFFF << 32) | number),  # mapped
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1),  # 6to4
        ipaddress.IPv6Address((0x64FF9B << 96) | number),  # NAT64
    ]


@given(st.sampled_from([*INSIDE, *OUTSIDE]) | st.ip_addresses(v=4).map(str))
def test_a_wrapped_address_is_as_public_as_what_it_wraps(address: str) -> None:
    for wrapped in wrappings(int(ipaddress.IPv4Address(address))):
        assert is_public(str(wrapped)) == is_public(address), wrapped


@given(
    st.ip_addresses(v=6, network="::/3").map(str)
    | st.ip_addresses(v=6, network="e000::/3").map(str)
)
def test_outside_of_global_unicast_only_wrapped_addresses_are_public(address: str) -> None:
    number = ipaddress.IPv6Address(address)
    if number.ipv4_mapped is None and number not in ipaddress.ip_network("64:ff9b::/96"):
        assert not is_public(address)


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_what_python_calls_private_is_never_public(
    number: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if is_public(str(number)):
        inner = getattr(number, "ipv4_mapped", None) or getattr(number, "sixtofour", None)
        assert (inner or number).is_global
        assert not any((number.is_loopback, number.is_link_local, number.is_multicast))


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "127.1"])
def test_spellings_of_a_number_are_looked_up_as_that_number(host: str) -> None:
    assert resolve(host, 80) == ("127.0.0.1",)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 70 + ".test", "a..b", "\udcff.test"])
def test_names_that_lead_nowhere(host: str) -> None:
    with pytest.raises(FetchFailed, match=r"no host named|looked up now") as caught:
        resolve(host, 80)
    assert caught.value.status == "unreachable"


def test_a_network_that_is_away_is_told_from_a_name_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr("socket.getaddrinfo", away)
    with pytest.raises(FetchFailed, match="no network"):
        resolve("site.test", 80)


def test_a_look_up_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "RESOLVE_SECONDS", 0.05)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(0.5) or [])
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="in time"):
        resolve("site.test", 80)
    assert time.monotonic() - began < 0.4
