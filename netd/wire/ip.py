"""IP packets, IPv4 (RFC 791) and IPv6 (RFC 8200): read, and built. Addresses are packed bytes."""

from __future__ import annotations

import struct

from msgspec import Struct

from netd.errors import Malformed
from netd.wire import checksum

TTL = 64
"""The hop limit of what we build, where nothing else is asked for (RFC 1700)."""

DONT_FRAGMENT = 0x4000

_IPV4 = struct.Struct(">BBHHHBBH4s4s")
_IPV6 = struct.Struct(">IHBB16s16s")
_FRAGMENT = struct.Struct(">BxHI")

# IPv6 extension headers (IANA's list); of ESP nothing can be read.
_HOP_BY_HOP, _ROUTING, _FRAGMENTED, _AUTHENTICATION, _DESTINATION = 0, 43, 44, 51, 60
_EXTENSIONS = frozenset([_HOP_BY_HOP, _ROUTING, _FRAGMENTED, _AUTHENTICATION, _DESTINATION, 135, 139, 140])
_MOST_EXTENSIONS = 8  # RFC 8200, section 4.1, knows of seven in one packet

_ZERO = bytes(16)
_LOOPBACK = bytes(15) + b"\x01"
_MAPPED = bytes(10) + b"\xff\xff"
_BROADCAST = b"\xff" * 4


class Fragment(Struct, frozen=True, gc=False):
    """Which part of a packet a fragment is: ``offset`` in bytes, whether ``more`` follow."""

    offset: int
    more: bool
    ident: int


class Packet(Struct, frozen=True, gc=False):
    """A packet: what its headers say, and where in ``octets`` begins what they carry.

    ``tos`` is the type of service or traffic class, ``ttl`` the time to live or hop limit;
    ``protocol`` is of what is carried, after all extension headers. ``fragment`` is ``None`` for
    a whole packet. ``may_split`` is whether a router may fragment it.
    """

    octets: bytes
    version: int
    source: bytes
    destination: bytes
    tos: int
    ttl: int
    protocol: int
    start: int
    fragment: Fragment | None
    may_split: bool

    @property
    def payload(self) -> bytes:
        """What it carries."""
        return self.octets[self.start :]

    @property
    def one_to_one(self) -> bool:
        """Whether it goes from one host to one host, as far as addresses tell without their network.

        Else one of them is nobody's, everybody's or a group's, or the source is a loopback or
        reserved one (RFC 1122, section 3.2.2; RFC 4291).
        """
        source, destination = self.source, self.destination
        if self.version == 4:
            head, far = source[0], destination[0]
            sane = 0 < head < 224 and head != 127
            return sane and far != 0 and not 224 <= far < 240 and destination != _BROADCAST
        return (
            source[0] != 0xFF
            and destination[0] != 0xFF
            and source not in (_ZERO, _LOOPBACK)
            and destination != _ZERO
        )

    def pseudo(self) -> int:
        """The sum of its pseudo-header, for the checksum of what it carries."""
        length = len(self.octets) - self.start
        return checksum.pseudo(self.source, self.destination, self.protocol, length)


def read(octets: bytes) -> Packet:
    """Read a packet; what follows it is left out. Raises :class:`Malformed`."""
    version = octets[0] >> 4 if octets else 0
    if version == 4:
        return _read_ipv4(octets)
    if version == 6:
        return _read_ipv6(octets)
    raise Malformed("neither IPv4 nor IPv6")


def build(
    source: bytes, destination: bytes, protocol: int, payload: bytes, *, ttl: int = TTL, tos: int = 0
) -> bytes:
    """A packet of the addresses' family, in one piece: IPv4's may not be split, so needs no id (RFC 6864).

    Raises :class:`ValueError` for addresses of two families.
    """
    if len(source) != len(destination):
        raise ValueError("addresses of two families")
    if len(source) == 16:
        return _IPV6.pack(6 << 28 | tos << 20, len(payload), protocol, ttl, source, destination) + payload
    length = 20 + len(payload)
    bare = _IPV4.pack(0x45, tos, length, 0, DONT_FRAGMENT, ttl, protocol, 0, source, destination)
    return b"%b%b%b%b" % (bare[:10], checksum.checksum(bare).to_bytes(2, "big"), bare[12:], payload)


def _read_ipv4(octets: bytes) -> Packet:
    if len(octets) < 20:
        raise Malformed("IPv4 header cut short")
    first, tos, length, ident, flags, ttl, protocol, _, source, destination = _IPV4.unpack_from(octets)
    start = (first & 15) * 4
    if not 20 <= start <= length <= len(octets):
        raise Malformed("IPv4 lengths do not fit")
    if not checksum.is_right(octets[:start]):
        raise Malformed("IPv4 checksum is wrong")
    fragment = Fragment((flags & 0x1FFF) << 3, bool(flags & 0x2000), ident) if flags & 0x3FFF else None
    octets, may_split = octets[:length], not flags & DONT_FRAGMENT
    return Packet(octets, 4, source, destination, tos, ttl, protocol, start, fragment, may_split)


def _read_ipv6(octets: bytes) -> Packet:
    if len(octets) < 40:
        raise Malformed("IPv6 header cut short")
    word, length, following, ttl, source, destination = _IPV6.unpack_from(octets)
    octets = octets[: 40 + length]
    if len(octets) != 40 + length:
        raise Malformed("IPv6 packet cut short")
    if source.startswith(_MAPPED) or destination.startswith(_MAPPED):
        raise Malformed("IPv4 address in IPv6")  # a socket would take it for IPv4, past IPv4's rules
    start, fragment = 40, None
    if following in _EXTENSIONS:
        following, start, fragment = _walk(octets, following)
    return Packet(
        octets, 6, source, destination, word >> 20 & 0xFF, ttl, following, start, fragment, may_split=False
    )


def _walk(octets: bytes, kind: int) -> tuple[int, int, Fragment | None]:
    """Go past the extension headers: what comes then, where, and of which fragment.

    A fragment that is the whole packet is none (RFC 6946); after the header of one that is not
    the first there is no header that could be read.
    """
    at, fragment = 40, None
    for _ in range(_MOST_EXTENSIONS):
        size = _extension_size(octets, kind, at)
        if kind == _FRAGMENTED:
            _, place, ident = _FRAGMENT.unpack_from(octets, at)
            fragment = Fragment(place & 0xFFF8, bool(place & 1), ident) if place & 0xFFF9 else None
        kind, at = octets[at], at + size
        if kind not in _EXTENSIONS or (fragment and fragment.offset):
            return kind, at, fragment
    raise Malformed("too many IPv6 extension headers")


def _extension_size(octets: bytes, kind: int, at: int) -> int:
    """The length of an extension header, of which all is there."""
    if at + 8 > len(octets):
        raise Malformed("IPv6 extension header cut short")
    if kind == _HOP_BY_HOP and at != 40:
        raise Malformed("hop-by-hop options are not first")
    if kind == _ROUTING and octets[at + 3]:
        raise Malformed("source routing")  # RFC 5095: segments left, which nobody is to follow
    if kind == _FRAGMENTED:
        return 8
    size = octets[at + 1] * 4 + 8 if kind == _AUTHENTICATION else octets[at + 1] * 8 + 8
    if at + size > len(octets):
        raise Malformed("IPv6 extension header cut short")
    return size
