"""From what is and what shall be to moves, in the order that works. Pure.

Things are made in the order of :data:`netd.plan.objects.KINDS` and removed in the reverse,
last of all, so that what stands on something comes after it and goes before it. In front of
all this goes what must make room: a port that cannot be changed in place is removed and made
anew, and what stood on it is put back on it; so is a port whose name something else gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from netd.plan.objects import KINDS, GuestVeth, KernelObject, Key, Member, Redirect, Tap, Up, Veth

Objects: TypeAlias = dict[Key, KernelObject]


@dataclass(frozen=True, slots=True)
class Move:
    """One thing goes from one state to another; ``None`` is not being there.

    ``with_port`` marks a removal that the removal of the thing's own port does by the way.
    """

    was: KernelObject | None
    becomes: KernelObject | None
    with_port: bool = False


def moves(
    old: Iterable[KernelObject], new: Iterable[KernelObject], standing: Mapping[Key, KernelObject]
) -> list[Move]:
    """How to get from ``old`` to ``new``.

    ``standing`` is all that is there, also what neither names: what stands on a port that is
    removed goes with it, what stands on one that is replaced is put back.
    """
    was = {thing.key: thing for thing in old}
    becomes = {thing.key: thing for thing in new}
    first = _in_the_way(was, becomes)
    on_first = _standing_on(first, standing)
    lost = _ports(first) - _ports(becomes)
    put_back = {
        key: thing for key, thing in on_first.items() if key not in was and lost.isdisjoint(_on(thing))
    }
    first |= on_first
    stays = {key: thing for key, thing in was.items() if key not in first}
    last = {key: thing for key, thing in stays.items() if key not in becomes}
    last |= {key: thing for key, thing in _standing_on(last, standing).items() if key not in becomes}
    return [
        *_removals(first),
        *_makings(stays, put_back | becomes),
        *_removals(last),
    ]


def must_be_replaced(was: KernelObject, becomes: KernelObject) -> bool:
    """Whether the kernel cannot turn the one into the other in place."""
    if type(was) is not type(becomes):
        return True
    fixed = _FIXED.get(type(was))
    return fixed is not None and fixed(was) != fixed(becomes)


def ports_of(thing: KernelObject) -> tuple[str, ...]:
    """The interfaces a port object puts into the fabric."""
    match thing:
        case Tap(name=name) | GuestVeth(name=name):
            return (name,)
        case Veth(name=name, peer=peer):
            return (name, peer)
        case _:
            return ()


_FIXED: dict[type[KernelObject], Callable[..., object]] = {
    Veth: lambda veth: veth.peer,
    GuestVeth: lambda veth: (veth.netns, veth.ifname),
}
"""What can only be chosen when it is made."""


def _in_the_way(was: Objects, becomes: Objects) -> Objects:
    """What has a name that something new needs."""
    made = {
        key: thing for key, thing in becomes.items() if key not in was or must_be_replaced(was[key], thing)
    }
    names = _ports(made)
    return {
        key: thing
        for key, thing in was.items()
        if key in made or (key not in becomes and not names.isdisjoint(ports_of(thing)))
    }


def _standing_on(things: Objects, standing: Mapping[Key, KernelObject]) -> Objects:
    """What is on the ports of ``things``, or leads to them."""
    ports = _ports(things)
    if not ports:
        return {}
    keys = {key for name in ports for key in (("member", name), ("redirect", name), ("up", name))}
    leading = {
        key for key, thing in standing.items() if isinstance(thing, Redirect) and thing.target in ports
    }
    return {key: standing[key] for key in (keys & standing.keys()) | leading}


def _makings(was: Objects, becomes: Objects) -> Iterable[Move]:
    for thing in _in_order(becomes.values()):
        before = was.get(thing.key)
        if before != thing:
            yield Move(before, thing)


def _removals(things: Objects) -> Iterable[Move]:
    ports = _ports(things)
    for thing in reversed(_in_order(things.values())):
        match thing:
            case Member(port=port) | Redirect(port=port) | Up(port=port):
                yield Move(thing, None, with_port=port in ports)
            case _:
                yield Move(thing, None)


def _ports(things: Objects) -> set[str]:
    return {name for thing in things.values() for name in ports_of(thing)}


def _on(thing: KernelObject) -> tuple[str, ...]:
    """The interfaces that ``thing`` stands on."""
    match thing:
        case Redirect(port=port, target=target):
            return (port, target)
        case Member(port=port) | Up(port=port):
            return (port,)
        case _:
            return ()


def _in_order(things: Iterable[KernelObject]) -> list[KernelObject]:
    return sorted(things, key=lambda thing: KINDS.index(type(thing)))
