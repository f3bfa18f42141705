from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.errors import Malformed
from netd.wire import ethernet, icmp, ip, packets, tcp
from netd.wire.icmp import EchoRequest, Unreachable
from netd.wire.packets import Arrival
from netd.wire.tcp import Segment
from tests.wire.frames import (
    CAPTURED,
    DATAGRAM4,
    FARS,
    GATEWAY_MAC,
    GATEWAYS,
    GUEST_MAC,
    GUESTS,
    PING6,
    PINGS,
    SYNS,
    framed,
    ipv4,
    ipv6,
)
from tests.wire.frames import icmp as message
from tests.wire.frames import tcp as segment

VERSIONS = pytest.mark.parametrize("version", [4, 6])


@VERSIONS
@pytest.mark.parametrize(("option", "value"), [(tcp.WINDOW_SCALE, b"\x0a"), (tcp.SACK_PERMITTED, b"")])
def test_a_guest_s_syn(version, option, value):
    syn = packets.read(SYNS[version]).content
    assert isinstance(syn, Segment)
    assert syn.is_syn
    assert syn.flow[0::2] == (GUESTS[version], FARS[version])
    assert syn.destination_port == 80
    assert syn.option(tcp.MSS) == struct.pack(">H", {4: 1460, 6: 1440}[version])
    assert syn.option(option) == value


@VERSIONS
def test_a_guest_s_ping(version):
    ping = packets.read(PINGS[version]).content
    assert isinstance(ping, EchoRequest)
    assert (ping.seq, ping.ttl, len(ping.payload)) == (1, 7, 56)


@VERSIONS
def test_an_answer(version):
    arrival = packets.read(SYNS[version])
    assert isinstance(arrival.content, Segment)
    packet = tcp.reset(arrival.content)
    assert packet is not None
    kind = {4: b"\x08\x00", 6: b"\x86\xdd"}[version]
    assert arrival.answer(packet) == bytes(10) + GUEST_MAC + GATEWAY_MAC + kind + packet


@VERSIONS
def test_an_error_quotes_the_finished_packet(version):
    arrival = packets.read(SYNS[version])
    error = icmp.unreachable(arrival.packet, Unreachable.HOST, source=GATEWAYS[version])
    assert error is not None
    assert error.endswith(arrival.packet.octets)
    again = packets.read(framed(arrival.packet.octets), vnet=False)
    assert again.content == arrival.content


@pytest.mark.parametrize(
    "octets",
    [
        DATAGRAM4[24:],
        ipv4(6, b"cut", flags=0x2000),
        ipv4(6, b"cut", flags=1),
        ipv4(58, b""),
        ipv6(1, b""),
        ipv6(44, bytes([6, 0, 0, 1, 0, 0, 0, 1])),
        message(4, 0),
        message(6, 135),
    ],
)
def test_what_is_looked_at_no_further(octets):
    arrival = packets.read(framed(octets), vnet=False)
    assert arrival.content is None
    assert arrival.packet.octets == octets


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (PING6[:23], "frame cut short"),
        (PING6[:-1], "IPv6 packet cut short"),
        (PING6[:-1] + b"\0", "ICMP checksum is wrong"),
    ],
)
def test_what_cannot_be_right(octets, reason):
    with pytest.raises(Malformed, match=f"^{reason}$"):
        packets.read(octets)


def answered(octets: bytes, *, vnet: bool) -> bool:
    """Whether a frame could be read, and then every answer there is could be built and is right."""
    try:
        arrival = packets.read(octets, vnet=vnet)
    except Malformed:
        return False
    for answer in filter(None, answers(arrival)):
        packet = ip.read(ethernet.read(arrival.answer(answer), vnet=vnet).packet)
        assert packet.octets == answer
        assert packet.destination == arrival.packet.source
    return True


def answers(arrival: Arrival) -> Iterator[bytes | None]:
    source = GATEWAYS[arrival.packet.version]
    yield icmp.unreachable(arrival.packet, Unreachable.PORT, source=source)
    yield icmp.time_exceeded(arrival.packet, source=source)
    yield icmp.too_big(arrival.packet, 1280, source=source)
    match arrival.content:
        case Segment() as found:
            found.option(tcp.MSS)
            yield tcp.reset(found)
        case EchoRequest() as request:
            yield icmp.echo_reply(request)


@given(st.binary(max_size=120), st.booleans())
def test_noise(octets, vnet):
    answered(octets, vnet=vnet)


@given(st.sampled_from([4, 6]), st.sampled_from([0, 1, 6, 17, 43, 44, 51, 58, 60]), st.binary(max_size=120))
def test_noise_in_a_packet(version, protocol, body):
    octets = ipv4(protocol, body) if version == 4 else ipv6(protocol, body)
    answered(framed(octets), vnet=False)


@given(st.sampled_from(CAPTURED), st.data())
def test_real_frames_with_changes(octets, data):
    changed = bytearray(octets[: data.draw(st.integers(0, len(octets)) | st.just(len(octets)))])
    for _ in range(data.draw(st.integers(0, 4))):
        if changed:
            changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    answered(bytes(changed), vnet=True)


@given(st.integers(0, 255), st.binary(max_size=20), st.integers(0, 10), st.sampled_from([4, 6]))
def test_any_segment(flags, data, words, version):
    source, destination = GUESTS[version], FARS[version]
    octets = segment(flags, source=source, destination=destination, options=bytes(words * 4), data=data)
    assert answered(framed(octets), vnet=False)


@given(st.integers(0, 255), st.binary(min_size=4, max_size=20), st.sampled_from([4, 6]))
def test_any_message(kind, body, version):
    assert answered(framed(message(version, kind, body=body)), vnet=False)
