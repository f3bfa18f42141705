"""QEMU's own hub, in a QEMU process without a guest, joining two taps."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.bench.lab import Pair, ip, namespaces
from tests.bench.race import Attempt
from tests.support.qemu import Qemu


@contextlib.contextmanager
def hub() -> Iterator[Attempt]:
    """Two taps on hub 0, each moved into a guest."""
    guests = Pair.of("qemu")
    arguments: list[str] = []
    for number in range(2):
        arguments += ["-netdev", f"tap,id=t{number},ifname=qemu{number},script=no,downscript=no"]
        arguments += ["-netdev", f"hubport,id=h{number},hubid=0,netdev=t{number}"]
    with namespaces(*guests.names), Qemu(*arguments) as qemu:
        with qemu.qmp():  # the taps are there when the monitor answers
            for number, guest in enumerate(guests.names):
                ip(f"link set qemu{number} netns {guest} name eth0")
        with guests.talking() as attempt:
            yield attempt
