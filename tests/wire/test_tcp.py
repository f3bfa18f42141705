from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.errors import Malformed
from netd.wire import ip, tcp
from netd.wire.tcp import ACK, FIN, RST, SYN
from tests.wire.frames import FAR4, FAR6, FARS, GUEST4, GUEST6, GUESTS, ipv4, plain_pseudo, plain_sum
from tests.wire.frames import tcp as made

OPTIONS = bytes.fromhex("020405b40402080a83432180000000000103030a")
PSH_URG = 0x28


def read(flags=SYN, **how):
    return tcp.read(ip.read(made(flags, **how)))


@pytest.mark.parametrize("version", [4, 6])
def test_a_segment(version):
    source, destination = GUESTS[version], FARS[version]
    segment = read(source=source, destination=destination, options=OPTIONS, data=b"early")
    assert segment.flow == (source, 4000, destination, 80)
    assert (segment.seq, segment.ack, segment.flags, segment.window) == (1000, 0, SYN, 1)
    assert (segment.options, segment.length) == (OPTIONS, 5)


@pytest.mark.parametrize(
    ("flags", "asks"),
    [
        (SYN, True),
        (SYN | FIN, True),
        (SYN | PSH_URG | 0xC0, True),
        (SYN | ACK, False),
        (SYN | RST, False),
        (ACK, False),
        (0, False),
    ],
)
def test_what_asks_for_a_connection(flags, asks):
    assert read(flags).is_syn == asks


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (tcp.MSS, "05b4"),
        (tcp.SACK_PERMITTED, ""),
        (tcp.TIMESTAMPS, "8343218000000000"),
        (tcp.WINDOW_SCALE, "0a"),
        (5, None),
        (1, None),
        (0, None),
    ],
)
def test_options(kind, value):
    assert read(options=OPTIONS).option(kind) == (None if value is None else bytes.fromhex(value))


@pytest.mark.parametrize(
    "options",
    [
        "00000000 020405b4",
        "00040000 020405b4",
        "01010102",
        "02050000",
        "01010203",
        "05000000 020405b4",
        "05010000",
    ],
)
def test_options_behind_what_is_none(options):
    assert read(options=bytes.fromhex(options)).option(tcp.MSS) is None


@given(
    st.integers(0, 10).flatmap(lambda words: st.binary(min_size=words * 4, max_size=words * 4)),
    st.integers(0, 255),
)
def test_any_bytes_may_be_options(options, kind):
    value = read(options=options).option(kind)
    assert value is None or value in options


SEGMENT = made(SYN)[20:]


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (ipv4(6, b""), "TCP header cut short"),
        (ipv4(6, SEGMENT[:19]), "TCP header cut short"),
        (ipv4(6, SEGMENT[:12] + b"\x40" + SEGMENT[13:]), "TCP data offset does not fit"),
        (ipv4(6, SEGMENT[:12] + b"\x60" + SEGMENT[13:]), "TCP data offset does not fit"),
        (ipv4(6, SEGMENT[:4] + b"\xff" + SEGMENT[5:]), "TCP checksum is wrong"),
        (made(SYN, destination=b"\xff" * 4), "TCP between others than two hosts"),
        (made(SYN, destination=b"\xff" + bytes(15), source=GUEST6), "TCP between others than two hosts"),
        (made(SYN, source=b"\xe0\0\0\1"), "TCP between others than two hosts"),
    ],
)
def test_what_is_no_segment(octets, reason):
    with pytest.raises(Malformed, match=f"^{reason}$"):
        tcp.read(ip.read(octets))


# RFC 9293, section 3.10.7.1: sequence and acknowledgement numbers, flags.
@pytest.mark.parametrize(
    ("segment", "answer"),
    [
        ({"flags": SYN}, (0, 1001, RST | ACK)),
        ({"flags": SYN, "data": b"early"}, (0, 1006, RST | ACK)),
        ({"flags": SYN | FIN}, (0, 1002, RST | ACK)),
        ({"flags": SYN, "seq": 0xFFFFFFFF}, (0, 0, RST | ACK)),
        ({"flags": 0}, (0, 1000, RST | ACK)),
        ({"flags": FIN, "data": b"abc"}, (0, 1004, RST | ACK)),
        ({"flags": SYN | ACK, "ack": 77}, (77, 0, RST)),
        ({"flags": ACK, "ack": 77, "data": b"abc"}, (77, 0, RST)),
    ],
)
@pytest.mark.parametrize(("source", "destination"), [(GUEST4, FAR4), (GUEST6, FAR6)])
def test_the_answer_of_a_closed_port(source, destination, segment, answer):
    octets = tcp.reset(read(source=source, destination=destination, **segment), ttl=9)
    assert octets is not None
    packet = ip.read(octets)
    assert packet.ttl == 9
    reset = tcp.read(packet)
    assert reset.flow == (destination, 80, source, 4000)
    assert (reset.seq, reset.ack, reset.flags) == answer
    assert (reset.window, reset.options, reset.length) == (0, b"", 0)


@given(st.integers(0, 2**32 - 1), st.binary(max_size=5))
def test_its_checksum(seq, data):
    octets = tcp.reset(read(seq=seq, data=data))
    assert octets is not None
    assert plain_sum(plain_pseudo(FAR4, GUEST4, 6, 20) + octets[20:]) == 0xFFFF
    assert struct.unpack_from(">H", octets, 20 + 18) == (0,)


@pytest.mark.parametrize("flags", [RST, RST | ACK, RST | SYN])
def test_a_reset_is_not_answered(flags):
    assert tcp.reset(read(flags)) is None
