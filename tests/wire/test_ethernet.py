from __future__ import annotations

import struct

import pytest

from netd.errors import Malformed
from netd.wire import ethernet
from tests.wire.frames import (
    CAPTURED,
    DATAGRAM4,
    FAR4,
    GATEWAY_MAC,
    GUEST4,
    GUEST_MAC,
    PING4,
    PING6,
    framed,
    plain_pseudo,
    plain_sum,
)

HEADER = ethernet.VNET_HEADER
PACKET4, PACKET6 = PING4[HEADER + 14 :], PING6[HEADER + 14 :]


@pytest.mark.parametrize("octets", CAPTURED)
def test_a_frame_with_a_vnet_header(octets):
    frame = ethernet.read(octets)
    assert (frame.destination, frame.source) == (GATEWAY_MAC, GUEST_MAC)
    assert frame.octets == octets
    assert len(frame.packet) == len(octets) - HEADER - 14


@pytest.mark.parametrize("packet", [PACKET4, PACKET6])
def test_a_frame_without(packet):
    frame = ethernet.read(framed(packet), vnet=False)
    assert (frame.destination, frame.source, frame.packet) == (GATEWAY_MAC, GUEST_MAC, packet)


@pytest.mark.parametrize("packet", [PACKET4, PACKET6])
def test_the_answer_goes_back_as_it_came(packet):
    answer = ethernet.read(framed(packet), vnet=False).answer(packet)
    assert answer == GUEST_MAC + GATEWAY_MAC + framed(packet)[12:]
    assert ethernet.read(PING4).answer(packet) == bytes(HEADER) + answer


def test_a_checksum_left_to_others_is_filled_in():
    datagram = ethernet.read(DATAGRAM4).packet[20:]
    assert plain_sum(plain_pseudo(GUEST4, FAR4, 17, len(datagram)) + datagram) == 0xFFFF


def test_a_checksum_that_comes_to_nothing_is_all_ones():
    packet = bytearray(PACKET4)
    packet[20:] = bytes(63) + b"\0"
    packet[22:26] = b"\xff\xff\xff\xff"
    vnet = struct.pack("=BBHHHH", 1, 0, 0, 0, 14 + 20, 2)
    assert ethernet.read(vnet + framed(bytes(packet))).packet[22:24] == b"\xff\xff"


@pytest.mark.parametrize("flags", [0, 2])
def test_a_checksum_that_is_there_stays(flags):
    vnet = struct.pack("=BBHHHH", flags, 0, 0, 0, 14 + 20, 2)
    assert ethernet.read(vnet + framed(PACKET4)).packet == PACKET4


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", "frame cut short"),
        (PING4[: HEADER + 14], "frame cut short"),
        (PING4[:HEADER] + framed(PACKET4)[:12] + b"\x08\x06" + PACKET4, "frame holds neither IPv4 nor IPv6"),
        (PING4[:HEADER] + framed(PACKET4)[:12] + b"\x81\x00" + PACKET4, "frame holds neither IPv4 nor IPv6"),
        (PING4[:HEADER] + framed(PACKET4)[:14] + PACKET6, "frame holds neither IPv4 nor IPv6"),
        *(
            (
                struct.pack("=BBHHHH", 1, 0, 0, 0, start, offset) + framed(PACKET4),
                "checksum outside the frame",
            )
            for start, offset in [(13, 0), (0, 0), (34, 63), (98, 0), (65535, 65535), (14, 83)]
        ),
    ],
)
def test_what_is_no_frame(octets, reason):
    with pytest.raises(Malformed, match=f"^{reason}$"):
        ethernet.read(octets)


def test_the_last_place_for_a_checksum():
    packet = ethernet.read(struct.pack("=BBHHHH", 1, 0, 0, 0, 14, 82) + framed(PACKET4)).packet
    assert len(packet) == len(PACKET4)
    assert packet[:-2] == PACKET4[:-2]
