"""A kernel that is only a list: for tests of what is above it, without root."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager

import trio

from netd.errors import HostError
from netd.kernel.links import LinkState
from netd.monitor.access import Peer
from netd.monitor.announce import Announcer
from netd.monitor.command import Commands
from netd.monitor.commands import COMMANDS
from netd.monitor.lab import Lab
from netd.monitor.server import Server
from netd.monitor.session import Session
from netd.plan.objects import GuestVeth, Tap, Veth


class FakeThread:
    """Does the job at once."""

    async def run(self, job, *args):
        await trio.lowlevel.checkpoint()
        return job(*args)


class FakeFabric:
    """Takes every plan for granted; ``refuse`` makes the next one fail."""

    def __init__(self):
        self.thread = FakeThread()
        self.things = set()
        self.held = set()
        self.announced = []
        self.refuse = None
        self.busy = None

    def apply(self, old, new):
        if self.refuse:
            reason, self.refuse = self.refuse, None
            raise HostError("create something", reason)
        old, new = set(old), set(new)
        assert old <= self.things, old - self.things
        self.things = self.things - old | new

    def clear(self):
        self.things = set()

    def links(self):
        ports = [thing for thing in self.things if isinstance(thing, Tap | GuestVeth | Veth)]
        return {
            thing.name: LinkState(
                index=number,
                up=True,
                carrier=thing.name in self.held,
                mtu=thing.mtu,
                master=0,
                rx_packets=number,
                tx_packets=0,
                rx_bytes=60 * number,
                tx_bytes=0,
                rx_errors=0,
                tx_errors=0,
                rx_dropped=0,
                tx_dropped=0,
            )
            for number, thing in enumerate(ports)
        }

    def open_queues(self, tap):
        if tap.name in self.held:
            raise HostError(f"open tap '{tap.name}'", "Device or resource busy")
        self.held.add(tap.name)
        return [os.open("/dev/null", os.O_RDWR) for _ in range(tap.queues)]

    def announce(self, ports, frame):
        self.announced.append((tuple(ports), frame))

    def guest_ifnames(self, ref):
        return {"lo", "eth0"}


class Client:
    """The other end of a session: bytes in and out."""

    def __init__(self, stream):
        self.stream = stream
        self._lines = b""

    async def send(self, data):
        await self.stream.send_all(data)

    async def line(self):
        """The next line the daemon says, or b"" at the end."""
        while b"\r\n" not in self._lines:
            data = await self.stream.receive_some()
            if not data:
                rest, self._lines = self._lines, b""
                return rest
            self._lines += data
        line, _, self._lines = self._lines.partition(b"\r\n")
        return line


ROOT = Peer(os.getpid(), 0, 0, user="root")


class Bench:
    """A server on a fake kernel, with as many sessions as a test wants."""

    def __init__(self, nursery):
        self.nursery = nursery
        self.sockets = []
        self.fabric = FakeFabric()
        self.lab = Lab(self.fabric, "t")
        self.server = Server(self.lab, Commands(COMMANDS), Announcer(self.lab, nursery))

    async def client(self, peer=ROOT, *, negotiate=True, oob=False):
        ours, theirs = trio.socket.socketpair()
        session = Session(ours, peer, self.server.access.role(peer), self.server)
        self.server.sessions.add(session)
        self.nursery.start_soon(session.run)
        client = Client(trio.SocketStream(theirs))
        self.sockets.append(theirs)
        client.session = session
        client.greeting = await client.line()
        if negotiate:
            enable = b', "arguments": {"enable": ["oob"]}' if oob else b""
            await client.send(b'{"execute": "qmp_capabilities"' + enable + b"}")
            assert await client.line() == b'{"return": {}}'
        return client


@asynccontextmanager
async def bench():
    """A server that ends with the block."""
    async with trio.open_nursery() as nursery:
        host = Bench(nursery)
        try:
            yield host
        finally:
            for sock in host.sockets:
                sock.close()
            nursery.cancel_scope.cancel()
