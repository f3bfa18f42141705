from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.kernel


def test_the_kernels_errors_are_os_errors(lab):
    with pytest.raises(FileExistsError, match="File exists"):
        lab.fabric.thread.call(
            lambda: [lab.fabric.thread.rtnl.link("add", ifname="b", kind="bridge") for _ in "ab"]
        )
    with pytest.raises(OSError, match="No such device"):
        lab.fabric.thread.call(lambda: lab.fabric.thread.rtnl.index("nothing"))


def test_the_kernels_own_explanation_is_kept(lab):
    lab.fabric.apply((), [lab.tap("n1")])

    def too_large():
        lab.fabric.thread.rtnl.link("set", index=lab.fabric.thread.rtnl.index("n1"), mtu=70000)

    with pytest.raises(OSError, match=r"^\[Errno 22\] Invalid argument \(mtu greater than device maximum\)$"):
        lab.fabric.thread.call(too_large)


def test_another_thread_is_refused(fabric):
    """It would quietly be another namespace's."""
    with pytest.raises(RuntimeError, match="the thread that made it"):
        fabric.thread.rtnl.link("get", index=1)
    with pytest.raises(RuntimeError, match="the thread that made it"):
        fabric.thread.rtnl.close()


def test_nobody_is_sent_notifications(fabric):
    """They would be kept for ever."""

    def groups():
        table = Path("/proc/thread-self/net/netlink").read_text().splitlines()
        return [line.split()[3] for line in table if line.split()[1] == "0"]

    assert set(fabric.thread.call(groups)) == {"00000000"}
