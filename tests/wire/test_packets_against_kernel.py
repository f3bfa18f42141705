"""What is built, put before the kernel of a guest: its sockets and its ``ping`` take it for true."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from netd.errors import Malformed
from netd.kernel import tun
from netd.wire import icmp, ip, packets, tcp, udp
from netd.wire.ethernet import NEEDS_CSUM
from netd.wire.icmp import EchoRequest, Unreachable
from netd.wire.packets import Arrival
from netd.wire.tcp import Segment
from tests.support.hosts import PATIENCE, Host, MakeHost, Wire
from tests.support.process import tool
from tests.wire.frames import FARS, GATEWAYS, GUESTS

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("no_leaks")]

VERSIONS = pytest.mark.parametrize("version", [4, 6])
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
TEXTS = {version: str(ip_address(far)) for version, far in FARS.items()}

# <linux/in.h>, <linux/in6.h>, <linux/errqueue.h>, <linux/if_tun.h>
RECVERR = {4: (socket.IPPROTO_IP, 11), 6: (socket.IPPROTO_IPV6, 25)}
EXTENDED_ERROR = struct.Struct("=IBBBxII")
TUN_F_CSUM = 1

PADDING = b"\x01\x04" + bytes(4)
"""An option of six bytes for an IPv6 extension header that says nothing (RFC 8200, section 4.2)."""


class Guest:
    """A namespace that believes in a gateway, and the far end of its link, where there is none."""

    def __init__(self, host: Host) -> None:
        self.host = host
        host.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "far")
        host.run("ip", "link", "set", "far", "arp", "off", "addrgenmode", "none")
        host.run(tool("ethtool", "ethtool"), "-K", "eth0", "tx", "off")  # else checksums are unfinished
        host.run("ip", "link", "set", "far", "up")
        settle(host, "eth0")
        self.wire: Wire = host.wire("far")

    def arrival(self, wanted: Callable[[Arrival], bool]) -> Arrival:
        """The next frame of those wanted; a guest says more than it is asked."""
        while True:
            with contextlib.suppress(Malformed):
                arrival = packets.read(self.wire.receive(), vnet=False)
                if wanted(arrival):
                    return arrival

    def answer(self, arrival: Arrival, packet: bytes | None) -> None:
        assert packet is not None
        self.wire.send(arrival.answer(packet))

    def ping(self, *how: str) -> subprocess.Popen[str]:
        argv = [tool("ping", "iputils-ping"), "-n", "-c1", f"-W{PATIENCE}", *how]
        return self.host.popen(*argv, stdout=subprocess.PIPE)


def settle(host: Host, link: str) -> None:
    """Addresses, and a gateway that needs no asking for."""
    host.run("ip", "link", "set", link, "addrgenmode", "none", "up")
    for version, length in ((4, 24), (6, 64)):
        guest, gateway = (str(ip_address(side[version])) for side in (GUESTS, GATEWAYS))
        host.run(
            "ip",
            f"-{version}",
            "address",
            "add",
            f"{guest}/{length}",
            "dev",
            link,
            *(["nodad"] if version == 6 else []),
        )
        host.run("ip", f"-{version}", "route", "add", "default", "via", gateway)
        host.run("ip", "neighbour", "add", gateway, "lladdr", "52:55:0a:00:02:02", "dev", link)


@pytest.fixture
def guest(make_host: MakeHost) -> Guest:
    return Guest(make_host("guest"))


@contextlib.contextmanager
def connecting(host: Host, version: int, *options: tuple[int, int, Any]) -> Iterator[socket.socket]:
    """A TCP socket of the guest's that has just begun to connect to far away."""
    with host.call(socket.socket, FAMILIES[version], socket.SOCK_STREAM) as connection:
        connection.setblocking(False)
        for option in options:
            connection.setsockopt(*option)
        assert connection.connect_ex((TEXTS[version], 80)) == errno.EINPROGRESS
        yield connection


def outcome(connection: socket.socket) -> int:
    """The error of a connection that has come to an end; the guest's SYN is repeated after 1 s only."""
    poll = select.poll()
    poll.register(connection, select.POLLOUT)
    assert poll.poll(PATIENCE * 1000), "the guest heard nothing"
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def is_syn(arrival: Arrival) -> bool:
    return isinstance(arrival.content, Segment) and arrival.content.is_syn


def is_ping(arrival: Arrival) -> bool:
    return isinstance(arrival.content, EchoRequest)


def refused(arrival: Arrival) -> bytes | None:
    assert isinstance(arrival.content, Segment)
    return tcp.reset(arrival.content)


@VERSIONS
def test_a_reset_refuses_a_connection(guest, version):
    with connecting(guest.host, version) as connection:
        syn = guest.arrival(is_syn)
        assert syn.content.flow[:2] == (GUESTS[version], connection.getsockname()[1])
        guest.answer(syn, refused(syn))
        assert outcome(connection) == errno.ECONNREFUSED


@VERSIONS
@pytest.mark.parametrize("place", [4, 16])
def test_the_guest_looks_at_what_it_gets(guest, version, place):
    """A reset whose acknowledgement number or checksum is off by one leaves it trying."""
    with connecting(guest.host, version):
        syn = guest.arrival(is_syn)
        wrong = bytearray(refused(syn) or b"")
        wrong[-20 + place + 1] ^= 1
        guest.answer(syn, bytes(wrong))
        assert guest.arrival(is_syn).content.flow == syn.content.flow


def test_also_behind_extension_headers(guest):
    hop_by_hop, destination = 54, 59  # IPV6_HOPOPTS, IPV6_DSTOPTS
    options = [(socket.IPPROTO_IPV6, kind, b"\0\0" + PADDING) for kind in (hop_by_hop, destination)]
    with connecting(guest.host, 6, *options) as connection:
        syn = guest.arrival(is_syn)
        assert syn.packet.start == 40 + 8 + 8
        guest.answer(syn, refused(syn))
        assert outcome(connection) == errno.ECONNREFUSED


@VERSIONS
def test_through_a_tap_whose_checksums_are_left_to_us(make_host, version):
    host = make_host("guest")
    host.call(tun.create, "eth0")
    fd = host.call(tun.attach, "eth0")
    try:
        fcntl.ioctl(fd, tun.TUNSETOFFLOAD, TUN_F_CSUM)
        settle(host, "eth0")
        with connecting(host, version) as connection:
            syn = next(filter(is_syn, from_tap(fd)))
            assert syn.frame.octets[0] & NEEDS_CSUM
            os.write(fd, syn.answer(refused(syn) or b""))
            assert outcome(connection) == errno.ECONNREFUSED
    finally:
        os.close(fd)


def from_tap(fd: int) -> Iterator[Arrival]:
    while select.select([fd], [], [], PATIENCE)[0]:
        with contextlib.suppress(Malformed):
            yield packets.read(os.read(fd, 65600))
    raise TimeoutError


@VERSIONS
@pytest.mark.parametrize(
    ("reason", "errors"),
    [
        (Unreachable.NETWORK, {4: errno.ENETUNREACH, 6: errno.ENETUNREACH}),
        (Unreachable.HOST, {4: errno.EHOSTUNREACH, 6: errno.EHOSTUNREACH}),
        (Unreachable.PORT, {4: errno.ECONNREFUSED, 6: errno.ECONNREFUSED}),
        (Unreachable.PROHIBITED, {4: errno.EHOSTUNREACH, 6: errno.EACCES}),
    ],
)
def test_unreachable_ends_a_connection(guest, version, reason, errors):
    with connecting(guest.host, version) as connection:
        syn = guest.arrival(is_syn)
        guest.answer(syn, icmp.unreachable(syn.packet, reason, source=GATEWAYS[version]))
        assert outcome(connection) == errors[version]


@pytest.mark.parametrize("size", [1, 1300])
@pytest.mark.parametrize(
    ("version", "build", "what", "told"),
    [
        (4, icmp.unreachable, [Unreachable.PORT], (errno.ECONNREFUSED, 3, 3, 0)),
        (4, icmp.unreachable, [Unreachable.HOST], (errno.EHOSTUNREACH, 3, 1, 0)),
        (4, icmp.time_exceeded, [], (errno.EHOSTUNREACH, 11, 0, 0)),
        (4, icmp.too_big, [1000], (errno.EMSGSIZE, 3, 4, 1000)),
        (6, icmp.unreachable, [Unreachable.PORT], (errno.ECONNREFUSED, 1, 4, 0)),
        (6, icmp.unreachable, [Unreachable.HOST], (errno.EHOSTUNREACH, 1, 3, 0)),
        (6, icmp.time_exceeded, [], (errno.EHOSTUNREACH, 3, 0, 0)),
        (6, icmp.too_big, [1280], (errno.EMSGSIZE, 2, 0, 1280)),
    ],
)
@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_datagram_s_sender_is_told(guest, version, build, what, told, size, rebuilt):
    payload = bytes(range(256)) * 6
    with guest.host.call(socket.socket, FAMILIES[version], socket.SOCK_DGRAM) as sender:
        sender.setsockopt(*RECVERR[version], 1)
        sender.connect((TEXTS[version], 53))
        sender.send(payload[:size])
        arrival = guest.arrival(lambda arrival: arrival.packet.protocol == udp.PROTOCOL)
        packet = arrival.packet
        if rebuilt:  # as a worker must that has the datagram from a socket
            source, port = sender.getsockname()[1], 53
            packet = ip.read(udp.build(GUESTS[version], source, FARS[version], port, payload[:size]))
            assert packet.payload == arrival.packet.payload
        guest.answer(arrival, build(packet, *what, source=GATEWAYS[version]))
        error, kind, code, value, offender, quoted = heard(sender)
    assert (error, kind, code, value) == told
    assert offender == GATEWAYS[version]
    assert quoted == payload[: len(quoted)]
    assert len(quoted) == min(size, {4: 576 - 20 - 8 - 28, 6: 1280 - 40 - 8 - 48}[version])


def heard(sender: socket.socket) -> tuple[int, int, int, int, bytes, bytes]:
    """What the error queue says: errno, type, code, value, its sender, what of the datagram came back."""
    poll = select.poll()
    poll.register(sender, 0)
    assert poll.poll(PATIENCE * 1000), "the guest heard nothing"
    quoted, [(_, _, extra)], _, _ = sender.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
    error, _, kind, code, value, _ = EXTENDED_ERROR.unpack_from(extra)
    begin, size = {socket.AF_INET: (4, 4), socket.AF_INET6: (8, 16)}[sender.family]
    offender = extra[EXTENDED_ERROR.size + begin :][:size]
    return error, kind, code, value, offender, quoted


@VERSIONS
@pytest.mark.parametrize("size", ["0", "17", "1400"])
def test_ping_takes_the_reply(guest, version, size):
    ping = guest.ping("-s", size, "-t", "9", TEXTS[version])
    arrival = guest.arrival(is_ping)
    assert arrival.content.ttl == 9
    guest.answer(arrival, icmp.echo_reply(arrival.content, ttl=33))
    said, _ = ping.communicate(timeout=PATIENCE)
    assert f"from {TEXTS[version]}: icmp_seq=1 ttl=33" in said
    assert ping.returncode == 0
    assert not any(word in said for word in ("DUP", "BAD", "wrong", "truncated"))


@VERSIONS
def test_ping_takes_an_error(guest, version):
    ping = guest.ping("-t", "1", TEXTS[version])
    arrival = guest.arrival(is_ping)
    guest.answer(arrival, icmp.time_exceeded(arrival.packet, source=GATEWAYS[version]))
    said, _ = ping.communicate(timeout=PATIENCE)
    assert f"From {ip_address(GATEWAYS[version])} icmp_seq=1 Time " in said
    assert "exceeded" in said


@VERSIONS
def test_fragments_are_seen_to_be_ones(guest, version):
    ping = guest.ping("-s", "3000", "-M", "dont", TEXTS[version])
    parts = [guest.arrival(lambda arrival: arrival.packet.fragment is not None) for _ in range(3)]
    ping.terminate()
    whole = b"".join(part.packet.payload for part in parts)
    assert [part.packet.fragment.more for part in parts] == [True, True, False]
    assert [part.packet.fragment.offset for part in parts] == [0, *ends(parts)]
    assert {part.packet.protocol for part in parts} == {icmp.PROTOCOLS[version]}
    assert len(whole) == 3008
    ping.communicate(timeout=PATIENCE)


def ends(parts: list[Arrival]) -> list[int]:
    """Where the second and the third part begin."""
    first, second, _ = (len(part.packet.payload) for part in parts)
    return [first, first + second]
