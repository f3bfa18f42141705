"""All interfaces of a namespace in one dump, parsed by hand: pyroute2 takes ten times as long.

The layout is ``rtnetlink(7)``'s: a netlink header (16 bytes), an ``ifinfomsg`` (16 bytes), then
attributes, each a length, a type and a value padded to four bytes.
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import msgspec

RTM_NEWLINK = 16  # <linux/rtnetlink.h>
RTM_DELLINK = 17
RTM_GETLINK = 18
NLMSG_ERROR = 2  # <linux/netlink.h>
NLMSG_DONE = 3
NLM_F_REQUEST = 0x001
NLM_F_DUMP_INTR = 0x010
NLM_F_DUMP = 0x300

IFF_UP = 0x1  # <linux/if.h>

IFLA_ADDRESS = 1  # <linux/if_link.h>
IFLA_IFNAME = 3
IFLA_MTU = 4
IFLA_LINK = 5
IFLA_MASTER = 10
IFLA_LINKINFO = 18
IFLA_IFALIAS = 20
IFLA_STATS64 = 23
IFLA_GROUP = 27
IFLA_CARRIER = 33
IFLA_INFO_KIND = 1
IFLA_INFO_DATA = 2
IFLA_TUN_NUM_QUEUES = 8
IFLA_TUN_NUM_DISABLED_QUEUES = 9

LAYOUTS = 256
"""How many layouts of messages are remembered."""

T = TypeVar("T")

_header = struct.Struct("=IHHII").unpack_from
_ifinfo = struct.Struct("=BxHiII").unpack_from
_attribute = struct.Struct("=HH").unpack_from
_u32 = struct.Struct("=I").unpack_from
_stats = struct.Struct("=8Q").unpack_from
_request = struct.Struct("=IHHIIBxHiII").pack


class LinkState(msgspec.Struct, frozen=True):
    """One interface: its kernel number, state and counters, in the kernel's own direction.

    What a port has received (``rx_*``) is what its client sent. ``carrier`` of a tap tells
    whether somebody holds it; ``master`` is the number of the bridge it is on, or 0.
    """

    index: int
    up: bool
    carrier: bool
    mtu: int
    master: int
    rx_packets: int
    tx_packets: int
    rx_bytes: int
    tx_bytes: int
    rx_errors: int
    tx_errors: int
    rx_dropped: int
    tx_dropped: int


@dataclass(slots=True)
class Attributes:
    """The attributes that begin at ``at`` in ``data``; ``where`` says how far from there each value is."""

    data: bytearray | bytes
    at: int
    where: dict[int, int]

    def number(self, kind: int) -> int:
        """The 32-bit attribute of type ``kind``, or 0."""
        offset = self.where.get(kind)
        return 0 if offset is None else int(_u32(self.data, self.at + offset)[0])

    def flag(self, kind: int) -> bool:
        """Whether the 8-bit attribute of type ``kind`` is there and not 0."""
        offset = self.where.get(kind)
        return offset is not None and self.data[self.at + offset] != 0

    def value(self, kind: int) -> bytes:
        """The attribute of type ``kind`` as it is, or nothing."""
        if kind not in self.where:
            return b""
        at = self.at + self.where[kind]
        length, _ = _attribute(self.data, at - 4)
        return bytes(self.data[at : at + length - 4])

    def text(self, kind: int) -> str:
        """The string attribute of type ``kind``, or ``""``."""
        return self.value(kind).rstrip(b"\0").decode(errors="replace")

    def nested(self, kind: int) -> Attributes:
        """The attributes in the attribute of type ``kind``."""
        data = self.value(kind)
        return Attributes(data, 0, dict(_walk(data, 0, len(data))))


@dataclass(slots=True)
class Message(Attributes):
    """One link message."""

    type: int
    family: int
    index: int
    flags: int

    @property
    def name(self) -> str:
        """The interface's name."""
        return self.text(IFLA_IFNAME)

    @property
    def mac(self) -> str:
        """The interface's MAC address."""
        return self.value(IFLA_ADDRESS).hex(":")

    @property
    def kind(self) -> str:
        """What the kernel made it from: ``tun``, ``veth``, ``bridge``…; ``""`` if it was always there."""
        return self.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND)

    @property
    def queues(self) -> int:
        """How many descriptors hold this tap; 0 for anything else."""
        info = self.nested(IFLA_LINKINFO)
        if info.text(IFLA_INFO_KIND) != "tun":
            return 0
        tun = info.nested(IFLA_INFO_DATA)
        return tun.number(IFLA_TUN_NUM_QUEUES) + tun.number(IFLA_TUN_NUM_DISABLED_QUEUES)

    def state(self) -> LinkState:
        """State and counters."""
        stats = self.where.get(IFLA_STATS64)
        return LinkState(
            self.index,
            bool(self.flags & IFF_UP),
            self.flag(IFLA_CARRIER),
            self.number(IFLA_MTU),
            self.number(IFLA_MASTER),
            *((0,) * 8 if stats is None else _stats(self.data, self.at + stats)),
        )


class LinkTable:
    """Looks at the interfaces of the namespace of the thread that makes it."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self._buffer = bytearray(1 << 16)  # the kernel answers a dump in pieces of 32 KiB at most
        self._sequence = 0

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def states(self) -> dict[str, LinkState]:
        """Every interface by name."""
        return dict(self.each(lambda message: (message.name, message.state())))

    def each(self, what: Callable[[Message], T]) -> list[T]:
        """``what`` of every interface. A :class:`Message` is valid only while it is asked."""
        while True:
            try:
                return [what(message) for message in self._dump()]
            except InterruptedError:  # an interface came or went meanwhile: the dump may lack others
                continue

    def get(self, index: int) -> Message:
        """One interface. ``OSError(ENODEV)`` if it is gone."""
        self._ask(index, NLM_F_REQUEST)
        return next(messages(self._buffer, self._receive()))

    def _dump(self) -> Iterator[Message]:
        self._ask(0, NLM_F_REQUEST | NLM_F_DUMP)
        interrupted = False
        while True:
            size = self._receive()
            interrupted |= bool(_header(self._buffer, 0)[2] & NLM_F_DUMP_INTR)
            yield from messages(self._buffer, size)
            if _ends(self._buffer, size):
                break
        if interrupted:
            raise InterruptedError

    def _ask(self, index: int, flags: int) -> None:
        self._sequence += 1
        self._socket.send(_request(32, RTM_GETLINK, flags, self._sequence, 0, 0, 0, index, 0, 0))

    def _receive(self) -> int:
        """One datagram of the answer to the latest question, in the buffer; its size."""
        while True:
            size = self._socket.recv_into(self._buffer)
            _, kind, _, sequence, _ = _header(self._buffer, 0)
            if sequence == self._sequence:  # else it is what a dump that was given up left
                break
        if kind == NLMSG_ERROR:
            code = -struct.unpack_from("=i", self._buffer, 16)[0]
            raise OSError(code, os.strerror(code))
        return size


def messages(data: bytearray | bytes, size: int) -> Iterator[Message]:
    """The link messages in the first ``size`` bytes of ``data``; others are passed over."""
    at = 0
    while at < size:
        length, kind, _, _, _ = _header(data, at)
        if kind in (RTM_NEWLINK, RTM_DELLINK):
            family, _, index, flags, _ = _ifinfo(data, at + 16)
            where = _layout(data, at + 32, at + length)
            yield Message(data, at + 32, where, kind, family, index, flags)
        at += (length + 3) & ~3


def _walk(data: bytearray | bytes, at: int, end: int) -> list[tuple[int, int]]:
    """The type of each attribute, and how far from ``at`` its value is."""
    found = []
    start = at
    while at < end:
        length, kind = _attribute(data, at)
        found.append((kind, at + 4 - start))
        at += (length + 3) & ~3
    return found


class _Layout:
    """The attribute headers of a message, all of them, to know another of the same layout by."""

    def __init__(self, data: bytearray | bytes, at: int, end: int) -> None:
        found = _walk(data, at, end)
        self.where = dict(found)
        gaps = (after - before - 4 for (_, before), (_, after) in itertools.pairwise(found))
        self._headers = struct.Struct("=I" + "".join(f"{gap}xI" for gap in gaps)).unpack_from
        self._expected = self._headers(data, at)

    def fits(self, data: bytearray | bytes, at: int) -> bool:
        return self._headers(data, at) == self._expected


_layouts: dict[tuple[int, int], _Layout] = {}
"""The latest message of each size and first header."""


def _layout(data: bytearray | bytes, at: int, end: int) -> dict[int, int]:
    """As :func:`_walk`, in a third of the time for the messages of a dump, which are much alike."""
    if at == end:
        return {}
    key = end - at, _u32(data, at)[0]
    known = _layouts.get(key)
    if known is None or not known.fits(data, at):
        if len(_layouts) >= LAYOUTS:
            _layouts.clear()
        known = _layouts[key] = _Layout(data, at, end)
    return known.where


def _ends(data: bytearray | bytes, size: int) -> bool:
    at, kind = 0, 0
    while at < size:
        length, kind, _, _, _ = _header(data, at)
        at += (length + 3) & ~3
    return bool(kind == NLMSG_DONE)
