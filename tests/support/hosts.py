"""Hosts and guests for tests: network namespaces that a test made, and nobody else's.

A :class:`Host` is a namespace with a name under the test's own directory. What is done in it is
done by its own thread, programs too. ``no_leaks`` looks for what a test leaves behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar, TypeVarTuple

import pytest

from netd.kernel import netns, syscalls
from netd.kernel.fabric import Fabric
from netd.kernel.thread import NetThread
from netd.plan.objects import FabricSpec, NetnsRef
from tests.support.left_behind import Traces

T = TypeVar("T")
Args = TypeVarTuple("Args")

MOUNTS = f"/run/netd-test-{os.getpid()}-"
"""What the paths of this process's mounts begin with."""

PATIENCE = 10
"""Seconds until something awaited is taken for missing."""


class Host:
    """A network namespace with a name, as a lab host or a container has one."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.thread = NetThread(syscalls.new_netns, name="host")
        try:
            self.thread.call(netns.pin, path)
        except BaseException:
            self.thread.close()
            raise
        self._children: list[subprocess.Popen[str]] = []
        self._wires: list[Wire] = []

    @property
    def ref(self) -> NetnsRef:
        return netns.identify(self.path).ref

    def call(self, job: Callable[[*Args], T], *args: *Args) -> T:
        """Do something in the namespace."""
        return self.thread.call(job, *args)

    def run(self, *argv: str) -> str:
        """Run a program there; what it printed. An exit code but 0 is an error."""
        done = self.call(lambda: subprocess.run(argv, capture_output=True, text=True, check=False))
        assert done.returncode == 0, f"{argv}: {done.stderr}"
        return done.stdout

    def popen(self, *argv: str, **how: Any) -> subprocess.Popen[str]:
        """Start a program there; killed at the end if it still runs."""
        child = self.call(lambda: subprocess.Popen(argv, text=True, **how))
        self._children.append(child)
        return child

    def no_ipv6(self) -> Self:
        """Say nothing unasked."""
        self.call(lambda: Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1"))
        self.call(lambda: Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1"))
        return self

    def wire(self, ifname: str) -> Wire:
        """Frames to and from an interface there."""
        wire = self.call(Wire, ifname)
        self._wires.append(wire)
        return wire

    def close(self) -> None:
        for wire in self._wires:
            wire.close()
        for child in self._children:
            with child:
                child.kill()
        with contextlib.suppress(FileNotFoundError):
            netns.unpin(self.path)
        self.thread.close()


class Wire:
    """Sends and receives whole Ethernet frames on an interface of the calling thread's namespace."""

    ETH_P_ALL = 3
    SOL_PACKET = 263
    PACKET_AUXDATA = 8
    PACKET_IGNORE_OUTGOING = 23
    TP_STATUS_VLAN_VALID = 0x10

    def __init__(self, ifname: str) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(self.ETH_P_ALL))
        self._socket.setsockopt(self.SOL_PACKET, self.PACKET_AUXDATA, 1)
        self._socket.setsockopt(self.SOL_PACKET, self.PACKET_IGNORE_OUTGOING, 1)
        self._socket.bind((ifname, 0))
        self._socket.settimeout(PATIENCE)

    def close(self) -> None:
        self._socket.close()

    def send(self, frame: bytes) -> None:
        self._socket.send(frame)

    def receive(self) -> bytes:
        """The next frame. The kernel takes a VLAN tag off; here it is back."""
        data, extra, _, _ = self._socket.recvmsg(1 << 17, 64)
        for _, kind, value in extra:
            status, _, _, _, _, tci, tpid = struct.unpack_from("=IIIHHHH", value)
            if kind == self.PACKET_AUXDATA and status & self.TP_STATUS_VLAN_VALID:
                data = data[:12] + struct.pack(">HH", tpid, tci) + data[12:]
        return data

    def until(self, last: bytes) -> list[bytes]:
        """All frames received before ``last``, which must come."""
        frames = []
        while (frame := self.receive()) != last:
            frames.append(frame)
        return frames


class MakeHost(Protocol):
    """What the fixture ``make_host`` gives."""

    def __call__(self, name: str) -> Host: ...


@pytest.fixture
def netns_dir() -> Iterator[str]:
    """A directory for names of namespaces, as ``/run/netns`` is one.

    It is beside that one: what a killed run leaves mounted there is in nobody's way.
    """
    directory = Path(tempfile.mkdtemp(prefix=MOUNTS))
    yield str(directory)
    for name in directory.iterdir():
        with contextlib.suppress(OSError):
            syscalls.unmount(str(name))
    with contextlib.suppress(OSError):
        syscalls.unmount(str(directory))
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def make_host(netns_dir: str) -> Iterator[MakeHost]:
    """Makes network namespaces, removed when the test ends."""
    with contextlib.ExitStack() as hosts:

        def make(name: str) -> Host:
            host = Host(f"{netns_dir}/{name}")
            hosts.callback(host.close)
            return host

        yield make


@pytest.fixture
def fabric(netns_dir: str) -> Iterator[Fabric]:
    """A fabric of the instance ``test``, torn down when the test ends."""
    fabric = Fabric.open(FabricSpec("netd", "test"), netns_dir=netns_dir)
    yield fabric
    if Path(fabric.path).exists():
        fabric.teardown()


@pytest.fixture
def no_leaks() -> Iterator[None]:
    """Fails the test that leaves anything behind: what could keep a namespace alive, or run in it."""
    before, owned = Traces.now(), belongings()
    yield
    left = Traces.now(patience=5, before=before).since(before, alone=False) + sorted(belongings() - owned)
    assert not left, f"left behind: {left}"


def belongings() -> set[str]:
    """This process's threads, the links of its namespace, and what its tests have mounted."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    return {
        *(f"thread {thread.name} {thread.native_id}" for thread in threading.enumerate()),
        *(f"link {name}" for _, name in socket.if_nameindex()),
        *(f"mount {line}" for line in mounts if MOUNTS in line),
    }
