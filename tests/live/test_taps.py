"""NICs for VMMs, from ``nic-open`` to the end of whoever holds them."""

from __future__ import annotations

import os
import select
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.live.client import Client
from tests.live.ends import OTHER, TapEnd, frame
from tests.live.lab import Lab, descriptors
from tests.support.daemon import Daemon
from tests.support.qemu import Qemu
from tests.support.qmp import QmpError

pytestmark = pytest.mark.kernel


@pytest.fixture
def daemon(emptied: Daemon) -> Daemon:
    return emptied


def held_taps(pid: int) -> int:
    """How many descriptors of taps a process has open."""
    return descriptors(pid).count("/dev/net/tun")


def test_the_descriptor_carries_frames_to_the_hub_and_back(lab: Lab) -> None:
    wire = lab.veth("c0", 0).wire("eth0")
    tap = lab.opened("n0", 0)
    tap.send(frame(1))
    assert wire.receive() == frame(1)
    wire.send(frame(2))
    assert tap.receive() == frame(2)
    other = lab.opened("n1", 0)
    for size in (14, 60, 1514, 9014, 65535):
        other.send(frame(size, size=size))
        assert tap.receive() == frame(size, size=size)
    assert other.waiting() == [], "nothing returns to its sender"


def test_what_the_reply_says_and_what_comes_with_it(lab: Lab) -> None:
    lab.tap("n0", 0, driver="e1000", mac="52:54:00:aa:bb:cc", bootindex=1, mtu=9000)
    assert lab.qmp.cmd("nic-open", id="n0") == {
        "id": "n0",
        "model": "e1000",
        "mac": "52:54:00:aa:bb:cc",
        "mtu": 9000,
        "queues": 1,
        "vnet-hdr": True,
        "properties": {"bootindex": 1},
    }
    assert len(lab.qmp.descriptors) == 1
    lab.until(lambda: held_taps(lab.daemon.pid) == 0)  # the daemon keeps no copy


def test_who_holds_a_nic_is_known_and_nobody_else_gets_it(lab: Lab) -> None:
    lab.tap("n0", 0)
    assert lab.client("n0")["attached"] is False
    with Client(lab.daemon.socket) as vmm:
        vmm.cmd("nic-open", id="n0")
        held = lab.client("n0")
        assert (held["attached"], held["pid"]) == (True, vmm.pid)
        for client in (lab.qmp, vmm):
            with pytest.raises(QmpError, match=rf"^GenericError: NIC 'n0' is held by process {vmm.pid} \("):
                client.cmd("nic-open", id="n0")
        assert lab.qmp.descriptors == []
    left = lab.client("n0")
    assert (left["attached"], left.get("pid")) == (False, None)


def test_a_nic_outlives_its_vmm_and_forgets_what_that_one_had_set(lab: Lab) -> None:
    wire = lab.veth("c0", 0).wire("eth0")
    lab.tap("n0", 0)
    with Client(lab.daemon.socket) as vmm:
        vmm.cmd("nic-open", id="n0")
    wire.send(frame(1))  # nobody is there for it
    tap = lab.open("n0")
    wire.send(frame(2))
    assert tap.until(frame(2)) == [], "what came while nobody held the NIC is not kept"
    tap.send(frame(3))
    assert wire.receive() == frame(3)


def test_a_client_that_goes_before_the_reply_holds_nothing(lab: Lab) -> None:
    lab.tap("n0", 0)
    for _ in range(10):
        with lab.daemon.qmp() as hasty:
            hasty.send({"execute": "nic-open", "arguments": {"id": "n0"}})
        lab.until(lambda: not lab.client("n0")["attached"])
    lab.open("n0").send(frame(1))


def test_a_nic_with_several_queues(lab: Lab) -> None:
    tap = lab.opened("n0", 0, queues=4, mq=True)
    other = lab.opened("n1", 0)
    assert len(tap.descriptors) == 4
    for queue in range(4):
        tap.send(frame(queue), queue)
        assert other.receive() == frame(queue)
    other.send(frame(9))
    assert tap.receive() == frame(9)
    assert tap.waiting() == [], "on one queue only"
    with pytest.raises(QmpError, match="is held"):
        lab.qmp.cmd("nic-open", id="n0")


def test_a_held_nic_that_is_deleted_is_silent_and_not_dead(lab: Lab) -> None:
    wire = lab.veth("c0", 0).wire("eth0")
    tap = lab.opened("n0", 0)
    lab.qmp.cmd("device_del", id="n0")
    assert lab.qmp.event("DEVICE_DELETED")["data"] == {"device": "n0", "path": "/machine/peripheral/n0"}
    wire.send(frame(1))
    with pytest.raises(BlockingIOError):  # and not EBADFD, on which QEMU spins
        os.read(tap.descriptors[0], 1 << 16)
    assert select.select(tap.descriptors, [], [], 0) == ([], [], [])
    with pytest.raises(OSError, match=r"\[Errno 5\]"):  # EIO: its interface is down
        tap.send(frame(2))


def test_a_deleted_nics_name_is_free_at_once(lab: Lab) -> None:
    wire = lab.veth("c0", 0).wire("eth0")
    old = lab.opened("n0", 0)
    lab.qmp.cmd("device_del", id="n0")
    assert "n0" not in lab.clients()
    lab.qmp.cmd("device_add", driver="e1000", id="n0", netdev="p-n0")
    new = lab.open("n0")
    wire.send(frame(1))
    assert new.receive() == frame(1)
    assert old.waiting() == []
    new.send(frame(2))
    assert wire.receive() == frame(2)


def test_a_deleted_nics_interface_goes_with_its_holder(lab: Lab) -> None:
    inside = lab.inside()
    lab.tap("n0", 0)
    with Client(lab.daemon.socket) as vmm:
        vmm.cmd("nic-open", id="n0")
        lab.qmp.cmd("device_del", id="n0")
        (given_up,) = set(inside.links()) - {"_hub0"}
        assert given_up.startswith("~")
        lab.qmp.cmd("device_add", driver="e1000", id="n0", netdev="p-n0")
    assert given_up not in inside.links()
    assert "n0" in inside.links()


def test_moving_a_held_nic_its_vmm_notices_nothing(lab: Lab) -> None:
    tap = lab.opened("n0", 0)
    near, far = lab.opened("n1", 0), lab.opened("n2", 1)
    spare = lab.port("spare", 1)
    tap.send(frame(1))
    assert near.receive() == frame(1)
    lab.qmp.cmd("nic-plug", id="n0", netdev=spare)
    tap.send(frame(2))
    assert far.receive() == frame(2)
    far.send(frame(3))
    assert tap.until(frame(3)) == []
    assert near.waiting() == []
    assert lab.client("n0")["attached"] is True


def test_set_link_cuts_a_vmm_off_and_no_other(lab: Lab) -> None:
    cut, one, other = (lab.opened(name, 0) for name in ("n0", "n1", "n2"))
    lab.qmp.cmd("set_link", name="n0", up=False)
    send_through(one, other)
    assert cut.waiting() == []
    with pytest.raises(OSError, match=r"\[Errno 5\]"):
        cut.send(frame(1))
    lab.qmp.cmd("set_link", name="n0", up=True)
    for sender, receiver in pairwise((cut, one, cut)):
        send_through(sender, receiver)


def send_through(sender: TapEnd, receiver: TapEnd) -> None:
    """Send a frame from one to the other, and nothing else may have come before."""
    marked = frame(os.getpid(), to=OTHER)
    sender.send(marked)
    assert receiver.until(marked) == []


def test_the_name_of_a_port_that_is_taken_in_the_fabric(lab: Lab) -> None:
    inside = lab.inside()
    lab.port("h0", 0)
    inside.run("ip", "link", "add", "n0", "type", "veth", "peer", "name", "n0-peer")
    before = lab.network()
    with pytest.raises(QmpError, match=r"create tap 'n0': Device or resource busy"):
        lab.qmp.cmd("device_add", driver="e1000", id="n0", netdev="h0")
    assert lab.network() == before
    inside.run("ip", "link", "del", "n0")
    lab.qmp.cmd("device_add", driver="e1000", id="n0", netdev="h0")


def test_names_of_any_length(lab: Lab) -> None:
    """15 is what an interface's name may have, 255 what its ``ifalias`` may, 65535 what an attribute may."""
    inside = lab.inside()
    other = lab.opened("other", 0)
    for length in (15, 16, 232, 300, 70_000):
        ident = lab.tap("n" * length, 0)
        end = lab.open(ident)
        assert len(lab.client(ident)["port"]) == 15
        end.send(frame(length))
        assert other.receive() == frame(length)
        lab.qmp.cmd("device_del", id=ident)
        lab.qmp.cmd("netdev_del", id=f"p-{ident}")
        end.close()
        assert inside.links() == ["_hub0", "other"]


@pytest.mark.qemu
def test_qemu_is_at_rest_when_its_nic_is_deleted(lab: Lab) -> None:
    (descriptor,) = lab.opened("n0", 0, driver="e1000").descriptors
    arguments = ["-S", "-netdev", f"tap,id=net,fd={descriptor}", "-device", "e1000,netdev=net"]
    with Qemu(*arguments, machine="pc", pass_fds=[descriptor]) as qemu, qemu.qmp() as qmp:
        lab.qmp.cmd("device_del", id="n0")
        lab.opened("n1", 0).send(frame(1))
        used = cpu(qemu.process.pid)
        started = time.monotonic()
        for _ in range(2000):
            lab.qmp.cmd("query-name")
        assert cpu(qemu.process.pid) - used < (time.monotonic() - started) / 4
        assert qmp.cmd("query-status")["running"] is False


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
