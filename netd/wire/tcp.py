"""TCP segments: read, and refused as a closed TCP port does (RFC 9293)."""

from __future__ import annotations

import struct
from typing import TypeAlias

from msgspec import Struct

from netd.errors import Malformed
from netd.wire import checksum, ip
from netd.wire.ip import Packet

PROTOCOL = 6

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10

# Options that a SYN has (RFC 9293, section 3.2; RFC 7323; RFC 2018).
MSS, WINDOW_SCALE, SACK_PERMITTED, TIMESTAMPS = 2, 3, 4, 8

Flow: TypeAlias = tuple[bytes, int, bytes, int]
"""Source address and TCP port, destination address and TCP port."""

_HEADER = struct.Struct(">HHIIBBHHH")
_BARE = 5 << 4  # the data offset of a header without options, in 32-bit words


class Segment(Struct, frozen=True, gc=False):
    """A segment. ``options`` are its options' bytes, ``length`` how much data it has, in bytes."""

    packet: Packet
    source_port: int
    destination_port: int
    seq: int
    ack: int
    flags: int
    window: int
    options: bytes
    length: int

    @property
    def is_syn(self) -> bool:
        """Whether it asks for a connection; with SYN and RST it asks for nothing."""
        return self.flags & (SYN | ACK | RST) == SYN

    @property
    def flow(self) -> Flow:
        """The connection it is of, seen from its sender."""
        packet = self.packet
        return packet.source, self.source_port, packet.destination, self.destination_port

    def option(self, kind: int) -> bytes | None:
        """The value of an option; ``None`` if it is not there, or behind bytes that are no option."""
        options, at = self.options, 0
        while at < len(options) and options[at]:
            if options[at] == 1:  # a filler
                at += 1
                continue
            end = at + options[at + 1] if at + 1 < len(options) else 0
            if not at + 2 <= end <= len(options):
                break
            if options[at] == kind:
                return options[at + 2 : end]
            at = end
        return None


def read(packet: Packet) -> Segment:
    """Read what a whole packet carries. Raises :class:`Malformed`.

    That is also so for what is between others than two hosts: no such segment may be answered
    (RFC 9293, section 3.9.2.3).
    """
    octets, start = packet.octets, packet.start
    if len(octets) < start + 20:
        raise Malformed("TCP header cut short")
    source, destination, seq, ack, offset, flags, window, _, _ = _HEADER.unpack_from(octets, start)
    data = start + (offset >> 4) * 4
    if not start + 20 <= data <= len(octets):
        raise Malformed("TCP data offset does not fit")
    if not checksum.is_right(octets[start:], packet.pseudo()):
        raise Malformed("TCP checksum is wrong")
    if not packet.one_to_one:
        raise Malformed("TCP between others than two hosts")
    options = octets[start + 20 : data]
    return Segment(packet, source, destination, seq, ack, flags, window, options, len(octets) - data)


def reset(segment: Segment, *, ttl: int = ip.TTL) -> bytes | None:
    """The packet with which a closed TCP port answers; ``None`` to a reset (RFC 9293, section 3.10.7.1)."""
    flags, packet = segment.flags, segment.packet
    if flags & RST:
        return None
    if flags & ACK:
        seq, ack, answer = segment.ack, 0, RST
    else:
        after = segment.seq + segment.length + bool(flags & SYN) + bool(flags & FIN)
        seq, ack, answer = 0, after & 0xFFFFFFFF, RST | ACK
    ports = segment.destination_port, segment.source_port
    bare = _HEADER.pack(*ports, seq, ack, _BARE, answer, 0, 0, 0)  # no window, no checksum yet, not urgent
    extra = checksum.pseudo(packet.destination, packet.source, PROTOCOL, 20)
    sealed = b"%b%b\0\0" % (bare[:16], checksum.checksum(bare, extra).to_bytes(2, "big"))
    return ip.build(packet.destination, packet.source, PROTOCOL, sealed, ttl=ttl)
