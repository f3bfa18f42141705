"""Hubs, as the stations on them see them."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.ends import EVERYONE, OTHER, TapEnd, frame, octets
from tests.live.lab import Lab
from tests.support.daemon import Daemon
from tests.support.qmp import QmpError

pytestmark = pytest.mark.kernel

MANY = 1500


@pytest.fixture
def daemon(emptied: Daemon) -> Daemon:
    return emptied


def tagged(tag: str) -> bytes:
    """A frame with a VLAN tag: its EtherType and number in hexadecimal."""
    plain = frame(1)
    return plain[:12] + bytes.fromhex(tag) + plain[12:]


FRAMES = {
    "unicast to a station that has been heard": frame(1, to=OTHER),
    "unicast to nobody": frame(2, to="02:00:00:00:00:99"),
    "broadcast": frame(3),
    "IPv4 multicast": frame(4, to="01:00:5e:00:00:fb"),
    "IPv6 multicast": frame(5, to="33:33:00:00:00:01"),
    "802.1Q": tagged("81000064"),
    "priority tag": tagged("8100e000"),
    "802.1ad": tagged("88a80064"),
    **{f"01:80:c2:00:00:0{n:x}": frame(n, to=f"01:80:c2:00:00:0{n:x}") for n in range(16) if n != 1},
}


def test_every_frame_reaches_all_others_unchanged_and_no_other_hub(lab: Lab) -> None:
    sender, *others = (lab.opened(f"n{n}", 0) for n in range(3))
    elsewhere = lab.opened("x", 1)
    others[0].send(frame(source=OTHER))  # now it has been heard
    assert [end.receive() for end in (sender, others[1])] == [frame(source=OTHER)] * 2
    for data in FRAMES.values():
        sender.send(data)
    for end in others:
        assert dict(zip(FRAMES, (end.receive() for _ in FRAMES), strict=True)) == FRAMES
        assert end.waiting() == []
    assert sender.waiting() == elsewhere.waiting() == []


def test_hubs_joined_are_one_and_parted_are_two(lab: Lab) -> None:
    one, other = lab.opened("n0", 0), lab.opened("n1", 1)
    lab.port("a", 0)
    lab.qmp.cmd("netdev_add", type="hubport", id="b", hubid=1, netdev="a")
    one.send(frame(1))
    assert other.receive() == frame(1)
    lab.port("c", 0)
    with pytest.raises(QmpError, match=r"loop|cycle"):
        lab.qmp.cmd("netdev_add", type="hubport", id="d", hubid=1, netdev="c")
    for _ in range(100):  # what is up is up at once
        lab.qmp.cmd("set_link", name="a", up=False)
        one.send(frame(2))
        lab.qmp.cmd("set_link", name="a", up=True)
        one.send(frame(3))
        assert other.until(frame(3)) == []
    lab.qmp.cmd("netdev_del", id="b")
    one.send(frame(4))
    lab.qmp.cmd("netdev_add", type="hubport", id="b", hubid=1, netdev="a")
    one.send(frame(5))
    assert other.until(frame(5)) == []


def test_the_fabric_says_nothing_unasked(lab: Lab) -> None:
    listener, guest = lab.opened("n0", 0), lab.veth("c0", 0)
    wire = guest.wire("eth0")
    for _ in range(2):
        lab.veth("c1", 0, lab.guest(f"c1-{_}"), ip="192.0.2.1/24")
        lab.opened("n1", 0).close()
        lab.qmp.cmd("set_link", name="c1", up=False)
        lab.qmp.cmd("set_link", name="c1", up=True)
        lab.qmp.cmd("nic-plug", id="c1", netdev=lab.port("spare", 1))
        lab.qmp.cmd("netdev_add", type="hubport", id="join", hubid=1, netdev="p-c1")
        lab.qmp.cmd("netdev_del", id="join")
        lab.qmp.cmd("nic-plug", id="c1", netdev="p-c1")
        for command in ("query-network", "query-rx-filter", "nosuch"):
            lab.qmp.call(command)
        for ident in ("c1", "n1"):
            lab.qmp.cmd("device_del", id=ident)
            lab.qmp.cmd("netdev_del", id=f"p-{ident}")
        lab.qmp.cmd("netdev_del", id="spare")
    wire.send(frame(1))
    assert listener.until(frame(1)) == []
    listener.send(frame(2))
    assert wire.until(frame(2)) == []


# Announcements


def announcement(mac: str) -> bytes:
    """A reverse ARP request, as QEMU announces a guest (``net/announce.c``)."""
    sender = octets(mac)
    return (octets(EVERYONE) + sender + bytes.fromhex("8035 0001 0800 06 04 0003")).ljust(22, b"\0") + (
        (sender + bytes(4)) * 2
    ).ljust(38, b"\0")


def announce(lab: Lab, rounds: int = 1, **more: Any) -> None:
    lab.qmp.cmd("announce-self", initial=10, max=10, rounds=rounds, step=0, **more)


def test_announcements_reach_all_others_and_not_who_is_announced(lab: Lab) -> None:
    taps = {name: lab.opened(name, 0) for name in ("n0", "n1")}
    guest = lab.veth("c0", 0).wire("eth0")
    elsewhere = lab.opened("x", 1)
    macs = {name: lab.client(name)["mac"] for name in ("n0", "n1", "c0", "x")}
    announce(lab, interfaces=["n0"])
    assert taps["n1"].receive() == guest.receive() == announcement(macs["n0"])
    announce(lab)
    receivers = {name: end.receive for name, end in taps.items()} | {"c0": guest.receive}
    for name, receive in receivers.items():
        expected = {announcement(macs[other]) for other in receivers if other != name}
        assert {receive(), receive()} == expected, name
    assert elsewhere.waiting() == []


def test_announcements_come_in_rounds_and_can_be_stopped(lab: Lab) -> None:
    lab.tap("n0", 0)
    listener = lab.opened("n1", 0)
    expected = announcement(lab.client("n0")["mac"])
    announce(lab, rounds=3, interfaces=["n0"])
    assert [listener.receive() for _ in range(3)] == [expected] * 3
    announce(lab, rounds=-1, interfaces=["n0"], id="forever")
    assert [listener.receive() for _ in range(5)] == [expected] * 5
    announce(lab, rounds=0, id="forever")
    assert lab.qmp.hmp("announce_self n0 forever") == ""
    listener.waiting()
    assert listener.receive() == expected
    announce(lab, rounds=0, id="forever")


# Many


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * MANY), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def fill(lab: Lab, count: int) -> list[TapEnd]:
    """So many NICs on hub 0, all open."""

    def ask() -> None:
        for number in range(count):
            netdev = {"type": "hubport", "id": f"p{number}", "hubid": 0}
            lab.qmp.send({"execute": "netdev_add", "arguments": netdev})
            nic = {"driver": "e1000", "id": f"n{number}", "netdev": f"p{number}"}
            lab.qmp.send({"execute": "device_add", "arguments": nic})

    asking = threading.Thread(target=ask)
    asking.start()
    assert [lab.qmp.reply() for _ in range(2 * count)] == [{"return": {}}] * (2 * count)
    asking.join()
    return [lab.open(f"n{number}") for number in range(count)]


@pytest.mark.usefixtures("many_descriptors")
def test_a_hub_of_1500_ports_gives_every_frame_to_everyone_once(lab: Lab) -> None:
    ends = fill(lab, MANY)
    (hub,) = lab.network()["hubs"]
    assert len(hub["ports"]) == MANY
    assert len(hub["bridges"]) == 3

    senders = (0, 700, MANY - 1)  # one on each bridge
    sent = {sender: [frame(sender << 16 | burst) for burst in range(50)] for sender in senders}
    for burst in range(50):
        for sender in senders:
            ends[sender].send(sent[sender][burst])
    for number, end in enumerate(ends):
        expected = sorted(data for sender in senders if sender != number for data in sent[sender])
        assert sorted(end.waiting()) == expected, f"station {number}"

    announce(lab, interfaces=["n700"])
    expected = [announcement(lab.client("n700")["mac"])]
    for number, end in enumerate(ends):
        if number != 700:
            assert [end.receive(), *end.waiting()] == expected, f"station {number}"
    assert ends[700].waiting() == []

    counters = {client["id"]: client for client in lab.network()["clients"] if client["kind"] == "nic"}
    assert {client["received"]["dropped"] for client in counters.values()} == {0}
    assert [counters[f"n{sender}"]["sent"]["frames"] for sender in senders] == [50] * 3
    assert counters["n1"]["received"]["frames"] == 151
    for end in ends:
        end.close()
    lab.qmp.cmd("teardown")
    assert lab.inside().links() == []
