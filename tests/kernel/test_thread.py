from __future__ import annotations

import os
import socket
import threading
import warnings
from contextlib import closing
from pathlib import Path

import pytest
import trio

from netd.kernel import syscalls
from netd.kernel.thread import NetThread
from tests.support.hosts import PATIENCE

pytestmark = pytest.mark.kernel


def descriptors():
    return sorted(str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink())


@pytest.fixture
def thread():
    with closing(NetThread(syscalls.new_netns)) as thread:
        yield thread


def test_it_lives_where_it_entered(thread):
    assert thread.call(socket.if_nameindex) == [(1, "lo")]
    thread.call(lambda: thread.rtnl.link("add", ifname="b", kind="bridge"))
    assert [name for _, name in thread.call(socket.if_nameindex)] == ["lo", "b"]
    assert "b" not in {name for _, name in socket.if_nameindex()}


def test_inside_the_namespace_of_a_descriptor(make_host):
    host = make_host("h")
    host.run("ip", "link", "add", "here", "type", "bridge")
    with Path(host.path).open() as file, closing(NetThread.inside(file.fileno())) as thread:
        assert "here" in {name for _, name in thread.call(socket.if_nameindex)}


def test_results_and_errors_come_back(thread):
    assert thread.call(divmod, 7, 3) == (2, 1)
    with pytest.raises(ZeroDivisionError):
        thread.call(divmod, 7, 0)
    assert thread.call(threading.get_ident) != threading.get_ident()


def test_a_job_may_call_again(thread):
    assert thread.call(lambda: thread.call(lambda: thread.call(threading.get_ident))) == thread.call(
        threading.get_ident
    )


def test_all_or_nothing():
    before = descriptors()
    threads = threading.active_count()

    def fail():
        raise PermissionError(1, "no")

    with pytest.raises(PermissionError):
        NetThread(fail)
    with pytest.raises(OSError, match="Bad file descriptor"):
        NetThread.inside(9999)
    assert threading.active_count() == threads
    assert descriptors() == before


def test_closing_leaves_no_descriptor():
    before = descriptors()
    for _ in range(5):
        thread = NetThread(syscalls.new_netns)
        thread.call(lambda thread=thread: thread.rtnl.link("add", ifname="b", kind="bridge"))
        thread.close()
        thread.close()
    assert descriptors() == before
    with pytest.raises(RuntimeError, match="the thread has ended"):
        thread.call(os.getpid)


def test_jobs_that_wait_are_done_before_the_end(thread):
    done = []
    gate = threading.Event()
    waiting = threading.Thread(target=lambda: thread.call(gate.wait))
    waiting.start()
    other = threading.Thread(target=lambda: thread.call(done.append, 1))
    other.start()
    gate.set()
    waiting.join()
    other.join()
    thread.close()
    assert done == [1]


async def test_trio_goes_on_meanwhile(thread):
    gate = threading.Event()

    def wait():
        assert gate.wait(PATIENCE)
        return "done"

    async with trio.open_nursery() as nursery:

        async def open_gate():
            gate.set()

        nursery.start_soon(open_gate)
        assert await thread.run(wait) == "done"


async def test_what_was_begun_is_awaited_though_cancelled(thread):
    with trio.CancelScope() as scope:
        scope.cancel()
        assert await thread.run(lambda: "done") == "done"
        with pytest.raises(ZeroDivisionError):
            await thread.run(divmod, 1, 0)
        await trio.lowlevel.checkpoint()
    assert scope.cancelled_caught


def test_trio_may_end_before_the_job(thread):
    """As when the whole run is torn down: the answer is for nobody."""
    gate = threading.Event()

    async def main():
        thread._put(gate.wait)
        await trio.lowlevel.checkpoint()

    trio.run(main)
    gate.set()
    assert thread.call(lambda: 1) == 1


def test_no_warnings():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with closing(NetThread(syscalls.new_netns)) as thread:
            thread.call(lambda: thread.rtnl.link("get", index=1))
    assert caught == []
