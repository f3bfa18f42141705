"""The fabric as a whole: made, found again, left, torn down."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from netd.errors import HostError
from netd.kernel import netns, tun
from netd.kernel.fabric import Fabric
from netd.kernel.taps import gone_name
from netd.plan.objects import FabricSpec, Member, Up
from tests.support.hosts import PATIENCE

pytestmark = pytest.mark.kernel

SPEC = FabricSpec("netd", "test")


def sysctl(fabric, name):
    return fabric.thread.call(Path("/proc/sys", name).read_text).strip()


def test_a_fabric_is_deaf_and_dumb(fabric):
    assert sysctl(fabric, "net/ipv6/conf/all/disable_ipv6") == "1"
    assert sysctl(fabric, "net/ipv6/conf/default/disable_ipv6") == "1"
    assert sysctl(fabric, "net/ipv6/conf/all/forwarding") == "0"
    assert sysctl(fabric, "net/ipv4/ip_forward") == "0"
    assert not fabric.links()["lo"].up
    assert fabric.inspect() == []


def test_br_netfilter_that_comes_later_is_silenced(lab):
    """It switches itself on wherever it is loaded, at any time."""
    names = [f"net/bridge/bridge-nf-call-{tables}" for tables in ("iptables", "ip6tables", "arptables")]
    for silence in (lab.fabric.quiet, lambda: lab.fabric.apply((), [lab.bridge("_hub0")])):
        for name in names:
            lab.fabric.thread.call(Path("/proc/sys", name).write_text, "1")
        silence()
        assert {sysctl(lab.fabric, name) for name in names} == {"0"}


def test_the_sysctls_of_the_specification(netns_dir):
    fabric = Fabric.open(
        FabricSpec("netd", "test", (("net.ipv4.conf.all.rp_filter", "2"),)), netns_dir=netns_dir
    )
    assert sysctl(fabric, "net/ipv4/conf/all/rp_filter") == "2"
    fabric.teardown()


def test_teardown_leaves_nothing(lab, netns_dir):
    lab.hub("_hub0", "n1", "n2")
    lab.fabric.apply((), [lab.tap("n3"), Member("n3", "_hub0"), Up("n3")])
    lab.fabric.teardown()
    assert not Path(lab.fabric.path).exists()
    assert lab.host("n1").call(socket.if_nameindex) == [(1, "lo")]


def test_what_is_left_is_found_again(lab, netns_dir):
    tap = lab.tap("n1")
    hub = lab.bridge("_hub0")
    lab.fabric.apply((), [hub, tap, Member("n1", "_hub0"), Up("n1")])
    assert not lab.fabric.adopted
    before = lab.fabric.links()
    lab.fabric.close()
    again = Fabric.open(SPEC, netns_dir=netns_dir)
    assert again.adopted
    assert again.inode == lab.fabric.inode
    assert again.inspect() == ["_hub0", "n1"]
    assert again.links() == before
    again.clear()
    assert again.inspect() == []
    again.apply((), [hub, tap])
    again.teardown()


def test_clearing_takes_what_a_crash_left_half_made(fabric):
    """A tap that has no mark yet, and only what is netd's."""
    fabric.thread.call(tun.create, "half")
    fabric.thread.call(lambda: subprocess.run(["ip", "link", "add", "mine", "type", "bridge"], check=True))
    assert fabric.inspect() == ["half"]
    fabric.clear()
    assert set(fabric.links()) == {"lo", "mine"}


@pytest.mark.parametrize("end", ["clear", "teardown"])
def test_held_taps_are_cut_off_and_go_with_their_holder(lab, held, end):
    """The namespace too: the last descriptor keeps it."""
    taps = [lab.tap("n1"), lab.tap("n2")]
    lab.fabric.apply(
        (), [lab.bridge("_hub0"), *taps, *(Member(t.name, "_hub0") for t in taps), Up("n1"), Up("n2")]
    )
    (holder,) = lab.fabric.open_queues(taps[0])
    gone = gone_name(lab.fabric.links()["n1"].index)
    getattr(lab.fabric, end)()
    with pytest.raises(OSError, match="Input/output error"):
        os.write(holder, bytes(10) + b"\xff" * 60)
    assert select.select([holder], [], [], 0) == ([], [], [])
    if end == "clear":
        assert lab.fabric.inspect() == []
        assert set(lab.fabric.links()) == {"lo", gone}
        lab.fabric.apply((), taps)  # the names are free
    os.close(holder)
    if end == "clear":
        assert set(lab.fabric.links()) == {"lo", "n1", "n2"}


def test_a_namespace_of_that_name_that_is_not_ours(make_host, netns_dir):
    other = make_host("netd")
    for mark in ("somebody else", "netd:other"):
        with pytest.raises(
            HostError, match=rf"^open the fabric '.*/netd': .* belongs to {mark}; .*ip netns del netd"
        ):
            Fabric.open(SPEC, netns_dir=netns_dir)
        other.run("ip", "link", "set", "lo", "alias", "netd:other")
    assert other.call(socket.if_nameindex) == [(1, "lo")]


def test_something_else_of_that_name(netns_dir):
    Path(netns_dir, "netd").write_text("precious")
    with pytest.raises(HostError, match="not a network namespace"):
        Fabric.open(SPEC, netns_dir=netns_dir)
    assert Path(netns_dir, "netd").read_text() == "precious"


def test_the_stale_name_of_a_crash_is_taken(netns_dir):
    Path(netns_dir, "netd").touch()
    fabric = Fabric.open(SPEC, netns_dir=netns_dir)
    assert not fabric.adopted
    fabric.teardown()


@pytest.mark.parametrize("sysctl", [("net.no.such", "1"), ("net.ipv4.ip_forward", "junk")])
def test_opening_is_all_or_nothing(netns_dir, sysctl):
    with pytest.raises(HostError, match=r"^open the fabric '.*/netd': "):
        Fabric.open(FabricSpec("netd", "test", (sysctl,)), netns_dir=netns_dir)
    assert list(Path(netns_dir).iterdir()) == []


def test_two_instances_side_by_side(fabric, netns_dir):
    other = Fabric.open(FabricSpec("netd-2", "other"), netns_dir=netns_dir)
    assert other.inode != fabric.inode
    other.teardown()
    assert fabric.inspect() == []


def test_operators_reach_it_by_name(tmp_path):
    """With ``ip netns``, as a host knows it; in a mount namespace of its own."""
    script = (
        "import subprocess\n"
        "from netd.kernel.fabric import Fabric\n"
        "from netd.plan.objects import Bridge, FabricSpec\n"
        "fabric = Fabric.open(FabricSpec('netd', 'test'))\n"
        "fabric.apply((), [Bridge('_hub0', '02:00:00:00:00:01', 'x')])\n"
        "subprocess.run(['ip', 'netns', 'exec', 'netd', 'ip', '-br', 'link'], check=True)\n"
        "fabric.teardown()\n"
        "subprocess.run(['ip', 'netns'], check=True)\n"
    )
    (tmp_path / "script.py").write_text(script)
    command = f"mount -t tmpfs none /run && exec {sys.executable} {tmp_path}/script.py"
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(netns.__file__).parents[2])},
    )
    assert done.stderr == ""
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["lo", "_hub0"]


def test_announcing_sends_out_of_each_port(lab):
    one, two = lab.hub("_hub0", "n1", "n2")
    lab.fabric.apply((), [lab.tap("n3")])
    frame = b"\xff" * 6 + bytes.fromhex("525400000001 8035") + bytes(46)
    lab.fabric.announce(["n1", "n2", "n3", "n9"], frame)
    assert [wire.receive() for wire in (one, two)] == [frame, frame]
    links = lab.fabric.links()
    assert (links["n1"].tx_packets, links["n3"].tx_packets) == (1, 0)


async def test_under_trio(lab):
    tap = lab.tap("n1")
    with trio.fail_after(PATIENCE):
        await lab.fabric.thread.run(lab.fabric.apply, (), [tap])
        assert "n1" in await lab.fabric.thread.run(lab.fabric.links)
        with pytest.raises(HostError, match="create tap 'n1'"):
            await lab.fabric.thread.run(lab.fabric.apply, (), [tap])
        await lab.fabric.thread.run(lab.fabric.teardown)
    with pytest.raises(RuntimeError, match="the thread has ended"):
        lab.fabric.links()
