"""A lab for tests: netd in a namespace of its own, and real guests on its hubs.

::

    with lab(guest_image) as it:
        it.plug("n0", "e1000", hub=0)
        with it.boot(it.machine("n0")) as (guest,):
            guest.address("eth0", "192.0.2.1/24")

Commands are typed into ``netctl``, and machines started by ``netctl run``, as a member of netd's
group that is no root. Only what takes root is done as root.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tests.guests.image import Image
from tests.support.daemon import Daemon
from tests.support.guest import Guest, running
from tests.support.process import finish, spawn

PROGRAMS = Path(sys.executable).parent
"""Where ``netctl`` and ``netd-bridge-helper`` are installed."""

OPERATOR = "nobody"
GROUP = "daemon"
"""A group that every Debian has, and that the operator is not in but for a test."""

PATIENCE = 20
"""Pings that may fail, a second each, until a guest that should be reached is given up."""

_numbers = itertools.count()


class Station(Protocol):
    """A guest of either kind, as others on its hub know it."""

    def check(self, command: str) -> str:
        """The output of a shell command there, which must succeed."""

    def ping(self, address: str, *, size: int = 56) -> bool:
        """Whether a ping is answered within a second."""


class Container:
    """A guest that is a network namespace, with the host's programs."""

    def __init__(self, netns: str) -> None:
        self.netns = netns

    def check(self, command: str) -> str:
        """The output of a shell command there, which must succeed."""
        return done(["ip", "netns", "exec", self.netns, "sh", "-c", command]).output

    def ping(self, address: str, *, size: int = 56) -> bool:
        """Whether a ping, never in fragments, is answered within a second."""
        command = ["ping", "-c", "1", "-W", "1", "-M", "do", "-s", str(size), address]
        return do(["ip", "netns", "exec", self.netns, *command]).code == 0

    @contextlib.contextmanager
    def serving(self, directory: Path) -> Iterator[str]:
        """Give a file of 3 MiB, made in ``directory``, away for as long as the block runs; its checksum."""
        noise = os.urandom(3 << 20)
        (directory / "file").write_bytes(noise)
        with self.running("busybox", "httpd", "-f", "-p", "80", "-h", str(directory)):
            yield f"{hashlib.sha256(noise).hexdigest()}  -\n"

    @contextlib.contextmanager
    def running(self, *command: str) -> Iterator[None]:
        """Run a program there for as long as the block does."""
        process = spawn(["ip", "netns", "exec", self.netns, *command])
        try:
            yield
        finally:
            finish(process, group=True)


class Lab:
    """One netd, what is typed to it, and who is plugged in."""

    def __init__(self, daemon: Daemon, boot_image: Image) -> None:
        self.daemon = daemon
        self._image = boot_image

    # Commands

    def netctl(self, line: str) -> str:
        """What the operator's command prints; it must be done."""
        return done(self.command(*line.split()), user=OPERATOR, groups=[GROUP]).output

    def refused(self, *words: str) -> str:
        """The reason that a command of the operator's is refused for."""
        end = do(self.command(*words), user=OPERATOR, groups=[GROUP])
        assert (end.code, end.output) == (1, ""), end
        return end.complaint

    def command(self, *words: str) -> list[str]:
        """``netctl`` with these words, talking to this netd."""
        return [str(PROGRAMS / "netctl"), "-s", str(self.daemon.socket), *words]

    def query(self) -> dict[str, Any]:
        """What ``query-network`` answers."""
        answer: dict[str, Any] = json.loads(done(self.command("--json", "query-network")).output)
        return answer

    def nic(self, name: str) -> dict[str, Any]:
        """What ``query-network`` says of a NIC."""
        return next(nic for nic in self.query()["clients"] if (nic["kind"], nic["id"]) == ("nic", name))

    def ports(self) -> set[str]:
        """The interfaces in the fabric."""
        links = done(["ip", "-n", self.query()["fabric"], "-j", "link"]).output
        return {link["ifname"] for link in json.loads(links)}

    # What is in it

    def plug(self, nic: str, device: str, *, hub: int) -> None:
        """Add a NIC, by its model and further properties, on a hub port ``h-NIC`` of its own."""
        model, _, properties = device.partition(",")
        self.netctl(f"netdev_add hubport,id=h-{nic},hubid={hub}")
        self.netctl(f"device_add {','.join(filter(None, [model, f'id={nic},netdev=h-{nic}', properties]))}")

    def unplug(self, nic: str) -> None:
        """Remove what `plug` added."""
        self.netctl(f"device_del {nic}")
        self.netctl(f"netdev_del h-{nic}")

    @contextlib.contextmanager
    def plugged(self, nic: str, device: str, *, hub: int) -> Iterator[None]:
        """A NIC for as long as the block runs."""
        self.plug(nic, device, hub=hub)
        try:
            yield
        finally:
            self.unplug(nic)

    @contextlib.contextmanager
    def container(self, nic: str, properties: str, *, hub: int) -> Iterator[Container]:
        """A namespace on a hub; giving it a NIC takes root."""
        with namespace(nic) as netns:
            self.netctl(f"netdev_add hubport,id=h-{nic},hubid={hub}")
            device = f"veth,id={nic},netdev=h-{nic},netns={netns},{properties}"
            done(self.command("device_add", device))
            try:
                yield Container(netns)
            finally:
                done(self.command("device_del", nic))
                self.netctl(f"netdev_del h-{nic}")

    def machine(self, nic: str, *arguments: str, prefix: Sequence[str] = ()) -> Guest:
        """A QEMU guest, not started yet, that ``netctl run`` gives a NIC (through ``prefix``)."""
        return self.operators(*arguments, name=nic, prefix=(*self.command("run", nic, "--"), *prefix))

    def operators(self, *arguments: str, name: str, prefix: Sequence[str]) -> Guest:
        """A QEMU guest that the operator starts."""
        return Guest(
            *arguments, name=name, prefix=prefix, user=OPERATOR, groups=[GROUP], boot_image=self._image
        )

    @contextlib.contextmanager
    def boot(self, *guests: Guest) -> Iterator[tuple[Guest, ...]]:
        """Guests that run for as long as the block does."""
        with running(*guests):
            yield guests


@contextlib.contextmanager
def lab(boot_image: Image) -> Iterator[Lab]:
    """A netd whose host is a namespace made for it; all is gone in the end."""
    with namespace("host") as host, Daemon(netns=host, config=f'group = "{GROUP}"\n') as daemon:
        yield Lab(daemon, boot_image)


@contextlib.contextmanager
def namespace(what: str) -> Iterator[str]:
    """A network namespace for as long as the block runs; its name."""
    name = f"netd-test-{os.getpid()}-{next(_numbers)}-{what}"
    done(["ip", "netns", "add", name])
    try:
        yield name
    finally:
        done(["ip", "netns", "delete", name])


# What is expected of guests


def reaches(station: Station, address: str, *, size: int = 56) -> bool:
    """Whether a ping is answered, sooner or later: an e1000 takes seconds for its first link."""
    return any(station.ping(address, size=size) for _ in range(PATIENCE))


def all_reach(stations: dict[str, Station]) -> None:
    """Assert that each pings each other, whatever happened before; they are given by their addresses."""
    failed = [(one, to) for one, to in itertools.permutations(stations, 2) if not reaches(stations[one], to)]
    assert not failed


@contextlib.contextmanager
def pinging(guest: Guest, address: str) -> Iterator[None]:
    """Ping all the time: each ping must be answered once, whatever the block does to others."""
    job = guest.background(f"ping -i 0.1 {address}")
    try:
        yield
        assert reaches(guest, address)
    finally:
        printed = job.stop().output
    numbers = [int(number) for number in re.findall(r"seq=(\d+)", printed)]
    assert numbers, printed
    assert numbers == list(range(len(numbers))), printed


def look(station: Station, *files: str) -> list[str]:
    """What the kernel says of a guest's interface: files of its directory in /sys."""
    return station.check(f"cd /sys/class/net/eth0 && cat {' '.join(files)}").split()


def serve(guest: Guest) -> str:
    """Have a machine give a file of 3 MiB away, from now on; the file's checksum."""
    return guest.check(
        "mkdir /tmp/www; dd if=/dev/urandom of=/tmp/www/file bs=64k count=48 2>/dev/null;"
        "httpd -p 80 -h /tmp/www; sha256sum </tmp/www/file"
    )


def fetch(station: Station, address: str) -> str:
    """The checksum of what a machine or a container gives away, as it arrives at another."""
    return station.check(
        f"got=$(mktemp); until busybox wget -q -O $got http://{address}/file; do :; done;"
        "sha256sum <$got; rm $got"
    )


def cpu(guest: Guest) -> float:
    """CPU seconds that a guest's QEMU has used since it was started (utime and stime, proc(5))."""
    after_name = Path(f"/proc/{guest.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


# Programs


class End(NamedTuple):
    """How a program ended."""

    code: int
    output: str
    complaint: str


def do(command: Sequence[str], **options: Any) -> End:
    """Run a program to its end, with the options of `spawn`."""
    process = spawn(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    try:
        output, complaint = process.communicate(timeout=60)
    finally:
        finish(process, how=signal.SIGKILL, group=True)
    return End(process.returncode, output.decode(), complaint.decode())


def done(command: Sequence[str], **options: Any) -> End:
    """Run a program that must succeed."""
    end = do(command, **options)
    assert end.code == 0, (command, end)
    return end
