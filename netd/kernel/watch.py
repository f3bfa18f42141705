"""What happens to the fabric's interfaces, as the kernel tells it.

::

    async with Watch.on(fabric.thread) as watch:
        async for news in watch:
            ...

The kernel drops notifications when its queue for us is full; it says so, and the watcher says
:class:`Resync`: look at everything again.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias

import trio

from netd.kernel.links import RTM_DELLINK, LinkState, messages
from netd.kernel.thread import NetThread

RTMGRP_LINK = 0x1  # <linux/rtnetlink.h>
SO_RCVBUFFORCE = 33  # <asm/socket.h>
QUEUE = 8 << 20
"""Bytes the kernel may keep for us: the default loses events of 300 interfaces made at once."""


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The interface is new, or something about it is. The same name may follow with the same state."""

    name: str
    state: LinkState


@dataclass(frozen=True, slots=True)
class LinkGone:
    """The interface is no more."""

    name: str
    index: int


@dataclass(frozen=True, slots=True)
class Resync:
    """News were lost: what is known must be looked at again (:meth:`netd.kernel.fabric.Fabric.links`)."""


News: TypeAlias = LinkChanged | LinkGone | Resync


class Watch:
    """Iterates over the news of a namespace, without end, from its making on."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = trio.socket.from_stdlib_socket(sock)
        self._waiting: deque[News] = deque()

    @classmethod
    def on(cls, thread: NetThread) -> Self:
        """Watch the namespace of ``thread``."""
        return cls(thread.call(_listen))

    async def __aenter__(self) -> Self:
        await trio.lowlevel.checkpoint()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()
        await trio.lowlevel.cancel_shielded_checkpoint()

    def close(self) -> None:
        """Stop watching."""
        self._socket.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> News:
        while not self._waiting:
            self._waiting.extend(await self._receive())
        return self._waiting.popleft()

    async def _receive(self) -> list[News]:
        try:
            data = await self._socket.recv(1 << 16)
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            return [Resync()]
        return parse(data)


def parse(data: bytes) -> list[News]:
    """The news in one datagram. What bridges tell of their ports (family AF_BRIDGE) is not about links."""
    return [
        LinkGone(link.name, link.index) if link.type == RTM_DELLINK else LinkChanged(link.name, link.state())
        for link in messages(data, len(data))
        if link.family == socket.AF_UNSPEC
    ]


def _listen() -> socket.socket:
    sock = socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
    )
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, QUEUE)
        sock.bind((0, RTMGRP_LINK))
    except BaseException:
        sock.close()
        raise
    return sock
