"""Ethernet frames that carry IP, with or without a vnet header before them.

The vnet header is the one of a tap opened with ``IFF_VNET_HDR`` (the kernel's
``Documentation/networking/tuntap.rst``; ``struct virtio_net_hdr``): ten bytes in the host's byte
order. With it a sender may leave a TCP, UDP or ICMPv6 checksum to whoever needs it.
"""

from __future__ import annotations

import struct

from msgspec import Struct

from netd.errors import Malformed
from netd.wire.checksum import checksum

VNET_HEADER = 10
"""Bytes of a vnet header."""

NEEDS_CSUM = 1  # VIRTIO_NET_HDR_F_NEEDS_CSUM, virtio 1.2, section 5.1.6

_CSUM = struct.Struct("=6xHH")  # csum_start, csum_offset: from the frame's begin, and from there
_HEADER = 14
_VERSIONS = {b"\x08\x00": 4, b"\x86\xdd": 6}
_TYPES = {4: b"\x08\x00", 6: b"\x86\xdd"}


class Frame(Struct, frozen=True, gc=False):
    """A frame with an IP packet in it.

    ``octets`` is all that was read, and may be written back as it is; the frame begins ``at``
    there, after a vnet header if there is one. ``packet`` has its checksums filled in, and may
    have the frame's padding after it.
    """

    octets: bytes
    at: int
    packet: bytes

    @property
    def destination(self) -> bytes:
        """The MAC address it is for. A hub brings every frame everywhere: look whether it is yours."""
        return self.octets[self.at : self.at + 6]

    @property
    def source(self) -> bytes:
        """The sender's MAC address."""
        return self.octets[self.at + 6 : self.at + 12]

    def answer(self, packet: bytes) -> bytes:
        """A frame with a packet back to the sender; it has a vnet header if this one has."""
        octets, at = self.octets, self.at
        kind = _TYPES[packet[0] >> 4]
        return bytes(at) + octets[at + 6 : at + 12] + octets[at : at + 6] + kind + packet


def read(octets: bytes, *, vnet: bool = True) -> Frame:
    """Read a frame; ``vnet`` says whether a vnet header is before it. Raises :class:`Malformed`."""
    at = VNET_HEADER if vnet else 0
    begin = at + _HEADER
    if len(octets) <= begin:
        raise Malformed("frame cut short")
    if octets[begin] >> 4 != _VERSIONS.get(octets[begin - 2 : begin]):
        raise Malformed("frame holds neither IPv4 nor IPv6")
    packet = octets[begin:]
    if vnet and octets[0] & NEEDS_CSUM:
        start, offset = _CSUM.unpack_from(octets)
        packet = _completed(packet, start - _HEADER, offset)
    return Frame(octets, at, packet)


def _completed(packet: bytes, start: int, offset: int) -> bytes:
    """Fill in a checksum over all from ``start``; its place holds the pseudo-header's sum so far.

    0 means "no checksum" to UDP, and 0xFFFF is as good to all: the kernel writes that, too.
    """
    place = start + offset
    if start < 0 or place + 2 > len(packet):
        raise Malformed("checksum outside the frame")
    value = checksum(packet[start:]) or 0xFFFF
    return packet[:place] + value.to_bytes(2, "big") + packet[place + 2 :]
