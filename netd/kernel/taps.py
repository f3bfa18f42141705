"""Taps: ports whose other end is a descriptor in a VMM, or in nobody's hands.

A tap is persistent while its NIC exists. One that a VMM holds is never deleted under it (QEMU
would spin on a dead descriptor): it is cut off, renamed, and made to go with its last holder.
Being multi-queue it can be reached for that, by one queue more.

A multi-queue tap that is first set up without a queueing discipline of its own is given one per
possible queue, 256 in all, 6.7 MiB and 16 ms: so it gets ``noqueue`` before. Frames wait in the
descriptor's own ring anyway.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from netd.errors import HostError
from netd.kernel import tun
from netd.kernel.bridges import forget_port
from netd.kernel.redirects import close_ingress, settle
from netd.kernel.site import GROUP, GROUP_GONE, Site
from netd.kernel.steps import GONE, Step, perform, remake, unless_gone
from netd.kernel.syscalls import reason
from netd.plan.objects import Tap

TC_H_ROOT = 0xFFFFFFFF  # <linux/pkt_sched.h>


class Taps:
    """Makes :class:`Tap` objects real."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rtnl = site.rtnl

    def make(self, tap: Tap) -> Iterator[Step]:
        """A persistent tap that nobody holds, without link."""
        name = tap.name
        yield Step(f"create tap '{name}'", lambda: tun.create(name), lambda: self._delete(name))
        yield Step(f"set up tap '{name}'", lambda: self._set(name, tap))
        yield Step(f"unqueue tap '{name}'", lambda: self._unqueue(name))

    def change(self, was: Tap, becomes: Tap) -> Iterator[Step]:
        """Another MAC address, MTU or mark; how many queues are handed out is not the kernel's to know."""
        yield Step(
            f"change tap '{becomes.name}'",
            lambda: self._change(becomes),
            lambda: self._change(was),
            in_parts=True,
        )

    def remove(self, tap: Tap) -> Iterator[Step]:
        """The tap, at once or (when it is held) with its holder."""
        if is_held(self._site, tap.name):
            yield from self._give_up(tap)
        else:
            yield Step(f"delete tap '{tap.name}'", lambda: self._delete(tap.name), remake(self, tap))

    def _give_up(self, tap: Tap) -> Iterator[Step]:
        index = self._rtnl.index(tap.name)
        gone = gone_name(index)
        yield Step(f"cut off tap '{tap.name}'", lambda: cut_off(self._site, index))
        yield Step(
            f"free the name of tap '{tap.name}'",
            lambda: free_name(self._site, index),
            lambda: self._take_back(tap, gone),
        )
        yield Step(
            f"leave tap '{tap.name}' to its holder",
            lambda: leave(self._site, index, gone, tap.alias),
            lambda: keep(gone),
            in_parts=True,
        )

    def _take_back(self, tap: Tap, gone: str) -> None:
        """Give a given-up tap its name again, or make it anew if its holder has closed it meanwhile."""
        try:
            self._rtnl.link("set", index=self._rtnl.index(gone), ifname=tap.name)
        except OSError as error:
            if error.errno not in GONE:
                raise
            perform(self.make(tap))
        else:
            self._set(tap.name, tap)

    def _set(self, name: str, tap: Tap) -> None:
        self._rtnl.link(
            "set",
            index=self._rtnl.index(name),
            address=tap.mac,
            mtu=tap.mtu,
            group=GROUP,
            ifalias=tap.alias,
        )

    def _change(self, tap: Tap) -> None:
        self._set(tap.name, tap)
        forget_port(self._site, tap.name)

    def _unqueue(self, name: str) -> None:
        index = self._rtnl.index(name)
        self._rtnl.tc("replace", "noqueue", index, parent=TC_H_ROOT)

    def _delete(self, name: str) -> None:
        with unless_gone():
            self._rtnl.link("del", index=self._rtnl.index(name))


def open_queues(site: Site, tap: Tap) -> list[int]:
    """The descriptors of ``tap``, as from a new device, for a VMM; the caller closes its copies.

    Raises :class:`HostError` if somebody holds it.
    """
    doing = f"open tap '{tap.name}'"
    with contextlib.ExitStack() as undo:
        try:
            if is_held(site, tap.name):
                raise HostError(doing, "it is held already")
            fds = []
            for _ in range(tap.queues):
                fds.append(tun.attach(tap.name))
                undo.callback(os.close, fds[-1])
            tun.reset(fds[0])
            settle(site, tap.name)
        except OSError as error:
            raise HostError(doing, reason(error)) from error
        undo.pop_all()
    return fds


def is_held(site: Site, name: str) -> bool:
    """Whether somebody holds a descriptor of the tap. False if it does not exist."""
    with unless_gone():
        return site.links.get(site.rtnl.index(name)).queues > 0
    return False


def gone_name(index: int) -> str:
    """What a given-up tap is called: unique, and never a client's name."""
    return f"~{index}"


def cut_off(site: Site, index: int) -> None:
    """No frame to or from the tap any more, however it was connected."""
    site.rtnl.link("set", index=index, state="down", master=0)
    close_ingress(site.rtnl, index)


def free_name(site: Site, index: int) -> str:
    """Have the tap make room for another of its name; returns what it is called then."""
    gone = gone_name(index)
    site.rtnl.link("set", index=index, ifname=gone)
    return gone


def leave(site: Site, index: int, name: str, alias: str) -> None:
    """Let the tap end when its holder closes it."""
    site.rtnl.link("set", index=index, group=GROUP_GONE, ifalias=f"{alias} (given up)")
    with unless_gone():
        tun.set_persistent(name, False)


def keep(name: str) -> None:
    """Undo :func:`leave`, if the tap is still there."""
    with unless_gone():
        tun.set_persistent(name, True)
