"""A big lab: NICs made one by one through the control socket, looked at, and taken away."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.bench import enclosure
from tests.bench.peers import netd
from tests.bench.results import Effort, Row, Table, Target, figure_row, middle
from tests.support.daemon import Daemon
from tests.support.qmp import Message, QmpClient

PATIENCE = 120.0
"""Seconds for any one command; far more than any target."""

LOOKS = 5
"""How often each query is asked."""

COLUMNS = ("", "figure", "", "daemon's CPU s", "", "target")


def run(effort: Effort) -> list[Table]:
    """Make the lab, look at it, delete it one by one, make it again and tear it down."""
    title = f"{effort.nics:,} NICs on {effort.hubs} hubs, through the control socket"
    rows: list[Row] = []
    try:
        with netd.daemon() as daemon, daemon.qmp(timeout=PATIENCE) as qmp:
            before = enclosure.contents()
            rows += _making(daemon, qmp, effort)
            rows += _looking(daemon, qmp)
            rows += _deleting(daemon, qmp, effort)
            rows += _tearing_down(daemon, qmp, effort, before)
    except Exception as error:  # what was measured so far is shown, and why there is no more
        rows.append(Row("the rest", met=False, note=str(error) or repr(error)))
    return [Table(title, COLUMNS, rows)]


def _making(daemon: Daemon, qmp: QmpClient, effort: Effort) -> list[Row]:
    before = daemon.cpu()
    each = [_timed(lambda n=n: _make(qmp, n, effort.hubs)) for n in range(effort.nics)]  # type: ignore[misc]
    limit = 30 * effort.nics / 1000
    return [
        figure_row("all made in", sum(each), "s", Target("≤", limit, "s"), cpu=daemon.cpu() - before),
        figure_row("netdev_add + device_add, median", middle(each) * 1e3, "ms", Target("≤", 25, "ms")),
        figure_row("netdev_add + device_add, slowest", max(each) * 1e3, "ms"),
        figure_row("daemon's memory then (RSS)", daemon.rss() / (1 << 20), "MiB", Target("≤", 150, "MiB")),
    ]


def _looking(daemon: Daemon, qmp: QmpClient) -> list[Row]:
    human = {"execute": "human-monitor-command", "arguments": {"command-line": "info network"}}
    return [
        _look("info network, median", daemon, qmp, human),
        _look("query-network, median", daemon, qmp, {"execute": "query-network"}),
    ]


def _look(name: str, daemon: Daemon, qmp: QmpClient, question: Message) -> Row:
    def ask() -> None:
        qmp.send(question)
        answer = qmp.line()  # not parsed: the client's time is not the daemon's
        assert answer.startswith(b'{"return"'), answer[:200]

    before = daemon.cpu()
    each = [_timed(ask) for _ in range(LOOKS)]
    cpu = (daemon.cpu() - before) / LOOKS
    return figure_row(name, middle(each) * 1e3, "ms", Target("≤", 100, "ms"), cpu=cpu)


def _deleting(daemon: Daemon, qmp: QmpClient, effort: Effort) -> list[Row]:
    before = daemon.cpu()
    each = [_timed(lambda n=n: _delete(qmp, n)) for n in range(effort.nics)]  # type: ignore[misc]
    limit = 60 * effort.nics / 1000
    return [
        figure_row(
            "all deleted, one by one, in", sum(each), "s", Target("≤", limit, "s"), cpu=daemon.cpu() - before
        )
    ]


def _tearing_down(daemon: Daemon, qmp: QmpClient, effort: Effort, before: frozenset[str]) -> list[Row]:
    for number in range(effort.nics):
        _make(qmp, number, effort.hubs)
    cpu = daemon.cpu()
    seconds = _timed(lambda: qmp.cmd("teardown"))
    cpu = daemon.cpu() - cpu
    left = sorted(enclosure.contents() - before)
    return [
        figure_row("all made again, torn down in", seconds, "s", Target("≤", 5, "s"), cpu=cpu),
        Row("left behind", figure=str(len(left)), target="≤ 0", met=not left, note=", ".join(left[:5])),
    ]


def _make(qmp: QmpClient, number: int, hubs: int) -> None:
    qmp.cmd("netdev_add", type="hubport", id=f"h{number}", hubid=number % hubs)
    qmp.cmd("device_add", driver="virtio-net-pci", id=f"n{number}", netdev=f"h{number}")


def _delete(qmp: QmpClient, number: int) -> None:
    qmp.cmd("device_del", id=f"n{number}")
    qmp.cmd("netdev_del", id=f"h{number}")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
