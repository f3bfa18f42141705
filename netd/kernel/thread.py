"""A thread that lives in a network namespace.

All that is done in a namespace is done by one thread that entered it once: netlink sockets,
``/dev/net/tun`` and ``/proc/sys/net`` all belong to the namespace of the thread that opens them.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Self, TypeVar, TypeVarTuple

import outcome
import trio

from netd.kernel import syscalls
from netd.kernel.rtnl import Rtnl

T = TypeVar("T")
Args = TypeVarTuple("Args")


class NetThread:
    """A thread in a network namespace, with a netlink socket there, doing one job after another.

    The socket, ``rtnl``, is for the jobs alone.

    ``enter`` is what the thread does first, to get where it shall live. When it raises, or no
    socket can be had, that error is raised here and nothing is left.
    """

    def __init__(self, enter: Callable[[], object], *, name: str = "netns") -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._closed = False

        def arrive() -> Rtnl:
            enter()
            return Rtnl()

        answer: queue.SimpleQueue[outcome.Outcome[Rtnl]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live, args=(arrive, answer), name=name, daemon=True)
        self._thread.start()
        try:
            self.rtnl = answer.get().unwrap()
        except BaseException:
            self._thread.join()
            raise

    @classmethod
    def inside(cls, fd: int, *, name: str = "netns") -> Self:
        """A thread in the namespace of ``fd``, which stays the caller's."""
        return cls(lambda: syscalls.enter_netns(fd), name=name)

    def call(self, job: Callable[[*Args], T], *args: *Args) -> T:
        """Do ``job(*args)`` in the thread and wait for it; what it raises is raised here.

        A job may call again; that is then done at once.
        """
        if threading.current_thread() is self._thread:
            return job(*args)
        answer: queue.SimpleQueue[outcome.Outcome[T]] = queue.SimpleQueue()
        self._put(lambda: answer.put(outcome.capture(job, *args)))
        return answer.get().unwrap()

    async def run(self, job: Callable[[*Args], T], *args: *Args) -> T:
        """Like :meth:`call`, under trio, which goes on meanwhile.

        Never cancelled: what was begun in the kernel is awaited to its end, also in a scope
        that is cancelled already.
        """
        task = trio.lowlevel.current_task()
        token = trio.lowlevel.current_trio_token()

        def work() -> None:
            result = outcome.capture(job, *args)
            try:
                token.run_sync_soon(trio.lowlevel.reschedule, task, result)
            except trio.RunFinishedError:  # nobody is left to be told
                return

        self._put(work)
        result: T = await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.FAILED)
        return result

    def close(self) -> None:
        """Finish the jobs that wait, close the socket, leave the namespace. Closing twice is nothing."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _put(self, work: Callable[[], None]) -> None:
        with self._door:
            if self._closed:
                raise RuntimeError("the thread has ended")
            self._jobs.put(work)

    def _live(self, arrive: Callable[[], Rtnl], answer: queue.SimpleQueue[outcome.Outcome[Rtnl]]) -> None:
        arrived = outcome.capture(arrive)
        answer.put(arrived)
        if isinstance(arrived, outcome.Error):
            return
        while (work := self._jobs.get()) is not None:
            work()
            del work  # what it holds would live until the next one
        self.rtnl.close()
