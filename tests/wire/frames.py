"""Frames that a Linux guest sent into a tap with a vnet header, and packets made by hand."""

from __future__ import annotations

import struct

GATEWAY_MAC = bytes.fromhex("52550a000202")
GUEST_MAC = bytes.fromhex("525400123456")

GATEWAY4, GUEST4, FAR4 = bytes([10, 0, 2, 2]), bytes([10, 0, 2, 15]), bytes([192, 0, 2, 1])
GATEWAY6, GUEST6, FAR6 = (
    bytes.fromhex(text)
    for text in (
        "fec00000000000000000000000000002",
        "fec00000000000000000000000000015",
        "20010db8000000000000000000000001",
    )
)
GATEWAYS, GUESTS, FARS = {4: GATEWAY4, 6: GATEWAY6}, {4: GUEST4, 6: GUEST6}, {4: FAR4, 6: FAR6}

SYN4 = bytes.fromhex(
    "0100000000002200100052550a00020252540012345608004500003c0ac64000400661e60a00020fc0000201b298"
    "0050038d6dfd00000000a002faf0ce3e0000020405b40402080a83432180000000000103030a"
)
SYN6 = bytes.fromhex(
    "0100000000003600100052550a00020252540012345686dd6007151000280640fec000000000000000000000000000"
    "1520010db8000000000000000000000001c1b40050f223140e00000000a002fd202cbe0000020405a00402080a7c0c"
    "2218000000000103030a"
)
DATAGRAM4 = bytes.fromhex(
    "0100000000002200060052550a000202525400123456080045000021d6534000401196680a00020fc0000201e88700"
    "35000dce2e68656c6c6f"
)
PING4 = bytes.fromhex(
    "0000000000000000000052550a00020252540012345608004500005410ef4000070194aa0a00020fc000020108004b"
    "9a1ef100017267006b000000005ace010000000000101112131415161718191a1b1c1d1e1f20212223242526272829"
    "2a2b2c2d2e2f3031323334353637"
)
PING6 = bytes.fromhex(
    "0000000000000000000052550a00020252540012345686dd600df22200403a07fec0000000000000000000000000001"
    "520010db80000000000000000000000018000e58d1ef200017267006b000000001bcf010000000000101112131415161"
    "718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637"
)
SYNS, PINGS = {4: SYN4, 6: SYN6}, {4: PING4, 6: PING6}
CAPTURED = [SYN4, SYN6, DATAGRAM4, PING4, PING6]


def plain_sum(octets: bytes) -> int:
    """The ones' complement sum, word by word as RFC 1071 has it."""
    total = 0
    for (word,) in struct.iter_unpack(">H", octets + bytes(len(octets) % 2)):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return total


def plain_pseudo(source: bytes, destination: bytes, protocol: int, length: int) -> bytes:
    """A pseudo-header as drawn in RFC 9293 and RFC 8200."""
    if len(source) == 4:
        return source + destination + struct.pack(">BBH", 0, protocol, length)
    return source + destination + struct.pack(">IxxxB", length, protocol)


def ipv4(
    protocol: int,
    payload: bytes,
    *,
    source: bytes = GUEST4,
    destination: bytes = FAR4,
    ttl: int = 64,
    flags: int = 0,
    options: bytes = b"",
) -> bytes:
    """An IPv4 packet; ``flags`` are its flags and fragment offset."""
    header = (
        struct.pack(
            ">BBHHHBBH4s4s",
            0x45 + len(options) // 4,
            0,
            20 + len(options) + len(payload),
            77,
            flags,
            ttl,
            protocol,
            0,
            source,
            destination,
        )
        + options
    )
    return with_sum(header, 10) + payload


def ipv6(following: int, payload: bytes, *, source: bytes = GUEST6, destination: bytes = FAR6) -> bytes:
    """An IPv6 packet."""
    return struct.pack(">IHBB", 6 << 28, len(payload), following, 64) + source + destination + payload


def tcp(
    flags: int,
    *,
    source: bytes = GUEST4,
    destination: bytes = FAR4,
    options: bytes = b"",
    data: bytes = b"",
    seq: int = 1000,
    ack: int = 0,
) -> bytes:
    """A packet with a segment from port 4000 to port 80."""
    segment = struct.pack(">HHIIBBHHH", 4000, 80, seq, ack, (5 + len(options) // 4) << 4, flags, 1, 0, 0)
    segment = with_sum(
        segment + options + data, 16, plain_pseudo(source, destination, 6, 20 + len(options) + len(data))
    )
    if len(source) == 4:
        return ipv4(6, segment, source=source, destination=destination)
    return ipv6(6, segment, source=source, destination=destination)


def icmp(version: int, kind: int, code: int = 0, body: bytes = bytes(8)) -> bytes:
    """A packet with an ICMP or ICMPv6 message."""
    message = bytes([kind, code, 0, 0]) + body
    if version == 4:
        return ipv4(1, with_sum(message, 2))
    return ipv6(58, with_sum(message, 2, plain_pseudo(GUEST6, FAR6, 58, len(message))))


def with_sum(octets: bytes, place: int, before: bytes = b"") -> bytes:
    """Octets with their checksum put in, counting in what is thought to be ``before``."""
    value = 0xFFFF - plain_sum(before + octets)
    return octets[:place] + value.to_bytes(2, "big") + octets[place + 2 :]


def framed(packet: bytes) -> bytes:
    """A frame from the guest to its gateway, without a vnet header."""
    return GATEWAY_MAC + GUEST_MAC + (b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd") + packet
