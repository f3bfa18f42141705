"""netd: its hub, from the outside, through its control socket."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.bench.lab import Pair, namespaces
from tests.bench.race import Attempt
from tests.support.daemon import Daemon


def daemon() -> Daemon:
    """A netd that logs as it does in service, not as in tests."""
    return Daemon(log_level="info")


@contextlib.contextmanager
def hub() -> Iterator[Attempt]:
    """Two containers' NICs on hub 0."""
    guests = Pair.of("netd")
    with namespaces(*guests.names), daemon() as netd, netd.qmp() as qmp:
        for number, guest in enumerate(guests.names):
            qmp.cmd("netdev_add", type="hubport", id=f"h{number}", hubid=0)
            qmp.cmd("device_add", driver="veth", id=f"n{number}", netdev=f"h{number}", netns=guest)
        with guests.talking() as attempt:
            yield attempt
