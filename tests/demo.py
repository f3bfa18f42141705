"""A small lab, shown and ended: two QEMU guests and a container-like one on hub 0.

Everything happens in network namespaces made for it; the host's own network is not touched.
``make demo`` sets up what it needs and runs it (as root).
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

from tests.guests.image import image
from tests.support.daemon import Daemon
from tests.support.guest import Guest, running

BIN = Path(sys.executable).parent
ADDRESSES = {"n0": "192.0.2.10", "n1": "192.0.2.11", "c0": "192.0.2.12"}
HOST, CONTAINER = f"netd-demo-{os.getpid()}", f"netd-demo-{os.getpid()}-c0"

SETUP = (
    "netdev_add hubport,id=h0,hubid=0",
    "netdev_add hubport,id=h1,hubid=0",
    "netdev_add hubport,id=h2,hubid=0",
    "device_add virtio-net-pci,id=n0,netdev=h0",
    "device_add e1000,id=n1,netdev=h1",
    f"device_add veth,id=c0,netdev=h2,netns={CONTAINER},ip={ADDRESSES['c0']}/24",
)


def main() -> None:
    """Make the lab, show it, end it."""
    say("a kernel and an initramfs for the guests")
    boot = image()
    with namespace(HOST), namespace(CONTAINER), Daemon(netns=HOST, log_level="info") as daemon:
        say("netd runs in a namespace of its own; the lab is made with netctl")
        for line in SETUP:
            netctl(daemon, line)
        guests = {name: Guest(name=name, boot_image=boot, prefix=run(daemon, name)) for name in ("n0", "n1")}
        say("both QEMU guests boot: netctl run NIC -- qemu-system-x86_64 …")
        with running(*guests.values()):
            for name, guest in guests.items():
                guest.address("eth0", f"{ADDRESSES[name]}/24")
            say("everyone pings everyone")
            for one, other in permutations(ADDRESSES, 2):
                ping(guests.get(one), one, other)
            netctl(daemon, "info network")
            netctl(daemon, "query-network")
            say("n1's link goes down: it is cut off, the others are not")
            netctl(daemon, "set_link n1 off")
            ping(guests["n0"], "n0", "n1", reachable=False)
            ping(guests["n0"], "n0", "c0")
    say("all gone: netd has removed what it made")


def say(what: str) -> None:
    """A line for the reader."""
    print(f"\n# {what}", flush=True)


def run(daemon: Daemon, nic: str) -> tuple[str, ...]:
    """What starts a machine on a NIC."""
    return (str(BIN / "netctl"), "-s", str(daemon.socket), "run", nic, "--")


def netctl(daemon: Daemon, line: str) -> None:
    """Type a command and show its answer."""
    print(f"$ netctl {line}", flush=True)
    subprocess.run([BIN / "netctl", "-s", daemon.socket, *line.split()], check=True)


def ping(guest: Guest | None, one: str, other: str, *, reachable: bool = True) -> None:
    """One guest pings another; what comes of it must be what is expected."""
    address = ADDRESSES[other]
    if guest is not None:
        patience = 10 if reachable else 2  # an e1000 takes seconds for its first link
        answered = guest.ping(address, wait=patience)
    else:
        command = ["ip", "netns", "exec", CONTAINER, "ping", "-c1", "-W2", address]
        answered = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0
    print(f"  {one} → {other} ({address}): {'answered' if answered else 'no answer'}", flush=True)
    if answered is not reachable:
        sys.exit(f"{one} and {other}: that should {'' if reachable else 'not '}have been answered")


@contextlib.contextmanager
def namespace(name: str) -> Iterator[None]:
    """A network namespace for as long as the block runs."""
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        yield
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


if __name__ == "__main__":
    main()
