"""A lab on a running netd: its operator's session, guests that are namespaces, NICs on hubs."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from netd.daemon.place import instance_of
from netd.kernel.thread import NetThread
from tests.live.ends import TapEnd
from tests.support.daemon import Daemon
from tests.support.hosts import PATIENCE, Host, MakeHost
from tests.support.process import netns_path


class Lab:
    """Use it in a ``with``; guests live as long as the test."""

    def __init__(self, daemon: Daemon, make_host: MakeHost) -> None:
        self.daemon = daemon
        self.qmp = daemon.qmp()
        self._make_host = make_host
        self._ends = contextlib.ExitStack()
        self._ends.callback(self.qmp.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    # Making

    def port(self, ident: str, hub: int) -> str:
        """A port on a hub."""
        self.qmp.cmd("netdev_add", type="hubport", id=ident, hubid=hub)
        return ident

    def guest(self, name: str) -> Host:
        """A namespace that says nothing unasked."""
        return self._make_host(name).no_ipv6()

    def veth(self, ident: str, hub: int, guest: Host | None = None, **properties: Any) -> Host:
        """A NIC on a hub (its port is called ``p-`` and its id) in a namespace, a new one by default."""
        guest = guest or self.guest(ident)
        netdev = self.port(f"p-{ident}", hub)
        self.qmp.cmd("device_add", driver="veth", id=ident, netdev=netdev, netns=guest.path, **properties)
        return guest

    def tap(self, ident: str, hub: int, driver: str = "virtio-net-pci", **properties: Any) -> str:
        """A NIC on a hub (its port is called ``p-`` and its id) for a VMM."""
        netdev = self.port(f"p-{ident}", hub)
        self.qmp.cmd("device_add", driver=driver, id=ident, netdev=netdev, **properties)
        return ident

    def open(self, ident: str) -> TapEnd:
        """Open a NIC as its VMM."""
        self.qmp.cmd("nic-open", id=ident)
        end = TapEnd(self.qmp.take_descriptors())
        self._ends.callback(end.close)
        return end

    def opened(self, ident: str, hub: int, **properties: Any) -> TapEnd:
        """A NIC on a hub, open."""
        return self.open(self.tap(ident, hub, **properties))

    # Looking

    def network(self) -> Any:
        """What ``query-network`` says."""
        return self.qmp.cmd("query-network")

    def client(self, ident: str) -> Any:
        """What ``query-network`` says of a client."""
        return next(client for client in self.network()["clients"] if client["id"] == ident)

    def clients(self) -> list[str]:
        """The names of all clients."""
        return [client["id"] for client in self.network()["clients"]]

    @property
    def fabric(self) -> Path:
        """Where the fabric has its name, while there is one."""
        return fabric_of(self.daemon)

    def inside(self) -> Inside:
        """A look into the fabric, which keeps it alive."""
        inside = Inside(self.fabric)
        self._ends.callback(inside.close)
        return inside

    def until(self, condition: Callable[[], object]) -> None:
        """Talk to the daemon until the condition holds; fails if that takes too long."""
        until(condition, self.daemon)


class Inside:
    """A look into a namespace from the inside, also when it has lost its name."""

    def __init__(self, path: str | Path) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            self._thread = NetThread.inside(descriptor, name="look")
        finally:
            os.close(descriptor)

    def close(self) -> None:
        self._thread.close()

    def call(self, job: Callable[..., Any], *arguments: Any) -> Any:
        """Do something there."""
        return self._thread.call(job, *arguments)

    def run(self, *argv: str) -> str:
        """Run a program there; what it printed. It must succeed."""
        return str(self.call(lambda: subprocess.check_output(argv, text=True)))

    def links(self) -> list[str]:
        """The names of the interfaces there, but for ``lo``."""
        return links(self)


def links(place: Inside | Host) -> list[str]:
    """The names of a namespace's interfaces, but for ``lo``."""
    return sorted(name for _, name in place.call(socket.if_nameindex) if name != "lo")


def fabric_of(daemon: Daemon) -> Path:
    """Where a daemon's fabric has its name, while there is one."""
    return netns_path(instance_of(daemon.socket))


def until(condition: Callable[[], object], daemon: Daemon) -> None:
    """Talk to a daemon until a condition holds: each answer is time that it has had."""
    deadline = time.monotonic() + PATIENCE
    with daemon.qmp() as qmp:
        while not condition():
            assert time.monotonic() < deadline, "it did not come about"
            qmp.cmd("query-name")


def descriptors(pid: int) -> list[str]:
    """What the open descriptors of a process are, sorted."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found.append(str(entry.readlink()))
    return sorted(found)
