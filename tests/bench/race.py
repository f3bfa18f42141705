"""A race: netd and its peers do the same, by turns, so that the machine's moods hit them all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.results import Effort, Row, Table, Target, middle, number

Attempt = Callable[[float], float]
"""Do it for so many seconds; the figure reached (more is better)."""


@dataclass(frozen=True)
class Contender:
    """One way to do it: ``ready`` sets it up and gives the `Attempt`.

    ``target`` is what netd's figure, divided by this one's, must be.
    """

    name: str
    ready: Callable[[], AbstractContextManager[Attempt]]
    target: Target | None = None


@dataclass
class Record:
    """What a contender did, one item for each round; ``failure`` says why it did nothing."""

    figures: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    failure: str = ""


def race(title: str, unit: str, netd: Contender, peers: Sequence[Contender], effort: Effort) -> Table:
    """Run all contenders by turns and compare netd with each peer, round by round.

    A contender that fails is reported, and the others go on.
    """
    records = {contender.name: Record() for contender in (netd, *peers)}
    with contextlib.ExitStack() as stack:
        attempts: dict[str, Attempt] = {}
        for contender in (netd, *peers):
            with _failure_noted(records[contender.name]):
                attempts[contender.name] = stack.enter_context(contender.ready())
        for _ in range(effort.rounds):
            for name, attempt in attempts.items():
                if not records[name].failure:
                    with _failure_noted(records[name]):
                        _take_turn(records[name], attempt, effort.seconds)
    heading = f"{title}: {unit}, median of {effort.rounds} rounds of {effort.seconds:g} s"
    columns = ("", unit, "least – most", "CPU s", "netd is", "target")
    rows = [_own_row(netd, records[netd.name])]
    rows += [_peer_row(peer, records[peer.name], records[netd.name]) for peer in peers]
    return Table(heading, columns, rows)


@contextlib.contextmanager
def _failure_noted(record: Record) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever it is, the other contenders go on and it is shown
        record.failure = str(error) or repr(error)


def _take_turn(record: Record, attempt: Attempt, seconds: float) -> None:
    before = busy()
    figure = attempt(seconds)
    record.cpu.append(busy() - before)
    record.figures.append(figure)


def busy() -> float:
    """CPU seconds that this machine has spent on anything since it booted, all CPUs together (proc(5))."""
    user, nice, system, _idle, _iowait, irq, softirq = Path("/proc/stat").read_text().split()[1:8]
    ticks = sum(map(int, (user, nice, system, irq, softirq)))
    return ticks / os.sysconf("SC_CLK_TCK")


def _own_row(contender: Contender, record: Record) -> Row:
    if record.failure:
        return Row(contender.name, met=False, note=record.failure)
    return _row(contender, record)


def _peer_row(contender: Contender, record: Record, netd: Record) -> Row:
    if record.failure or netd.failure:
        note = record.failure or "nothing to compare with"
        return _row(contender, record, met=None if contender.target is None else False, note=note)
    ratio = middle([own / other for own, other in zip(netd.figures, record.figures, strict=True)])
    met = None if contender.target is None else contender.target.met(ratio)
    return _row(contender, record, ratio=f"{number(ratio)} ×", met=met)


def _row(
    contender: Contender, record: Record, *, ratio: str = "", met: bool | None = None, note: str = ""
) -> Row:
    measured = bool(record.figures)
    return Row(
        contender.name,
        figure=number(middle(record.figures)) if measured else "",
        spread=f"{number(min(record.figures))} – {number(max(record.figures))}" if measured else "",
        cpu=number(middle(record.cpu)) if measured else "",
        ratio=ratio,
        target="" if contender.target is None else f"{contender.target} ×",
        met=met,
        note=note,
    )
