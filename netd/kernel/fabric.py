"""The fabric: netd's own network namespace, where every client's port is.

It has a name that ``ip netns`` shows, and an owner mark: the ``ifalias`` of its ``lo``. Whoever
finds a fabric of its own mark takes it over; a namespace of that name with another mark, or
none, is somebody else's and left alone.

Every method may be called from any thread: the work is done in the fabric's own
(:attr:`Fabric.thread`), and the caller waits. Under trio say
``await fabric.thread.run(fabric.apply, old, new)``.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterable, Sequence

from netd.errors import HostError
from netd.kernel import bulk, netns, quiet, syscalls, taps
from netd.kernel.apply import Gate, open_gate, take
from netd.kernel.kinds import Steps
from netd.kernel.links import IFLA_IFALIAS, LinkState, LinkTable
from netd.kernel.order import moves
from netd.kernel.site import Site
from netd.kernel.steps import unless_gone
from netd.kernel.thread import NetThread
from netd.plan.objects import FabricSpec, KernelObject, Key, NetnsRef, Tap

LO = 1
"""The number of ``lo``, in every network namespace."""


class Fabric:
    """A fabric that is open. Made by :meth:`open`.

    ``adopted`` tells whether it was there before. ``path`` is its pin, ``inode`` its number.
    ``gate`` is called around every step of :meth:`apply`, for tests that make one fail.
    """

    def __init__(self, path: str, thread: NetThread, *, adopted: bool) -> None:
        self.path = path
        self.thread = thread
        self.adopted = adopted
        self.gate: Gate = open_gate
        self._links = thread.call(LinkTable)
        self.inode = thread.call(_own_inode)
        self._standing: dict[Key, KernelObject] = {}

    @classmethod
    def open(cls, spec: FabricSpec, *, netns_dir: str = netns.NETNS_DIR) -> Fabric:
        """Make the fabric ``spec`` says, or take over the one an earlier netd of that instance left.

        Raises :class:`HostError`, also when the name is somebody else's; then nothing is left.
        """
        path = f"{netns_dir}/{spec.name}"
        with contextlib.ExitStack() as undo:
            try:
                adopted = netns.is_pinned(path)
                thread = _enter(path, spec) if adopted else _make(path, spec)
                undo.callback(thread.close)
                if not adopted:
                    undo.callback(netns.unpin, path)
                fabric = cls(path, thread, adopted=adopted)
            except OSError as error:
                raise HostError(f"open the fabric '{path}'", syscalls.reason(error)) from error
            undo.pop_all()
        return fabric

    def apply(self, old: Iterable[KernelObject], new: Iterable[KernelObject]) -> None:
        """Make the kernel go from ``old`` to ``new``; what is the same in both need not be named.

        All or nothing. Raises :class:`HostError` that says what was being done and why it failed;
        all that was done before has been undone then.
        """
        self.thread.call(self._apply, tuple(old), tuple(new))

    def inspect(self) -> list[str]:
        """The names of what netd has made here, also what an earlier one left."""
        return self.thread.call(lambda: [link.name for link in bulk.ours(self._site())])

    def clear(self) -> None:
        """Remove all that is in the fabric, and keep the fabric.

        Taps that a VMM holds are cut off, and end with it. What cannot be removed does not save
        the rest: it is named in the :class:`HostError` raised at the end.
        """
        _report("clear the fabric", self.thread.call(self._clear))

    def teardown(self) -> None:
        """Remove the fabric and all that is in it, as :meth:`clear` does, and close."""
        failures = self.thread.call(self._clear)
        try:
            netns.unpin(self.path)
        except OSError as error:
            failures.append(f"unpin '{self.path}': {syscalls.reason(error)}")
        self.close()
        _report("tear down the fabric", failures)

    def close(self) -> None:
        """Leave everything as it is, for the next netd. Closing twice is nothing."""
        self.thread.close()
        self._links.close()

    def open_queues(self, tap: Tap) -> list[int]:
        """The descriptors of a tap, for its VMM: non-blocking, reset, as many as the NIC has queues.

        The caller must close its copies: a tap is held as long as there are any. Raises
        :class:`HostError` if somebody holds it already.
        """
        return self.thread.call(lambda: taps.open_queues(self._site(), tap))

    def links(self) -> dict[str, LinkState]:
        """Every interface of the fabric by name, with state and counters."""
        return self.thread.call(self._links.states)

    def announce(self, ports: Sequence[str], frame: bytes) -> None:
        """Send ``frame`` (from its Ethernet header on) out of each port. Those without link are left out."""
        self.thread.call(_announce, ports, frame)

    def guest_ifnames(self, ref: NetnsRef) -> set[str]:
        """The names taken in a guest's namespace. Raises :class:`HostError` if it is gone."""
        fd = netns.open_ref(ref)
        try:
            guest = NetThread.inside(fd, name="guest")
        finally:
            os.close(fd)
        try:
            return guest.call(lambda: {name for _, name in socket.if_nameindex()})
        finally:
            guest.close()

    def quiet(self) -> None:
        """Silence what a module loaded since has made loud (br_netfilter). :meth:`apply` does it too."""
        self.thread.call(quiet.keep_quiet)

    def _apply(self, old: tuple[KernelObject, ...], new: tuple[KernelObject, ...]) -> None:
        quiet.keep_quiet()
        plan = moves(old, new, self._standing)
        with self._site() as site:
            take(Steps(site).of(plan), self.gate)
        for move in plan:
            if move.becomes is not None:
                self._standing[move.becomes.key] = move.becomes
            elif move.was is not None:
                self._standing.pop(move.was.key, None)

    def _clear(self) -> list[str]:
        self._standing.clear()
        return bulk.clear(self._site())

    def _site(self) -> Site:
        return Site(self.thread.rtnl, self._links, self.inode)


def _make(path: str, spec: FabricSpec) -> NetThread:
    """A thread in a new namespace, which has its name and mark and is quiet."""
    thread = NetThread(syscalls.new_netns, name="fabric")
    try:
        thread.call(_furnish, thread, path, spec)
    except BaseException:
        thread.close()
        raise
    return thread


def _furnish(thread: NetThread, path: str, spec: FabricSpec) -> None:
    quiet.be_quiet(spec.sysctls)
    thread.rtnl.link("set", index=LO, ifalias=_mark(spec))
    netns.pin(path)  # last: what has the name has the mark


def _enter(path: str, spec: FabricSpec) -> NetThread:
    """A thread in the namespace that is there, if it is of this instance."""
    fd = netns.open_ref(netns.identify(path).ref)
    try:
        thread = NetThread.inside(fd, name="fabric")
    finally:
        os.close(fd)
    try:
        thread.call(_reclaim, path, spec)
    except BaseException:
        thread.close()
        raise
    return thread


def _reclaim(path: str, spec: FabricSpec) -> None:
    with contextlib.closing(LinkTable()) as links:
        mark = links.get(LO).text(IFLA_IFALIAS)
    if mark != _mark(spec):
        raise HostError(
            f"open the fabric '{path}'",
            f"a network namespace of that name is there and belongs to {mark or 'somebody else'}; "
            f"if nobody needs it, remove it with 'ip netns del {spec.name}', else choose another instance",
        )
    quiet.be_quiet(spec.sysctls)


def _report(doing: str, failures: list[str]) -> None:
    if failures:
        raise HostError(doing, "; ".join(failures))


def _mark(spec: FabricSpec) -> str:
    return f"netd:{spec.instance}"


def _own_inode() -> int:
    fd = netns.current()
    try:
        return os.fstat(fd).st_ino
    finally:
        os.close(fd)


def _announce(ports: Sequence[str], frame: bytes) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as out:
        for port in ports:
            with unless_gone(errno.ENETDOWN, errno.ENOBUFS):
                out.sendto(frame, (port, 0))
