from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.errors import Malformed
from netd.wire import ip
from netd.wire.ip import Fragment
from tests.wire.frames import FAR4, FAR6, GUEST4, GUEST6, ipv4, ipv6, plain_sum

HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, OPTIONS, UDP, ESP = 0, 43, 44, 51, 60, 17, 50
EMPTY = bytes([UDP, 0]) + bytes(6)
BODY = b"abc"


def extension(following, units=0):
    return bytes([following, units]) + bytes(6 + units * 8)


def fragment(following, offset, more, ident=7):
    return struct.pack(">BxHI", following, offset | more, ident)


def refused(octets):
    with pytest.raises(Malformed) as error:
        ip.read(octets)
    return str(error.value)


def test_an_ipv4_packet():
    packet = ip.read(ipv4(UDP, BODY, ttl=9))
    assert (packet.version, packet.source, packet.destination) == (4, GUEST4, FAR4)
    assert (packet.ttl, packet.protocol, packet.payload) == (9, UDP, BODY)
    assert (packet.fragment, packet.may_split) == (None, True)


def test_an_ipv6_packet():
    packet = ip.read(ipv6(UDP, BODY))
    assert (packet.version, packet.source, packet.destination) == (6, GUEST6, FAR6)
    assert (packet.ttl, packet.protocol, packet.payload) == (64, UDP, BODY)
    assert (packet.fragment, packet.may_split) == (None, False)


@pytest.mark.parametrize("octets", [ipv4(UDP, BODY), ipv6(UDP, BODY)])
def test_what_follows_is_left_out(octets):
    assert ip.read(octets + bytes(20)).octets == octets


def test_ipv4_options_are_skipped():
    assert ip.read(ipv4(UDP, BODY, options=bytes([1] * 8))).payload == BODY


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        (0x2000, Fragment(0, True, 77)),
        (0x2001, Fragment(8, True, 77)),
        (0x1FFF, Fragment(65528, False, 77)),
        (0x4000, None),
        (0x8000, None),
    ],
)
def test_ipv4_fragments(flags, found):
    assert ip.read(ipv4(UDP, BODY, flags=flags)).fragment == found


def test_whether_ipv4_may_be_split():
    assert not ip.read(ipv4(UDP, BODY, flags=0x4000)).may_split


@pytest.mark.parametrize(
    ("first", "headers"),
    [
        (HOP_BY_HOP, extension(UDP)),
        (HOP_BY_HOP, extension(OPTIONS, 2) + extension(UDP, 1)),
        (ROUTING, extension(UDP)),
        (AUTHENTICATION, bytes([UDP, 4]) + bytes(22)),
        (OPTIONS, extension(135) + extension(UDP)),
        (FRAGMENT, fragment(UDP, 0, more=False)),
    ],
)
def test_ipv6_extension_headers_are_walked(first, headers):
    packet = ip.read(ipv6(first, headers + BODY))
    assert (packet.protocol, packet.payload, packet.fragment) == (UDP, BODY, None)


def test_the_first_fragment_of_ipv6_is_walked_on():
    packet = ip.read(ipv6(FRAGMENT, fragment(OPTIONS, 0, more=True) + extension(UDP) + BODY))
    assert (packet.protocol, packet.payload) == (UDP, BODY)
    assert packet.fragment == Fragment(0, True, 7)


def test_a_later_fragment_of_ipv6_is_not():
    packet = ip.read(ipv6(FRAGMENT, fragment(OPTIONS, 16, more=False) + BODY))
    assert (packet.protocol, packet.payload) == (OPTIONS, BODY)
    assert packet.fragment == Fragment(16, False, 7)


@pytest.mark.parametrize("last", [ESP, 59])
def test_the_walk_ends_where_nothing_can_be_read(last):
    packet = ip.read(ipv6(OPTIONS, extension(last) + BODY))
    assert (packet.protocol, packet.payload) == (last, BODY)


def test_seven_extension_headers_are_not_too_many():
    assert ip.read(ipv6(OPTIONS, extension(OPTIONS) * 7 + extension(UDP))).protocol == UDP


GOOD4 = ipv4(UDP, BODY)


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", "neither IPv4 nor IPv6"),
        (b"\x50" + bytes(40), "neither IPv4 nor IPv6"),
        (GOOD4[:19], "IPv4 header cut short"),
        (GOOD4[:-1], "IPv4 lengths do not fit"),
        (b"\x44" + GOOD4[1:], "IPv4 lengths do not fit"),
        (b"\x4f" + GOOD4[1:], "IPv4 lengths do not fit"),
        (GOOD4[:3] + b"\x13" + GOOD4[4:], "IPv4 lengths do not fit"),
        (GOOD4[:8] + b"\x01" + GOOD4[9:], "IPv4 checksum is wrong"),
        (ipv6(UDP, BODY)[:39], "IPv6 header cut short"),
        (ipv6(UDP, BODY)[:-1], "IPv6 packet cut short"),
        (ipv6(UDP, BODY, source=bytes(10) + b"\xff\xff" + GUEST4), "IPv4 address in IPv6"),
        (ipv6(UDP, BODY, destination=bytes(10) + b"\xff\xff" + FAR4), "IPv4 address in IPv6"),
        (ipv6(OPTIONS, EMPTY[:7]), "IPv6 extension header cut short"),
        (ipv6(OPTIONS, extension(UDP, 1)[:-1]), "IPv6 extension header cut short"),
        (ipv6(AUTHENTICATION, bytes([UDP, 4]) + bytes(21)), "IPv6 extension header cut short"),
        (ipv6(OPTIONS, extension(HOP_BY_HOP) + EMPTY), "hop-by-hop options are not first"),
        (ipv6(ROUTING, bytes([UDP, 0, 0, 1, 0, 0, 0, 0])), "source routing"),
        (ipv6(OPTIONS, extension(OPTIONS) * 8 + EMPTY), "too many IPv6 extension headers"),
    ],
)
def test_what_is_no_packet(octets, reason):
    assert refused(octets) == reason


@pytest.mark.parametrize(
    ("source", "destination", "one"),
    [
        ("10.0.2.15", "192.0.2.1", True),
        ("10.0.2.15", "127.0.0.1", True),
        ("10.0.2.15", "240.0.0.1", True),
        ("10.0.2.15", "255.255.255.255", False),
        ("10.0.2.15", "224.0.0.1", False),
        ("10.0.2.15", "239.9.9.9", False),
        ("10.0.2.15", "0.0.0.0", False),
        ("0.0.0.0", "192.0.2.1", False),
        ("127.0.0.1", "192.0.2.1", False),
        ("224.0.0.1", "192.0.2.1", False),
        ("240.0.0.1", "192.0.2.1", False),
        ("255.255.255.255", "192.0.2.1", False),
        ("fec0::15", "2001:db8::1", True),
        ("fec0::15", "::1", True),
        ("fec0::15", "ff02::1", False),
        ("fec0::15", "::", False),
        ("::", "2001:db8::1", False),
        ("::1", "2001:db8::1", False),
        ("ff02::1", "2001:db8::1", False),
    ],
)
def test_what_goes_from_one_to_one(source, destination, one):
    octets = ip.build(ip_address(source).packed, ip_address(destination).packed, UDP, b"")
    assert ip.read(octets).one_to_one == one


@pytest.mark.parametrize(("source", "destination"), [(GUEST4, FAR4), (GUEST6, FAR6)])
@given(
    protocol=st.sampled_from([1, 6, 17, 58]),
    payload=st.binary(max_size=99),
    ttl=st.integers(0, 255),
    tos=st.integers(0, 255),
)
def test_what_is_built_is_read(source, destination, protocol, payload, ttl, tos):
    packet = ip.read(ip.build(source, destination, protocol, payload, ttl=ttl, tos=tos))
    assert (packet.source, packet.destination, packet.protocol) == (source, destination, protocol)
    assert (packet.ttl, packet.tos, packet.payload) == (ttl, tos, payload)
    assert (packet.fragment, packet.may_split) == (None, False)


def test_a_built_header_sums_up():
    assert plain_sum(ip.build(GUEST4, FAR4, UDP, BODY)[:20]) == 0xFFFF


def test_addresses_of_two_families_do_not_go_together():
    with pytest.raises(ValueError, match="two families"):
        ip.build(GUEST4, FAR6, UDP, b"")
