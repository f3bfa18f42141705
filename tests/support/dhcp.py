"""A DHCP and BOOTP client that shows replies to the byte."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.hosts import PATIENCE

MAGIC = bytes.fromhex("63825363")  # RFC 2131, section 3
DISCOVER, REQUEST = 1, 3
OFFER, ACK, NAK = 2, 5, 6


@dataclass(frozen=True)
class Reply:
    """What a server said. ``options`` are the bytes by their numbers, split ones joined (RFC 3396)."""

    address: str
    server: str
    file: bytes
    options: dict[int, bytes]

    @property
    def kind(self) -> int:
        """`OFFER`, `ACK`, `NAK`; 0 for BOOTP."""
        return self.options.get(53, b"\0")[0]


class DhcpClient:
    """On an interface of the calling thread's namespace, which needs no address."""

    def __init__(self, ifname: str, mac: str) -> None:
        self._mac = bytes.fromhex(mac.replace(":", ""))
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, ifname.encode())
        self._socket.bind(("", 68))
        self._socket.settimeout(PATIENCE)

    def close(self) -> None:
        self._socket.close()

    def ask(self, kind: int | None, options: bytes = b"") -> Reply:
        """Broadcast a message (without ``kind`` a BOOTP request) and wait for the reply to it."""
        if kind is not None:
            options = bytes((53, 1, kind)) + options
        head = struct.pack(">BBBBIHH16x", 1, 1, 6, 0, 0x4E455444, 0, 0)
        message = head + self._mac.ljust(16, b"\0") + bytes(192) + MAGIC + options + b"\xff"
        self._socket.sendto(message.ljust(300, b"\0"), ("255.255.255.255", 67))
        while True:
            data = self._socket.recv(1 << 16)
            if data[28:34] == self._mac:
                return _reply(data)

    def lease(self, mac: str | None = None) -> Reply:
        """Take the first offer, in another guest's name if need be; the server's confirmation."""
        if mac is not None:
            self._mac = bytes.fromhex(mac.replace(":", ""))
        offer = self.ask(DISCOVER)
        assert offer.kind == OFFER
        wanted = b"\x32\x04" + socket.inet_aton(offer.address) + b"\x36\x04" + offer.options[54]
        return self.ask(REQUEST, wanted)


def _reply(data: bytes) -> Reply:
    options: dict[int, bytes] = {}
    for number, value in _options(data[240:]):
        options[number] = options.get(number, b"") + value
    return Reply(
        address=socket.inet_ntoa(data[16:20]),
        server=socket.inet_ntoa(data[20:24]),
        file=data[108:236].partition(b"\0")[0],
        options=options,
    )


def _options(data: bytes) -> Iterator[tuple[int, bytes]]:
    while data and data[0] != 255:
        if data[0] == 0:
            data = data[1:]
            continue
        yield data[0], data[2 : 2 + data[1]]
        data = data[2 + data[1] :]
