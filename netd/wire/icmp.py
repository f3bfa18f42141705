"""ICMP (RFC 792) and ICMPv6 (RFC 4443): echo requests read, replies and errors built.

An error is about a packet, goes to its sender, and quotes as much of it as may be. It comes from
whom the caller says: the gateway, or the router that told the host. None is sent about a packet
for which that is forbidden (RFC 1122, section 3.2.2; RFC 4443, section 2.4): then there is
``None``.
"""

from __future__ import annotations

import struct
from enum import Enum

from msgspec import Struct

from netd.errors import Malformed
from netd.wire import checksum, ip
from netd.wire.ip import Packet

PROTOCOLS = {4: 1, 6: 58}
"""ICMP's number among IP's protocols, by version."""

_HEADER = struct.Struct(">BBHI")
_ECHO = struct.Struct(">BBHHH")

_REQUESTS, _REPLIES = {4: 8, 6: 128}, {4: 0, 6: 129}
_UNREACHABLE = {4: 3, 6: 1}
_TIME_EXCEEDED = {4: 11, 6: 3}
_FRAGMENTATION_NEEDED = 3, 4
_PACKET_TOO_BIG = 2, 0

_QUOTE = {4: 576 - 20 - 8, 6: 1280 - 40 - 8}
"""Bytes to quote at most: RFC 1812, section 4.3.2.3, and IPv6's least MTU, RFC 4443, section 2.4."""

_TOS = {4: 0xC0, 6: 0}
"""IPv4's errors are "internetwork control" (RFC 1812, section 4.3.2.5)."""

_ERRORS = frozenset([3, 4, 5, 11, 12])  # of ICMP; of ICMPv6 all below 128
_REDIRECT = 137  # of ICMPv6, treated as an error


class Unreachable(Enum):
    """Why a packet did not arrive: the codes of IPv4 (RFC 792, RFC 1812) and IPv6 (RFC 4443)."""

    NETWORK = 0, 0
    HOST = 1, 3
    PORT = 3, 4
    PROHIBITED = 13, 1

    def code(self, version: int) -> int:
        """The code in that version of IP."""
        ipv4, ipv6 = self.value
        return ipv4 if version == 4 else ipv6


class EchoRequest(Struct, frozen=True, gc=False):
    """A ping. It may be of a group, which cannot be who replies: see :attr:`Packet.one_to_one`."""

    packet: Packet
    ident: int
    seq: int
    payload: bytes

    @property
    def ttl(self) -> int:
        """How many hops it may still go."""
        return self.packet.ttl


def read(packet: Packet) -> EchoRequest | None:
    """Read what a whole packet carries; ``None`` for another message. Raises :class:`Malformed`."""
    octets, start = packet.octets, packet.start
    if len(octets) < start + 8:
        raise Malformed("ICMP header cut short")
    if not checksum.is_right(octets[start:], packet.pseudo() if packet.version == 6 else 0):
        raise Malformed("ICMP checksum is wrong")
    kind, _, _, ident, seq = _ECHO.unpack_from(octets, start)
    if kind != _REQUESTS[packet.version]:
        return None
    return EchoRequest(packet, ident, seq, octets[start + 8 :])


def echo_reply(
    request: EchoRequest,
    *,
    source: bytes | None = None,
    payload: bytes | None = None,
    ttl: int = ip.TTL,
) -> bytes:
    """The packet that answers a ping, from whom it was sent to and with what it brought if not said else."""
    packet = request.packet
    bare = _ECHO.pack(_REPLIES[packet.version], 0, 0, request.ident, request.seq)
    bare += request.payload if payload is None else payload
    return _build(source or packet.destination, packet.source, bare, ttl)


def unreachable(packet: Packet, reason: Unreachable, *, source: bytes, ttl: int = ip.TTL) -> bytes | None:
    """Destination unreachable."""
    version = packet.version
    return error(packet, _UNREACHABLE[version], reason.code(version), source=source, ttl=ttl)


def time_exceeded(packet: Packet, *, source: bytes, ttl: int = ip.TTL) -> bytes | None:
    """Time to live, or hop limit, exceeded in transit."""
    return error(packet, _TIME_EXCEEDED[packet.version], 0, source=source, ttl=ttl)


def too_big(packet: Packet, mtu: int, *, source: bytes, ttl: int = ip.TTL) -> bytes | None:
    """Packet too big, or fragmentation needed (RFC 1191), where the next link takes ``mtu`` bytes."""
    if packet.version == 4:
        return error(packet, *_FRAGMENTATION_NEEDED, source=source, value=min(mtu, 0xFFFF), ttl=ttl)
    return error(packet, *_PACKET_TOO_BIG, source=source, value=mtu, ttl=ttl)


def error(
    packet: Packet, kind: int, code: int, *, source: bytes, value: int = 0, ttl: int = ip.TTL
) -> bytes | None:
    """Any error about a packet; ``value`` is the 32 bits before what is quoted."""
    if not may_report(packet):
        return None
    version = packet.version
    bare = _HEADER.pack(kind, code, 0, value) + packet.octets[: _QUOTE[version]]
    return _build(source, packet.source, bare, ttl, _TOS[version])


def may_report(packet: Packet) -> bool:
    """Whether an error may be sent about a packet.

    Not about an error, not about a fragment but the first, not if it was from or for others than
    one host. A frame for many and a network's own broadcast address are for the caller to see.
    """
    if not packet.one_to_one or (packet.fragment and packet.fragment.offset):
        return False
    if packet.protocol != PROTOCOLS[packet.version]:
        return True
    if packet.start >= len(packet.octets):
        return False
    kind = packet.octets[packet.start]
    return kind not in _ERRORS if packet.version == 4 else kind >= 128 and kind != _REDIRECT


def _build(source: bytes, destination: bytes, bare: bytes, ttl: int, tos: int = 0) -> bytes:
    version = 4 if len(destination) == 4 else 6
    protocol = PROTOCOLS[version]
    extra = checksum.pseudo(source, destination, protocol, len(bare)) if version == 6 else 0
    value = checksum.checksum(bare, extra).to_bytes(2, "big")
    sealed = b"%b%b%b" % (bare[:2], value, bare[4:])
    return ip.build(source, destination, protocol, sealed, ttl=ttl, tos=tos)
