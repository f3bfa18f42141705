"""The Internet checksum (RFC 1071).

The ones' complement sum of 16-bit words is what the octets, read as one big number, leave when
divided by 0xFFFF, for 0x10000 leaves 1. Python does that in two calls whatever the length.
"""

from __future__ import annotations


def words(octets: bytes) -> int:
    """A number that leaves what the sum of the 16-bit words leaves; an odd last octet is padded."""
    total = int.from_bytes(octets, "big")
    return total << 8 if len(octets) & 1 else total


def pseudo(source: bytes, destination: bytes, protocol: int, length: int) -> int:
    """The same of the pseudo-header, IPv4's (RFC 9293, section 3.1) or IPv6's (RFC 8200, section 8.1).

    ``length`` is what follows it, in bytes.
    """
    return int.from_bytes(source + destination, "big") + protocol + length


def checksum(octets: bytes, extra: int = 0) -> int:
    """The checksum of some octets, whose own checksum field is 0; ``extra`` is a pseudo-header's."""
    total = words(octets) + extra
    return -total % 0xFFFF if total else 0xFFFF


def is_right(octets: bytes, extra: int = 0) -> bool:
    """Whether octets with their checksum in them came as they were sent."""
    total = words(octets) + extra
    return total > 0 and total % 0xFFFF == 0
