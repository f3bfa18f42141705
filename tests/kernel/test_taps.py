"""Taps: held, handed out, cut off. A test's descriptor is as good as a VMM's."""

from __future__ import annotations

import fcntl
import os
import select
import struct
from dataclasses import replace

import pytest

from netd.errors import HostError
from netd.kernel import tun
from netd.kernel.site import GROUP, GROUP_GONE
from netd.kernel.taps import gone_name
from netd.plan.objects import Member, Redirect, Tap, Up
from tests.support.hosts import PATIENCE

pytestmark = pytest.mark.kernel

HEADER = bytes(tun.PLAIN_HEADER)
FRAME = b"\xff" * 6 + bytes.fromhex("525400000001 88b5") + b"x" * 46


def read(fd):
    """One frame from a tap's descriptor."""
    assert select.select([fd], [], [], PATIENCE)[0], "no frame came"
    data = os.read(fd, 1 << 17)
    assert data[: len(HEADER)] == HEADER
    return data[len(HEADER) :]


def is_empty(fd):
    return not select.select([fd], [], [], 0)[0]


@pytest.fixture
def hub(lab):
    """A hub with two taps, n1 and n2."""
    hub = lab.bridge("_hub0")
    taps = [lab.tap("n1"), lab.tap("n2", queues=2)]
    lab.fabric.apply((), [hub, *taps, *(Member(t.name, hub.name) for t in taps), *(Up(t.name) for t in taps)])
    return taps


def test_what_a_tap_is(lab, hub):
    (link,) = lab.look("ip", "-j", "-d", "link", "show", "n1")
    assert (link["address"], link["mtu"], link["ifalias"]) == (hub[0].mac, 65521, "netd:test:n1")
    assert (link["qdisc"], link["group"]) == ("noqueue", str(GROUP))
    data = link["linkinfo"]["info_data"]
    assert (data["type"], data["pi"], data["vnet_hdr"]) == ("tap", False, True)
    assert (data["multi_queue"], data["persist"], data["numqueues"]) == (True, True, 0)
    assert "NO-CARRIER" in link["flags"]


def test_descriptors_carry_frames_and_the_carrier_tells_who_holds(lab, hub, held):
    assert not lab.fabric.links()["n1"].carrier
    held += lab.fabric.open_queues(hub[0])
    held += lab.fabric.open_queues(hub[1])
    assert len(held) == 3
    assert not any(os.get_blocking(fd) for fd in held)
    assert lab.fabric.links()["n1"].carrier
    os.write(held[0], HEADER + FRAME)
    ready, _, _ = select.select(held[1:], [], [], PATIENCE)
    assert [read(fd) for fd in ready] == [FRAME]
    assert is_empty(held[0])
    links = lab.fabric.links()
    assert (links["n1"].rx_packets, links["n1"].tx_packets, links["n2"].tx_bytes) == (1, 0, len(FRAME))


@pytest.mark.parametrize("size", [9000, tun.MAX_MTU])
def test_a_tap_takes_jumbo_frames(lab, hub, held, size):
    held += lab.fabric.open_queues(hub[0])
    held += lab.fabric.open_queues(replace(hub[1], queues=1))
    big = FRAME[:14] + b"j" * size
    os.write(held[0], HEADER + big)
    assert read(held[1]) == big


def test_a_new_holder_is_told_nothing_of_the_fabrics_doings(lab, hub, held):
    held += lab.fabric.open_queues(hub[0])
    lab.fabric.apply((), [lab.tap("n3"), Member("n3", "_hub0"), Up("n3")])
    lab.fabric.apply([Up("n1")], ())
    lab.fabric.apply((), [Up("n1")])
    lab.fabric.apply([Member("n1", "_hub0")], [])
    lab.fabric.apply([], [Member("n1", "_hub0")])
    assert is_empty(held[0])
    assert lab.fabric.links()["n1"].tx_packets == 0


def test_a_held_tap_is_refused(lab, hub, held):
    held += lab.fabric.open_queues(hub[0])
    with pytest.raises(HostError, match=r"^open tap 'n1': it is held already$"):
        lab.fabric.open_queues(hub[0])
    os.close(held.pop())
    held += lab.fabric.open_queues(hub[0])


def test_a_tap_without_link_is_held_all_the_same(lab, hub, held):
    held += lab.fabric.open_queues(hub[0])
    lab.fabric.apply([Up("n1")], ())
    assert lab.fabric.links()["n1"].carrier
    with pytest.raises(HostError, match="held already"):
        lab.fabric.open_queues(hub[0])


def test_no_tap_no_descriptors(lab):
    with pytest.raises(HostError, match=r"^open tap 'n9': No such device$"):
        lab.fabric.open_queues(lab.tap("n9"))
    assert set(lab.fabric.links()) == {"lo"}


def test_descriptors_are_like_new(lab, hub, held):
    """Whatever the holder before had set."""
    (before,) = lab.fabric.open_queues(hub[0])
    fcntl.ioctl(before, tun.TUNSETOFFLOAD, 0x01)
    fcntl.ioctl(before, tun.TUNSETVNETHDRSZ, struct.pack("=i", 12))
    fcntl.ioctl(before, tun.TUNSETSNDBUF, struct.pack("=i", 1))
    fcntl.ioctl(before, tun.TUNSETTXFILTER, struct.pack("=HH6s", 0, 1, b"\x02" * 6))
    os.close(before)
    held += lab.fabric.open_queues(hub[0])
    got = {}
    for name, request in {
        "header": 0x800454D7,
        "sndbuf": 0x800454D3,
    }.items():  # TUNGETVNETHDRSZ, TUNGETSNDBUF
        (got[name],) = struct.unpack("=i", fcntl.ioctl(held[0], request, bytes(4)))
    assert got == {"header": tun.PLAIN_HEADER, "sndbuf": tun.NO_LIMIT}
    held += lab.fabric.open_queues(replace(hub[1], queues=1))
    os.write(held[1], HEADER + FRAME)
    assert read(held[0]) == FRAME


def test_without_link_nothing_comes_or_goes(lab, hub, held):
    held += [fd for tap in hub for fd in lab.fabric.open_queues(replace(tap, queues=1))]
    lab.fabric.apply([Up("n2")], ())
    os.write(held[0], HEADER + FRAME)
    with pytest.raises(OSError, match="Input/output error"):
        os.write(held[1], HEADER + FRAME)
    assert is_empty(held[0])
    assert is_empty(held[1])
    lab.fabric.apply((), [Up("n2")])
    os.write(held[0], HEADER + FRAME)
    assert read(held[1]) == FRAME


def test_a_tap_changes_in_place(lab, hub, held):
    held += lab.fabric.open_queues(hub[0])
    was = hub[0]
    becomes = Tap("n1", "02:00:00:00:77:77", 1500, 4, "netd:test:other")
    index = lab.fabric.links()["n1"].index
    lab.fabric.apply([was], [becomes])
    (link,) = lab.look("ip", "-j", "link", "show", "n1")
    assert (link["ifindex"], link["address"], link["mtu"], link["ifalias"]) == (
        index,
        becomes.mac,
        1500,
        "netd:test:other",
    )
    assert not [entry for entry in lab.look("bridge", "-j", "fdb", "show") if entry["mac"][:2] == "02"]


def test_a_tap_nobody_holds_is_deleted(lab, hub):
    lab.fabric.apply([hub[0], Member("n1", "_hub0"), Up("n1")], ())
    assert set(lab.fabric.links()) == {"lo", "_hub0", "n2"}


def test_a_held_tap_is_cut_off_and_goes_with_its_holder(lab, hub, held):
    """Its name is free at once, its descriptor stays good (QEMU would spin on a dead one)."""
    (holder,) = lab.fabric.open_queues(hub[0])
    held.append(holder)
    index = lab.fabric.links()["n1"].index
    lab.fabric.apply([hub[0], Member("n1", "_hub0"), Up("n1")], ())
    gone = gone_name(index)
    state = lab.fabric.links()[gone]
    assert (state.index, state.up, state.master) == (index, False, 0)
    (link,) = lab.look("ip", "-j", "-d", "link", "show", gone)
    assert (link["ifalias"], link["group"]) == ("netd:test:n1 (given up)", str(GROUP_GONE))
    assert select.select([holder], [], [], 0) == ([], [], [])
    assert lab.fabric.inspect() == ["_hub0", "n2"]
    lab.fabric.apply((), [hub[0], Member("n1", "_hub0"), Up("n1")])
    held += lab.fabric.open_queues(hub[0])
    os.close(held.pop(0))
    assert gone not in lab.fabric.links()
    assert lab.fabric.links()["n1"].carrier


def test_a_held_tap_loses_its_redirects_too(lab, held):
    taps = [lab.tap("n1"), lab.tap("n2")]
    link = [Redirect("n1", "n2"), Redirect("n2", "n1")]
    lab.fabric.apply((), [*taps, *link, Up("n1"), Up("n2")])
    held += lab.fabric.open_queues(taps[0])
    lab.fabric.apply([taps[0], *link, Up("n1")], ())
    for qdiscs in (lab.run("tc", "qdisc"), lab.run("tc", "filter", "show", "dev", "n2", "ingress")):
        assert "clsact" not in qdiscs
        assert "mirred" not in qdiscs


def test_the_name_must_be_free(lab, hub):
    with pytest.raises(HostError, match=r"^create tap 'n1': Device or resource busy$"):
        lab.fabric.apply((), [lab.tap("n1")])
    assert lab.look("ip", "-j", "link", "show", "n1")[0]["address"] == hub[0].mac
