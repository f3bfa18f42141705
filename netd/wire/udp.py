"""UDP datagrams (RFC 768), built.

A socket says that a datagram was refused, but an ICMP error quotes the packet it was in:
``icmp.unreachable(ip.read(udp.build(...)), ...)``.
"""

from __future__ import annotations

import struct

from netd.wire import checksum, ip

PROTOCOL = 17

_HEADER = struct.Struct(">HHHH")


def build(
    source: bytes,
    source_port: int,
    destination: bytes,
    destination_port: int,
    payload: bytes,
    *,
    ttl: int = ip.TTL,
    tos: int = 0,
) -> bytes:
    """The packet of one datagram, in one piece."""
    length = 8 + len(payload)
    extra = checksum.pseudo(source, destination, PROTOCOL, length)
    bare = _HEADER.pack(source_port, destination_port, length, 0) + payload
    value = checksum.checksum(bare, extra) or 0xFFFF  # 0 would mean that there is none
    header = _HEADER.pack(source_port, destination_port, length, value)
    return ip.build(source, destination, PROTOCOL, header + payload, ttl=ttl, tos=tos)
