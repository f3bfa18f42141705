"""Which kernel object is whose work, and how a move becomes steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from netd.kernel.bridges import Bridges, Members
from netd.kernel.order import Move
from netd.kernel.redirects import Redirects, Ups
from netd.kernel.site import Site
from netd.kernel.steps import Kind, Step, nothing, remake
from netd.kernel.taps import Taps
from netd.kernel.veths import GuestVeths, Veths
from netd.plan.objects import Bridge, GuestVeth, KernelObject, Member, Redirect, Tap, Up, Veth

TABLE: dict[type[KernelObject], Callable[[Site], Kind[Any]]] = {
    Bridge: Bridges,
    Tap: Taps,
    Veth: Veths,
    GuestVeth: GuestVeths,
    Member: Members,
    Redirect: Redirects,
    Up: Ups,
}


class Steps:
    """Turns moves into steps taken at ``site``."""

    def __init__(self, site: Site) -> None:
        self._kinds = {thing: kind(site) for thing, kind in TABLE.items()}

    def of(self, moves: Iterable[Move]) -> Iterator[Step]:
        """The steps of ``moves``, in order; each move's are known when its turn comes."""
        for move in moves:
            yield from self._of(move)

    def _of(self, move: Move) -> Iterator[Step]:
        match move:
            case Move(was=None, becomes=thing) if thing is not None:
                yield from self._kinds[type(thing)].make(thing)
            case Move(was=thing, becomes=None) if thing is not None:
                yield from self._removal(thing, with_port=move.with_port)
            case Move(was=was, becomes=becomes) if was is not None:
                yield from self._kinds[type(was)].change(was, becomes)

    def _removal(self, thing: KernelObject, *, with_port: bool) -> Iterator[Step]:
        kind = self._kinds[type(thing)]
        if not with_port:
            yield from kind.remove(thing)
            return
        for step in kind.remove(thing):
            yield Step(step.text, nothing, remake(kind, thing))
