"""The control socket: trivial commands per second from one client, one at a time and pipelined.

Against a real QEMU's monitor. The client does next to nothing: bytes out, lines counted.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from tests.bench.peers import netd
from tests.bench.race import Attempt, Contender, race
from tests.bench.results import Effort, Table, Target
from tests.support.daemon import Daemon
from tests.support.qemu import Qemu
from tests.support.qmp import CHUNK, QmpClient

COMMAND = b'{"execute": "query-status"}\r\n'

WINDOW = 100
"""Commands that a pipelining client sends before it reads."""


def run(effort: Effort) -> list[Table]:
    """Race netd's monitor against QEMU's, once for each way."""
    return [
        _race("QMP commands, one at a time", 1, effort),
        _race(f"QMP commands, {WINDOW} sent ahead", WINDOW, effort),
    ]


def _race(title: str, window: int, effort: Effort) -> Table:
    own = Contender("netd", lambda: _session(netd.daemon(), window))
    qemu = Contender("QEMU -M none", lambda: _session(Qemu(), window), Target("≥", 0.7))
    return race(title, "commands/s", own, [qemu], effort)


@contextlib.contextmanager
def _session(server: Daemon | Qemu, window: int) -> Iterator[Attempt]:
    with server as running, running.qmp() as client:
        yield lambda seconds: _rate(client, window, seconds)


def _rate(client: QmpClient, window: int, seconds: float) -> float:
    burst = COMMAND * window
    done = 0
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        client.socket.sendall(burst)
        missing = window
        while missing > 0:
            missing -= client.socket.recv(CHUNK).count(b"\n")
        done += window
    return done / elapsed
