from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.errors import NetdError
from netd.plan import usernet_addresses as addresses
from netd.plan.usernet import Wanted
from netd.plan.usernet_addresses import Ipv4, Ipv6

V4, V6 = IPv4Address, IPv6Address

LENGTHS = {
    8: ["0.0.0.0", "10.0.3.7", "127.1.2.3"],
    12: ["172.16.0.1", "172.31.0.1"],
    15: ["198.18.3.4"],
    16: ["128.5.6.7", "172.15.0.1", "172.32.0.1", "191.1.1.1", "192.168.3.4"],
    24: ["224.1.1.1", "255.1.1.1"],
    28: ["192.0.2.77", "192.169.3.4", "198.19.3.4", "223.1.1.1"],
}


def test_the_usual_ones():
    assert addresses.ipv4(Wanted()) == Ipv4(
        network=IPv4Network("10.0.2.0/24"),
        host=V4("10.0.2.2"),
        dns=V4("10.0.2.3"),
        smb=V4("10.0.2.4"),
        first_lease=V4("10.0.2.15"),
        last_lease=V4("10.0.2.30"),
    )
    assert addresses.ipv6(Wanted()) == Ipv6(
        network=IPv6Network("fec0::/64"), host=V6("fec0::2"), dns=V6("fec0::3"), router=V6("fe80::2")
    )


def test_in_a_wide_network_they_are_not_at_its_start():
    side = addresses.ipv4(Wanted(net="192.168.0.0/16"))
    assert (side.host, side.dns) == (V4("192.168.2.2"), V4("192.168.2.3"))
    assert (side.smb, side.first_lease) == (V4("192.168.2.4"), V4("192.168.2.15"))


def test_each_can_be_given():
    side = addresses.ipv4(
        Wanted(
            net="10.1.0.0/16",
            host="10.1.9.9",
            dns="8.8.8.8",
            smbserver="10.1.9.4",
            dhcpstart="10.1.1.1",
            dhcpend="10.1.3",
        )
    )
    assert side.network == IPv4Network("10.1.0.0/16")
    assert (side.host, side.dns, side.smb) == (V4("10.1.9.9"), V4("8.8.8.8"), V4("10.1.9.4"))
    assert (side.first_lease, side.last_lease) == (V4("10.1.1.1"), V4("10.1.0.3"))


@pytest.mark.parametrize(
    ("net", "length"), [(net, length) for length, nets in LENGTHS.items() for net in nets]
)
def test_a_network_without_a_length_has_its_ranges(net, length):
    assert addresses.ipv4(Wanted(net=net)).network == IPv4Network((net, length), strict=False)


@given(st.ip_addresses(v=4), st.integers(4, 29))
def test_a_length_and_a_mask_say_the_same(address, length):
    mask = IPv4Network((0, length)).netmask
    assert addresses.ipv4(Wanted(net=f"{address}/{length}")) == addresses.ipv4(
        Wanted(net=f"{address}/{mask}")
    )


@given(st.ip_addresses(v=4), st.integers(4, 29))
def test_the_usual_ones_are_inside_and_differ(address, length):
    side = addresses.ipv4(Wanted(net=f"{address}/{length}"))
    inside = [side.host, side.dns, side.smb, side.first_lease, side.last_lease]
    assert all(address in side.network for address in inside)
    assert len({side.host, side.dns, side.smb, side.first_lease}) == 4
    assert side.first_lease <= side.last_lease


@pytest.mark.parametrize(
    ("dhcpstart", "last"),
    [("10.0.2.15", "10.0.2.30"), ("10.0.2.250", "10.0.2.254"), ("10.0.2.254", "10.0.2.254")],
)
def test_there_are_sixteen_leases_if_there_is_room(dhcpstart, last):
    assert addresses.ipv4(Wanted(dhcpstart=dhcpstart)).last_lease == V4(last)


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        ({"net": "10.0.3.0/28"}, "10.0.3.5", "10.0.3.14"),
        ({"net": "10.0.3.0/29"}, "10.0.3.5", "10.0.3.6"),
        ({"net": "10.0.3.0/29", "host": "10.0.3.5"}, "10.0.3.6", "10.0.3.6"),
    ],
)
def test_in_a_small_network_leases_do_not_start_at_the_broadcast_address(options, first, last):
    wanted = Wanted(**options)
    side = addresses.ipv4(wanted)
    assert (side.first_lease, side.last_lease) == (V4(first), V4(last))
    (warning,) = addresses.moved_start(wanted, side)
    assert warning == (
        f"DHCP starts at {first}, for {side.network.broadcast_address} is the broadcast address "
        f"of {side.network}"
    )


def test_no_warning_about_the_usual_start_or_a_given_one():
    for wanted in (Wanted(), Wanted(net="10.0.3.0/28", dhcpstart="10.0.3.9")):
        assert list(addresses.moved_start(wanted, addresses.ipv4(wanted))) == []


@pytest.mark.parametrize(
    ("wanted", "network", "host", "dns"),
    [
        (Wanted(ipv6_prefix="fd00:1::"), "fd00:1::/64", "fd00:1::2", "fd00:1::3"),
        (Wanted(ipv6_prefix="fd00:1::", ipv6_prefixlen=0), "fd00:1::/64", "fd00:1::2", "fd00:1::3"),
        (Wanted(ipv6_prefix="fd00:1::", ipv6_prefixlen=16), "fd00::/16", "fd00:1::2", "fd00:1::3"),
        (Wanted(ipv6_prefix="fec0::1"), "fec0::/64", "fec0::3", "fec0::3"),
        (Wanted(ipv6_host="fec0::9", ipv6_dns="2001:db8::1"), "fec0::/64", "fec0::9", "2001:db8::1"),
    ],
)
def test_ipv6(wanted, network, host, dns):
    assert addresses.ipv6(wanted) == Ipv6(IPv6Network(network), V6(host), V6(dns))


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "families"),
    [
        (None, None, (True, True)),
        (True, None, (True, False)),
        (None, True, (False, True)),
        (True, True, (True, True)),
        (False, None, (False, True)),
        (None, False, (True, False)),
        (True, False, (True, False)),
        (False, True, (False, True)),
    ],
)
def test_one_family_alone_switched_on_switches_the_other_off(ipv4, ipv6, families):
    assert addresses.families(Wanted(ipv4=ipv4, ipv6=ipv6)) == families


def test_a_network_of_two_has_no_edges():
    side = addresses.ipv4(Wanted(net="10.0.3.0/31", dns="8.8.8.8", dhcpstart="10.0.3.1"))
    addresses.check_ipv4(side)
    assert (side.host, side.first_lease, side.last_lease) == (V4("10.0.3.0"), V4("10.0.3.1"), V4("10.0.3.1"))


def test_edges():
    network = IPv4Network("10.0.2.0/24")
    edges = [address for address in network if addresses.is_edge(network, address)]
    assert edges == [V4("10.0.2.0"), V4("10.0.2.255")]


@pytest.mark.parametrize("prefix", ["::", "fd00::", "2001:db8::"])
def test_prefixes_that_can_be(prefix):
    addresses.check_ipv6(addresses.ipv6(Wanted(ipv6_prefix=prefix)))


@pytest.mark.parametrize("prefix", ["fe80::", "ff05::"])
def test_prefixes_that_cannot_be(prefix):
    with pytest.raises(NetdError, match="no network of hosts"):
        addresses.check_ipv6(addresses.ipv6(Wanted(ipv6_prefix=prefix)))


@pytest.mark.parametrize(
    ("address", "mac"),
    [
        ("10.0.2.2", "52:55:0a:00:02:02"),
        ("255.254.3.4", "52:55:ff:fe:03:04"),
        ("fec0::2", "52:56:00:00:00:02"),
        ("fec0::dead:beef", "52:56:de:ad:be:ef"),
    ],
)
def test_macs_are_libslirps(address, mac):
    assert addresses.mac(ip_address(address)) == mac


def test_where_services_are():
    assert addresses.service_address(IPv4Network("10.0.0.0/8")) == V4("10.0.2.4")
    assert addresses.service_address(IPv4Network("10.0.9.0/24")) == V4("10.0.9.4")
