"""Links as a guest in a namespace sees them: cut, mended, and moved under traffic."""

from __future__ import annotations

import re
import select
import socket
import struct
import subprocess

import pytest

from tests.live.ends import frame
from tests.live.lab import Lab
from tests.support.daemon import Daemon
from tests.support.hosts import PATIENCE, Host
from tests.support.qmp import QmpError

pytestmark = pytest.mark.kernel


@pytest.fixture
def daemon(emptied: Daemon) -> Daemon:
    return emptied


IFF_UP, IFF_LOWER_UP = 0x1, 0x10000  # <linux/if.h>
RTMGRP_LINK = 1  # <linux/rtnetlink.h>
RTM_NEWLINK = 16


class Watch:
    """What the kernel tells a guest of its own interfaces, from now on."""

    def __init__(self, guest: Host) -> None:
        self._socket = guest.call(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.bind((0, RTMGRP_LINK))

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def flags(self) -> list[int]:
        """The flags in all that was told until now."""
        told = []
        while select.select([self._socket], [], [], 0)[0]:
            data = self._socket.recv(1 << 16)
            while data:
                # struct nlmsghdr, struct ifinfomsg
                length, kind, _, _, _, _, _, _, flags, _ = struct.unpack_from("=IHHIIBxHiII", data)
                told += [flags] if kind == RTM_NEWLINK else []
                data = data[(length + 3) & ~3 :]
        return told

    def until(self, wanted: int) -> None:
        """Wait until the interface has exactly these of IFF_UP and IFF_LOWER_UP."""
        while wanted not in [flags & (IFF_UP | IFF_LOWER_UP) for flags in self.flags()]:
            assert select.select([self._socket], [], [], PATIENCE)[0], "nothing more is told"


class Ping:
    """A ping that goes on until it is stopped."""

    def __init__(self, guest: Host, address: str) -> None:
        self._process = guest.popen("ping", "-n", "-i", "0.005", address, stdout=subprocess.PIPE)

    def stop(self) -> list[int]:
        """The numbers of the pings that were answered, counted from 1."""
        self._process.terminate()
        said, _ = self._process.communicate()
        return [int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", said)]


@pytest.mark.parametrize("name", ["c0", "p-c0"])
def test_set_link_is_the_carrier_of_the_guest(lab: Lab, name: str) -> None:
    guest, sender, third = (lab.veth(ident, 0) for ident in ("c0", "c1", "c2"))
    wire, cut, other = (place.wire("eth0") for place in (sender, guest, third))
    with Watch(guest) as watch:
        lab.qmp.cmd("set_link", name=name, up=False)
        watch.until(IFF_UP)
        assert "NO-CARRIER" in guest.run("ip", "link", "show", "eth0")
        wire.send(frame(1))
        assert other.until(frame(1)) == []
        lab.qmp.cmd("set_link", name=name, up=True)
        watch.until(IFF_UP | IFF_LOWER_UP)
    wire.send(frame(2))
    assert cut.until(frame(2)) == [], "it has missed the first"
    cut.send(frame(3))
    assert other.until(frame(3)) == [frame(2)]


def test_a_nic_whose_netdev_goes_has_no_carrier_until_it_is_plugged(lab: Lab) -> None:
    guest, other = lab.veth("c0", 0), lab.veth("c1", 0)
    heard = other.wire("eth0")
    with Watch(guest) as watch:
        lab.qmp.cmd("netdev_del", id="p-c0")
        watch.until(IFF_UP)
        left = lab.client("c0")
        assert (left["link"], left.get("peer")) == (False, None)
        lab.qmp.cmd("nic-plug", id="c0", netdev=lab.port("again", 0))
        watch.until(IFF_UP | IFF_LOWER_UP)
    guest.wire("eth0").send(frame(1))
    assert heard.until(frame(1)) == []


def test_moving_a_running_guest_its_interface_never_goes_down(lab: Lab) -> None:
    moved = lab.veth("c0", 0, ip="192.0.2.1/24")
    for ident, hub in (("c1", 0), ("c2", 1)):  # a neighbour on each hub, with the same addresses
        lab.veth(ident, hub, ip="192.0.2.2/24", mac="52:54:00:00:00:02")
    spare = lab.port("spare", 1)
    ping = Ping(moved, "192.0.2.2")
    with Watch(moved) as watch:
        answers_more(lab, "c1")
        lab.qmp.cmd("nic-plug", id="c0", netdev=spare)
        answers_more(lab, "c2")
        lab.qmp.cmd("nic-plug", id="c0", netdev="p-c0")
        answers_more(lab, "c1")
        answered = ping.stop()
        assert all(flags & IFF_LOWER_UP for flags in watch.flags())
    lost = answered[-1] - len(answered)
    assert lost < 20, f"of {answered[-1]} pings {lost} were lost"


def answers_more(lab: Lab, ident: str) -> None:
    """Wait until a guest has sent thirty more frames."""
    until = lab.client(ident)["sent"]["frames"] + 30
    lab.until(lambda: lab.client(ident)["sent"]["frames"] >= until)


def test_a_move_that_cannot_be_leaves_the_guest_where_it_is(lab: Lab) -> None:
    guest, other = lab.veth("c0", 0), lab.veth("c1", 0)
    heard = other.wire("eth0")
    before = lab.qmp.hmp("info network")
    for netdev, reason in {
        "p-c1": "netdev 'p-c1' is in use: 'c1' is plugged into it",
        "nosuch": "Device 'nosuch' not found",
        "c1": "Device 'c1' not found",
    }.items():
        with pytest.raises(QmpError, match=f": {reason}$"):
            lab.qmp.cmd("nic-plug", id="c0", netdev=netdev)
    assert lab.qmp.hmp("info network") == before
    guest.wire("eth0").send(frame(1))
    assert heard.until(frame(1)) == []


def test_a_guest_that_vanished_is_refused_and_can_be_cleared_away(lab: Lab) -> None:
    inside = lab.inside()
    other = lab.veth("c1", 0).wire("eth0")
    lab.veth("c0", 0).close()
    lab.until(lambda: "c0" not in inside.links())
    assert lab.client("c0")["attached"] is False
    with pytest.raises(QmpError, match="move port 'c0' to bridge '_hub1': No such device"):
        lab.qmp.cmd("nic-plug", id="c0", netdev=lab.port("spare", 1))
    assert (lab.client("c0")["peer"], lab.client("c0")["hub"]) == ("p-c0", 0)
    lab.qmp.cmd("device_del", id="c0")
    again = lab.guest("again")
    lab.qmp.cmd("device_add", driver="veth", id="c0", netdev="p-c0", netns=again.path)
    again.wire("eth0").send(frame(1))
    assert other.until(frame(1)) == []
