from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.errors import Malformed
from netd.wire import icmp, ip, udp
from netd.wire.icmp import EchoRequest, Unreachable
from tests.wire.frames import (
    FAR4,
    FAR6,
    FARS,
    GATEWAYS,
    GUEST4,
    GUEST6,
    GUESTS,
    ipv4,
    ipv6,
    plain_pseudo,
    plain_sum,
)
from tests.wire.frames import icmp as made

REQUESTS = {4: 8, 6: 128}
PROTOCOLS = {4: 1, 6: 58}
VERSIONS = pytest.mark.parametrize("version", [4, 6])
PING = struct.pack(">HH", 77, 3) + b"payload"


def request(version: int) -> EchoRequest:
    found = icmp.read(ip.read(made(version, REQUESTS[version], body=PING)))
    assert found is not None
    return found


def about(version: int, size: int = 5) -> ip.Packet:
    return ip.read(udp.build(GUESTS[version], 4000, FARS[version], 53, bytes(size)))


def message(octets: bytes | None) -> tuple[ip.Packet, bytes]:
    """A packet that was built, and the ICMP message in it, whose checksum is right."""
    assert octets is not None
    packet = ip.read(octets)
    assert packet.protocol == PROTOCOLS[packet.version]
    pseudo = plain_pseudo(packet.source, packet.destination, 58, len(packet.payload))
    assert plain_sum((pseudo if packet.version == 6 else b"") + packet.payload) == 0xFFFF
    return packet, packet.payload


@VERSIONS
def test_a_ping(version):
    ping = request(version)
    assert (ping.ident, ping.seq, ping.ttl, ping.payload) == (77, 3, 64, b"payload")


@pytest.mark.parametrize(("version", "kind"), [(4, 0), (4, 3), (4, 13), (6, 129), (6, 135), (6, 8), (4, 128)])
def test_another_message(version, kind):
    assert icmp.read(ip.read(made(version, kind))) is None


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (ipv4(1, b""), "ICMP header cut short"),
        (ipv4(1, made(4, 8)[20:27]), "ICMP header cut short"),
        (ipv4(1, made(4, 8)[20:-1] + b"\1"), "ICMP checksum is wrong"),
        (ipv6(58, made(4, 8)[20:]), "ICMP checksum is wrong"),
    ],
)
def test_what_is_no_message(octets, reason):
    with pytest.raises(Malformed, match=f"^{reason}$"):
        icmp.read(ip.read(octets))


@VERSIONS
def test_the_reply(version):
    packet, reply = message(icmp.echo_reply(request(version)))
    assert (packet.source, packet.destination, packet.ttl) == (FARS[version], GUESTS[version], 64)
    assert reply[:2] == bytes([{4: 0, 6: 129}[version], 0])
    assert reply[4:] == PING


@VERSIONS
def test_a_reply_as_it_came_from_outside(version):
    answer = icmp.echo_reply(request(version), source=GATEWAYS[version], payload=b"other", ttl=7)
    packet, reply = message(answer)
    assert (packet.source, packet.ttl, reply[4:]) == (GATEWAYS[version], 7, PING[:4] + b"other")


@VERSIONS
@given(payload=st.binary(max_size=9), ident=st.integers(0, 65535))
def test_the_checksum_of_any_reply(version, payload, ident):
    message(icmp.echo_reply(EchoRequest(about(version), ident, 0, payload)))


def test_the_checksum_of_nothing_but_zeros():
    _, reply = message(icmp.echo_reply(EchoRequest(about(4), 0, 0, b"")))
    assert reply == bytes.fromhex("0000ffff00000000")


# RFC 792, RFC 1191, RFC 1812, RFC 4443: type, code, and the 32 bits before the quotation.
@pytest.mark.parametrize(
    ("version", "build", "what", "head"),
    [
        (4, icmp.unreachable, [Unreachable.NETWORK], (3, 0, 0)),
        (4, icmp.unreachable, [Unreachable.HOST], (3, 1, 0)),
        (4, icmp.unreachable, [Unreachable.PORT], (3, 3, 0)),
        (4, icmp.unreachable, [Unreachable.PROHIBITED], (3, 13, 0)),
        (4, icmp.time_exceeded, [], (11, 0, 0)),
        (4, icmp.too_big, [1400], (3, 4, 1400)),
        (4, icmp.too_big, [65536], (3, 4, 65535)),
        (6, icmp.unreachable, [Unreachable.NETWORK], (1, 0, 0)),
        (6, icmp.unreachable, [Unreachable.HOST], (1, 3, 0)),
        (6, icmp.unreachable, [Unreachable.PORT], (1, 4, 0)),
        (6, icmp.unreachable, [Unreachable.PROHIBITED], (1, 1, 0)),
        (6, icmp.time_exceeded, [], (3, 0, 0)),
        (6, icmp.too_big, [1400], (2, 0, 1400)),
        (6, icmp.too_big, [65536], (2, 0, 65536)),
        (6, icmp.error, [4, 1], (4, 1, 0)),
    ],
)
def test_errors(version, build, what, head):
    packet, error = message(build(about(version), *what, source=GATEWAYS[version], ttl=9))
    assert (packet.source, packet.destination, packet.ttl) == (GATEWAYS[version], GUESTS[version], 9)
    assert packet.tos == (0xC0 if version == 4 else 0)
    kind, code, _, value = struct.unpack_from(">BBHI", error)
    assert (kind, code, value) == head
    assert error[8:] == about(version).octets


@pytest.mark.parametrize(("version", "most"), [(4, 576), (6, 1280)])
def test_as_much_is_quoted_as_may_be(version, most):
    offending = about(version, 1400)
    packet, error = message(icmp.time_exceeded(offending, source=GATEWAYS[version]))
    assert len(packet.octets) == most
    assert error[8:] == offending.octets[: len(error) - 8]


FRAGMENT_HEADER = bytes([17, 0, 0, 9, 0, 0, 0, 1])


@pytest.mark.parametrize(
    ("octets", "may"),
    [
        (made(4, 8), True),
        (made(4, 13), True),
        *((made(4, kind), False) for kind in (3, 4, 5, 11, 12)),
        (made(6, 128), True),
        *((made(6, kind), False) for kind in (1, 2, 3, 4, 100, 127, 137)),
        (ipv4(1, b""), False),
        (ipv4(58, b"\1"), True),
        (ipv4(17, bytes(8), flags=0x2000), True),
        (ipv4(17, bytes(8), flags=1), False),
        (ipv6(44, FRAGMENT_HEADER), False),
        (udp.build(GUEST4, 1, b"\xff" * 4, 2, b""), False),
        (udp.build(bytes(4), 1, FAR4, 2, b""), False),
        (udp.build(GUEST6, 1, b"\xff\x02" + bytes(14), 2, b""), False),
        (udp.build(bytes(16), 1, FAR6, 2, b""), False),
    ],
)
def test_about_what_an_error_may_be_sent(octets, may):
    packet = ip.read(octets)
    assert icmp.may_report(packet) == may
    answer = icmp.unreachable(packet, Unreachable.HOST, source=GATEWAYS[packet.version])
    assert (answer is not None) == may
