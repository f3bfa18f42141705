"""The kernel's bridge with nothing around it: what two namespaces on one host can reach."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.bench.lab import Pair, ip, namespaces
from tests.bench.race import Attempt

LAN = "bridge-lan"


@contextlib.contextmanager
def bridge() -> Iterator[Attempt]:
    """Two veths on a bridge."""
    guests = Pair.of("bridge")
    with namespaces(LAN, *guests.names):
        ip("link add br0 up type bridge", netns=LAN)
        for number, guest in enumerate(guests.names):
            ip(f"link add port{number} up master br0 type veth peer name eth0 netns {guest}", netns=LAN)
        with guests.talking() as attempt:
            yield attempt
