from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from netd.errors import HostError
from netd.kernel import netns
from netd.plan.objects import NetnsRef

pytestmark = pytest.mark.kernel


def test_by_name_path_and_pid(make_host, netns_dir):
    host = make_host("lab")
    child = host.popen("sleep", "1000")
    inode = Path(host.path).stat().st_ino
    assert netns.identify("lab", netns_dir=netns_dir) == netns.Netns(NetnsRef(f"{netns_dir}/lab", inode), 0)
    assert netns.identify(host.path).ref == NetnsRef(host.path, inode)
    assert netns.identify(str(child.pid)).ref == NetnsRef(f"/proc/{child.pid}/ns/net", inode)


def test_whose_it_is(make_host):
    """That of a user namespace's is its maker's."""
    host = make_host("lab")
    child = host.popen(
        "setpriv",
        *("--reuid=12345", "--regid=12345", "--clear-groups"),
        *("unshare", "--user", "--net", "sh", "-c", "echo ready; exec sleep 1000"),
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    assert netns.identify(str(child.pid)).owner == 12345


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("nosuch", "No such file or directory"),
        ("/dev/null", "not a network namespace"),
        ("/proc/self/ns/mnt", "not a network namespace"),
        ("/etc/passwd", "not a network namespace"),
        ("999999999", "No such file or directory"),
        ("", "not a name of a network namespace"),
        ("..", "not a name of a network namespace"),
    ],
)
def test_what_is_none(netns_dir, where, reason):
    with pytest.raises(HostError, match=f"^find network namespace '{where}': {reason}$"):
        netns.identify(where, netns_dir=netns_dir)


def test_looking_never_waits(tmp_path):
    """Nor does it touch what it finds."""
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(HostError, match="not a network namespace"):
        netns.identify(str(tmp_path / "fifo"))


def test_opening_checks_that_it_is_the_same(make_host):
    host, other = make_host("a"), make_host("b")
    fd = netns.open_ref(host.ref)
    assert os.fstat(fd).st_ino == host.ref.inode
    os.close(fd)
    with pytest.raises(HostError, match="another one is in its place"):
        netns.open_ref(NetnsRef(other.path, host.ref.inode))


def test_a_name_is_taken_once(make_host):
    host = make_host("a")
    with pytest.raises(FileExistsError):
        host.call(netns.pin, host.path)
    assert netns.is_pinned(host.path)
    netns.unpin(host.path)
    assert not netns.is_pinned(host.path)
    with pytest.raises(OSError, match="No such file"):
        netns.unpin(host.path)


def test_the_empty_file_of_a_crash_is_no_name(make_host, netns_dir):
    stale = Path(netns_dir, "a")
    stale.touch()
    assert not netns.is_pinned(str(stale))
    host = make_host("a")
    assert netns.is_pinned(host.path)
