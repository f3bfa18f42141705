from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netd.wire import ethernet, ip, udp
from tests.wire.frames import DATAGRAM4, FAR4, FAR6, GUEST4, GUEST6, plain_pseudo, plain_sum


def test_it_is_what_a_guest_sends():
    sent = ethernet.read(DATAGRAM4).packet
    built = udp.build(GUEST4, 0xE887, FAR4, 53, b"hello")
    assert built[20:] == sent[20:]


@pytest.mark.parametrize(("source", "destination"), [(GUEST4, FAR4), (GUEST6, FAR6)])
@given(payload=st.binary(max_size=99))
@example(b"")
def test_the_checksum(source, destination, payload):
    packet = ip.read(udp.build(source, 4000, destination, 53, payload, ttl=3, tos=4))
    datagram = packet.payload
    assert (packet.ttl, packet.tos, packet.protocol) == (3, 4, 17)
    assert datagram[:6] == bytes.fromhex("0fa00035") + len(datagram).to_bytes(2, "big")
    assert datagram[8:] == payload
    assert plain_sum(plain_pseudo(source, destination, 17, len(datagram)) + datagram) == 0xFFFF


def test_a_checksum_of_0_is_not_sent_for_it_means_none():
    bare = udp.build(GUEST4, 1, FAR4, 2, b"\0\0")
    value = bare[26:28]
    assert udp.build(GUEST4, 1, FAR4, 2, value)[26:28] == b"\xff\xff"
