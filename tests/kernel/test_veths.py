"""Veth pairs, seen from the fabric."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netd.errors import HostError
from netd.kernel.site import GROUP
from netd.plan.objects import GuestVeth, Member, NetnsRef, Up, Veth

pytestmark = pytest.mark.kernel

JOINT = Veth("a", "02:00:00:00:00:a1", "b", "02:00:00:00:00:b1", 65535, "netd:test:a")


def shown(lab, name):
    (link,) = lab.look("ip", "-j", "-d", "link", "show", name)
    return link


def test_a_veth_has_both_ends_in_the_fabric(lab):
    lab.fabric.apply((), [JOINT])
    for name, mac in (("a", JOINT.mac), ("b", JOINT.peer_mac)):
        link = shown(lab, name)
        assert (link["address"], link["mtu"], link["ifalias"]) == (mac, 65535, "netd:test:a")
        assert (link["group"], link["operstate"]) == (str(GROUP), "DOWN")
    lab.fabric.apply([JOINT], ())
    assert set(lab.fabric.links()) == {"lo"}


def test_a_veth_changes_in_place_and_stays_deaf(lab):
    hub = lab.bridge("_hub0")
    things = [hub, JOINT, Member("a", "_hub0"), Member("b", "_hub0")]
    lab.fabric.apply((), things)
    index = lab.fabric.links()["a"].index
    other = replace(
        JOINT, mac="02:00:00:00:00:a2", peer_mac="02:00:00:00:00:b2", mtu=9000, alias="netd:test:z"
    )
    lab.fabric.apply([JOINT], [other])
    assert lab.fabric.links()["a"].index == index
    for name, mac in (("a", other.mac), ("b", other.peer_mac)):
        link = shown(lab, name)
        assert (link["address"], link["mtu"], link["ifalias"]) == (mac, 9000, "netd:test:z")
    assert not [entry for entry in lab.look("bridge", "-j", "fdb", "show") if entry["mac"][:2] == "02"]


def test_another_peer_is_another_pair_in_the_same_place(lab):
    hub = lab.bridge("_hub0")
    lab.fabric.apply((), [hub, JOINT, Member("a", "_hub0"), Up("a"), Up("b")])
    lab.fabric.apply([JOINT], [replace(JOINT, peer="c")])
    assert set(lab.fabric.links()) == {"lo", "_hub0", "a", "c"}
    links = lab.fabric.links()
    assert (links["a"].master, links["a"].up) == (links["_hub0"].index, True)
    assert not links["c"].up


def test_a_guests_end_is_never_in_the_fabric(lab):
    port = lab.veth("n1", ifname="data", mtu=9000)
    lab.fabric.apply((), [port])
    assert set(lab.fabric.links()) == {"lo", "n1"}
    link = shown(lab, "n1")
    assert (link["address"], link["mtu"], link["ifalias"]) == (port.mac, 65535, port.alias)
    assert (link["group"], link["operstate"]) == (str(GROUP), "DOWN")
    assert lab.fabric.guest_ifnames(port.netns) == {"lo", "data"}


def test_a_port_changes_its_kind_and_keeps_its_place(lab):
    hub, tap, veth = lab.bridge("_hub0"), lab.tap("n1"), lab.veth("n1")
    lab.fabric.apply((), [hub, tap, Member("n1", "_hub0"), Up("n1")])
    lab.fabric.apply([tap], [veth])
    links = lab.fabric.links()
    assert (links["n1"].master, links["n1"].up, links["n1"].mtu) == (links["_hub0"].index, True, 65535)
    lab.fabric.apply([veth, Member("n1", "_hub0"), Up("n1"), hub], ())
    assert set(lab.fabric.links()) == {"lo"}


def test_the_side_in_the_fabric_changes_in_place(lab):
    port = lab.veth("n1")
    lab.fabric.apply((), [port])
    index = lab.fabric.links()["n1"].index
    lab.fabric.apply([port], [replace(port, mac="02:00:00:00:77:77", mtu=1500, alias="netd:test:z")])
    link = shown(lab, "n1")
    assert (link["ifindex"], link["address"], link["mtu"], link["ifalias"]) == (
        index,
        "02:00:00:00:77:77",
        1500,
        "netd:test:z",
    )


def test_a_name_taken_at_the_guests_is_named(lab):
    port = lab.veth("n1")
    lab.fabric.apply((), [port])
    second = replace(lab.veth("n2"), netns=port.netns)
    with pytest.raises(
        HostError,
        match=r"^create veth 'n2' with 'eth0' in network namespace '.*/n1': the name 'eth0' is taken$",
    ):
        lab.fabric.apply((), [second])
    assert set(lab.fabric.links()) == {"lo", "n1"}


def test_a_name_taken_in_the_fabric_is_named(lab):
    lab.fabric.apply((), [lab.tap("n1")])
    port = lab.veth("n1")
    with pytest.raises(HostError, match="the name 'n1' is taken"):
        lab.fabric.apply((), [port])
    assert lab.fabric.guest_ifnames(port.netns) == {"lo"}


def test_a_namespace_that_is_gone(lab):
    port = lab.veth("n1")
    lab.host("n1").close()
    with pytest.raises(HostError, match=r"enter network namespace '.*/n1': No such file or directory$"):
        lab.fabric.apply((), [port])
    assert set(lab.fabric.links()) == {"lo"}


def test_a_namespace_that_another_took_the_place_of(lab, make_host):
    port = lab.veth("n1")
    other = make_host("n2")
    wrong = replace(port, netns=NetnsRef(other.path, port.netns.inode))
    with pytest.raises(HostError, match=r"it is gone, and another one is in its place$"):
        lab.fabric.apply((), [wrong])
    assert lab.fabric.guest_ifnames(other.ref) == {"lo"}


def test_the_fabric_is_no_guest(lab):
    port = replace(lab.veth("n1"), netns=NetnsRef(lab.fabric.path, lab.fabric.inode))
    with pytest.raises(HostError, match="it is the fabric itself"):
        lab.fabric.apply((), [port])
    assert set(lab.fabric.links()) == {"lo"}


def test_removing_a_port_whose_guest_has_ended_is_done(lab):
    port = lab.veth("n1")
    things: list[GuestVeth | Up] = [port, Up("n1")]
    lab.fabric.apply((), things)
    lab.host("n1").run("ip", "link", "del", "eth0")
    lab.fabric.apply(things, ())
    assert set(lab.fabric.links()) == {"lo"}
