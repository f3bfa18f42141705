"""Where steps are taken: the fabric's netlink socket, and the guests' namespaces entered for them."""

from __future__ import annotations

import contextlib
import os
from typing import Self

from netd.errors import HostError
from netd.kernel import netns
from netd.kernel.links import LinkTable
from netd.kernel.rtnl import Rtnl
from netd.kernel.thread import NetThread
from netd.plan.objects import NetnsRef

GROUP = 0x6E65
"""The interface group of everything netd makes in a fabric: what ``teardown`` takes away at once."""

GROUP_GONE = 0x6E66
"""The group of taps given up while a VMM held them: they go with it, and are left alone till then."""


class Site:
    """What the kinds work with, while one list of steps is taken.

    A guest's namespace is entered by a thread made for it, kept until the end (as a context
    manager), since several steps may be done there. ``inode`` is the fabric's own.
    """

    def __init__(self, rtnl: Rtnl, links: LinkTable, inode: int) -> None:
        self.rtnl = rtnl
        self.links = links
        self._inode = inode
        self._fds: dict[NetnsRef, int] = {}
        self._threads: dict[NetnsRef, NetThread] = {}
        self._ends = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()
        self._threads.clear()
        self._fds.clear()

    def guest(self, ref: NetnsRef) -> NetThread:
        """A thread in the guest's namespace. :class:`HostError` if that is gone or not the guest's."""
        if ref not in self._threads:
            thread = NetThread.inside(self.guest_fd(ref), name="guest")
            self._ends.callback(thread.close)
            self._threads[ref] = thread
        return self._threads[ref]

    def guest_fd(self, ref: NetnsRef) -> int:
        """A descriptor of the guest's namespace, closed at the end; errors as :meth:`guest`."""
        if ref not in self._fds:
            fd = netns.open_ref(ref)
            self._ends.callback(os.close, fd)
            self._fds[ref] = fd
        if ref.inode == self._inode:
            raise HostError(f"enter network namespace '{ref.path}'", "it is the fabric itself")
        return self._fds[ref]
