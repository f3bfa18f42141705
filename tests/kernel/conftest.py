"""Small labs in a real fabric, and a look for leaks around everything that needs the kernel."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from netd.kernel.fabric import Fabric
from netd.plan.objects import Bridge, GuestVeth, KernelObject, Member, Tap, Up
from tests.support.hosts import Host, MakeHost, Wire, fabric, make_host, netns_dir, no_leaks

__all__ = ["fabric", "make_host", "netns_dir", "no_leaks"]  # pytest finds fixtures by their names here

HEADER = 10
"""Bytes of vnet header in front of a frame on a tap's descriptor."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Look for leaks around every test of this directory with the marker ``kernel``."""
    here = Path(__file__).parent
    for item in items:
        marked = isinstance(item, pytest.Function) and item.get_closest_marker("kernel")
        if marked and item.path.is_relative_to(here):
            item.fixturenames.insert(0, "no_leaks")


@dataclass
class Lab:
    """Makes kernel objects with sensible values, and guests, in a fabric."""

    fabric: Fabric
    make_host: MakeHost
    hosts: dict[str, Host] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def bridge(self, name: str) -> Bridge:
        return Bridge(name, self._mac(), f"netd:test:{name}")

    def tap(self, name: str, *, mtu: int = 65521, queues: int = 1) -> Tap:
        return Tap(name, self._mac(), mtu, queues, f"netd:test:{name}")

    def host(self, name: str) -> Host:
        if name not in self.hosts:
            self.hosts[name] = self.make_host(name)
        return self.hosts[name]

    def veth(
        self,
        name: str,
        *,
        ifname: str = "eth0",
        addresses: tuple[str, ...] = (),
        gateway: str = "",
        mtu: int = 65535,
    ) -> GuestVeth:
        """A port whose other end is in the namespace of the same name."""
        return GuestVeth(
            name=name,
            mac=self._mac(),
            mtu=65535,
            alias=f"netd:test:{name}",
            netns=self.host(name).ref,
            ifname=ifname,
            guest_mac=self._mac("52:54:00:00"),
            guest_mtu=mtu,
            addresses=addresses,
            gateway=gateway,
        )

    def hub(self, name: str, *ports: str) -> list[Wire]:
        """A hub with a silent guest on each port; their wires, in order."""
        things: list[KernelObject] = [self.bridge(name)]
        for port in ports:
            self.host(port).no_ipv6()
            things += [self.veth(port), Member(port, name), Up(port)]
        self.fabric.apply((), things)
        return [self.host(port).wire("eth0") for port in ports]

    def look(self, *argv: str) -> list[dict[str, object]]:
        """What iproute2 says in the fabric: ``look("ip", "-j", "link")``."""
        return json.loads(self.run(*argv) or "[]")

    def run(self, *argv: str) -> str:
        return self.fabric.thread.call(
            lambda: subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        )

    def _mac(self, prefix: str = "02:00:00:00") -> str:
        number = next(self._numbers)
        return f"{prefix}:{number >> 8:02x}:{number & 255:02x}"


@pytest.fixture
def lab(fabric: Fabric, make_host: MakeHost) -> Lab:
    return Lab(fabric, make_host)


@pytest.fixture
def held() -> Iterator[list[int]]:
    """Descriptors that a test holds as a VMM would; closed at the end."""
    fds: list[int] = []
    yield fds
    for fd in fds:
        os.close(fd)
