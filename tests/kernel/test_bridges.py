"""A hub, shown with real frames between guests that are namespaces."""

from __future__ import annotations

import pytest

from netd.errors import HostError
from netd.kernel import bridges
from netd.plan.objects import Bridge, Member, Up, Veth

pytestmark = pytest.mark.kernel

A, B, C, UNKNOWN = (bytes.fromhex(f"5254000000{n:02x}") for n in (0xA1, 0xB1, 0xC1, 0xD1))
BROADCAST = b"\xff" * 6
EXPERIMENTAL = bytes.fromhex("88b5")  # IEEE 802's ethertype for experiments: no stack answers it


def frame(dst, src=A, *, ethertype=EXPERIMENTAL, payload=b"x" * 46):
    return dst + src + ethertype + payload


def last(number):
    """A frame after which nothing earlier is on its way any more."""
    return frame(BROADCAST, C, payload=number.to_bytes(46, "big"))


def test_a_frame_reaches_everybody_but_its_sender(lab):
    one, two, three = lab.hub("_hub0", "n1", "n2", "n3")
    two.send(frame(BROADCAST, B))  # B is known, were this a switch
    for wire in (one, three):
        assert wire.receive() == frame(BROADCAST, B)
    sent = [frame(B), frame(UNKNOWN), frame(A, B), frame(BROADCAST)]
    for each in sent:
        one.send(each)
    one.send(last(1))
    assert two.until(last(1)) == sent
    assert three.until(last(1)) == sent
    two.send(last(2))
    assert one.until(last(2)) == []


def test_hubs_do_not_leak_into_each_other(lab):
    one, two = lab.hub("_hub0", "n1", "n2")
    three, four = lab.hub("_hub1", "n3", "n4")
    one.send(frame(BROADCAST))
    assert two.receive() == frame(BROADCAST)
    three.send(last(1))
    assert four.until(last(1)) == []


VLAN = bytes.fromhex("8100 0064")
PRIORITY = bytes.fromhex("8100 e000")
SERVICE_VLAN = bytes.fromhex("88a8 0064")
BPDU = bytes.fromhex("0026 424203")
IPV4 = bytes.fromhex("0800 4500 0014 0000 0000 4011 0000 c0000201 c0000202")
ODD_IPV4 = bytes.fromhex("0800 4f00 0001 ffff ffff")
FRAGMENT = bytes.fromhex("0800 4500 001c 0001 2000 4011 0000 c0000201 c0000202 0001 0002 0003 0004")
ODD_IPV6 = bytes.fromhex("86dd 6fff ffff ffff 00 00")
STRANGE = {
    "vlan": (UNKNOWN, VLAN + EXPERIMENTAL),
    "priority tag": (UNKNOWN, PRIORITY + EXPERIMENTAL),
    "802.1ad": (UNKNOWN, SERVICE_VLAN + VLAN + EXPERIMENTAL),
    "ipv4 multicast": (bytes.fromhex("01005e000016"), IPV4),
    "ipv6 multicast": (bytes.fromhex("333300000001"), EXPERIMENTAL),
    "pvst": (bytes.fromhex("01000ccccccd"), BPDU),
    "ipv4": (B, IPV4),
    "ipv4 that is malformed": (B, ODD_IPV4),
    "ipv4 fragment": (B, FRAGMENT),
    "ipv6 that is malformed": (B, ODD_IPV6),
    "stp": (bytes.fromhex("0180c2000000"), BPDU),
    **{
        f"01:80:c2:00:00:{n:02x}": (bytes.fromhex(f"0180c20000{n:02x}"), EXPERIMENTAL) for n in range(2, 0x30)
    },
}


def test_frames_pass_unchanged(lab):
    one, two, three = lab.hub("_hub0", "n1", "n2", "n3")
    sent = [frame(dst, ethertype=what, payload=b"p" * 60) for dst, what in STRANGE.values()]
    for each in sent:
        one.send(each)
    one.send(last(1))
    for wire in (two, three):
        got = wire.until(last(1))
        missing = [name for name, each in zip(STRANGE, sent, strict=True) if each not in got]
        assert not missing
        assert got == sent


def test_what_no_linux_bridge_passes(lab):
    """Pause frames and multicast sources; if a kernel does, the documentation is to be changed."""
    one, two = lab.hub("_hub0", "n1", "n2")
    one.send(frame(bytes.fromhex("0180c2000001")))
    one.send(frame(B, bytes.fromhex("010203040506")))
    one.send(last(1))
    assert two.until(last(1)) == []


def test_the_fabrics_own_addresses_are_nobodys(lab):
    """Frames to the MAC of a port or of the bridge are flooded like any other."""
    hub = lab.bridge("_hub0")
    ports = [lab.veth(name) for name in ("n1", "n2")]
    for port in ports:
        lab.host(port.name).no_ipv6()
    lab.fabric.apply(
        (), [hub, *ports, *(Member(p.name, hub.name) for p in ports), *(Up(p.name) for p in ports)]
    )
    one, two = (lab.host(port.name).wire("eth0") for port in ports)
    for mac in (hub.mac, ports[0].mac, ports[1].mac):
        to_it = frame(bytes.fromhex(mac.replace(":", "")))
        one.send(to_it)
        assert two.receive() == to_it


@pytest.mark.parametrize("size", [1500, 9000, 65521])
def test_jumbo_frames_pass(lab, size):
    one, two = lab.hub("_hub0", "n1", "n2")
    big = frame(BROADCAST, payload=bytes(range(256)) * (size // 256) + b"e" * (size % 256))
    one.send(big)
    assert two.receive() == big


def test_a_chain_of_bridges_is_one_hub(lab):
    one, two = lab.hub("_hub0", "n1", "n2")
    three, four = lab.hub("_hub0.1", "n3", "n4")
    five, six = lab.hub("_hub0.2", "n5", "n6")
    lab.fabric.apply(
        (),
        [
            thing
            for number in (0, 1)
            for thing in cable(f"_up{number}", f"_dn{number + 1}", lab.bridge, number)
        ],
    )
    sent = [frame(B), frame(BROADCAST), frame(bytes.fromhex("0180c2000002"))]
    wires = [one, two, three, four, five, six]
    for number, sender in enumerate(wires):
        for each in sent:
            sender.send(each)
        sender.send(last(number))
        for wire in wires:
            if wire is not sender:
                assert wire.until(last(number)) == sent


def cable(near, far, bridge, number):
    mark = bridge("x")
    names = ["_hub0", "_hub0.1", "_hub0.2"]
    return [
        Veth(near, mark.mac, far, bridge("x").mac, 65535, "netd:test:hub0"),
        Member(near, names[number]),
        Member(far, names[number + 1]),
        Up(near),
        Up(far),
    ]


def test_a_port_moves_to_another_hub_with_its_link_up(lab):
    one, two = lab.hub("_hub0", "n1", "n2")
    three, four = lab.hub("_hub1", "n3", "n4")
    before = lab.host("n1").run("cat", "/sys/class/net/eth0/carrier_changes")
    lab.fabric.apply([Member("n1", "_hub0")], [Member("n1", "_hub1")])
    one.send(frame(C))
    assert [wire.receive() for wire in (three, four)] == [frame(C)] * 2
    two.send(last(1))
    four.send(last(2))
    assert one.until(last(2)) == []
    assert lab.host("n1").run("cat", "/sys/class/net/eth0/carrier_changes") == before
    port = lab.look("bridge", "-j", "-d", "link", "show", "dev", "n1")[0]
    assert (port["master"], port["learning"]) == ("_hub1", False)


def test_the_fabric_says_nothing_by_itself(lab):
    """Neither when ports come and go, nor about frames it gets."""
    one, two = lab.hub("_hub0", "n1", "n2")
    arp = bytes.fromhex("0806 0001 0800 0604 0001") + A + bytes.fromhex("c0000201 000000000000 7f000001")
    asking = [
        BROADCAST + A + arp.ljust(60, b"\0"),
        frame(bytes.fromhex("01005e000001"), ethertype=IPV4),
        frame(bytes.fromhex("333300000001"), ethertype=ODD_IPV6),
    ]
    for each in asking:
        one.send(each)
    more = lab.hub("_hub1", "n3", "n4")
    lab.fabric.apply([Member("n3", "_hub1"), Up("n3")], [Member("n3", "_hub0"), Up("n3")])
    one.send(last(1))
    assert two.until(last(1)) == asking
    assert more[0].until(last(1)) == []
    links = lab.fabric.links()
    assert (links["n1"].tx_packets, links["n2"].tx_packets, links["n4"].tx_packets) == (0, 4, 0)
    assert {name: links[name].tx_packets for name in ("_hub0", "_hub1")} == {"_hub0": 0, "_hub1": 0}


def test_recipe(lab):
    lab.hub("_hub0", "n1")
    (hub,) = lab.look("ip", "-j", "-d", "link", "show", "_hub0")
    data = hub["linkinfo"]["info_data"]
    assert (data["ageing_time"], data["stp_state"], data["mcast_snooping"]) == (0, 0, 0)
    assert int(data["group_fwd_mask"], 16) == 0xFFF8
    assert hub["ifalias"] == "netd:test:_hub0"
    (port,) = lab.look("bridge", "-j", "-d", "link", "show", "dev", "n1")
    assert (port["learning"], port["flood"], port["mcast_flood"], port["bcast_flood"]) == (
        False,
        True,
        True,
        True,
    )
    entries = lab.look("bridge", "-j", "fdb", "show")
    assert not [entry for entry in entries if entry["mac"][:2] == "02"]


def test_a_bridge_changes_in_place(lab):
    hub = lab.bridge("_hub0")
    lab.fabric.apply((), [hub])
    index = lab.fabric.links()["_hub0"].index
    lab.fabric.apply([hub], [Bridge("_hub0", "02:00:00:00:77:77", "netd:test:other")])
    (link,) = lab.look("ip", "-j", "link", "show", "_hub0")
    assert (link["address"], link["ifalias"], link["ifindex"]) == (
        "02:00:00:00:77:77",
        "netd:test:other",
        index,
    )
    assert not [entry for entry in lab.look("bridge", "-j", "fdb", "show") if entry["mac"][:2] == "02"]


def test_errors_say_what_was_being_done(lab):
    lab.fabric.apply((), [lab.bridge("_hub0"), lab.tap("n1")])
    with pytest.raises(HostError, match=r"^create bridge 'n1': File exists"):
        lab.fabric.apply((), [lab.bridge("n1")])
    with pytest.raises(HostError, match=r"^plug port 'n1' into bridge '_hub7': No such device"):
        lab.fabric.apply((), [Member("n1", "_hub7")])
    assert set(lab.fabric.links()) == {"lo", "_hub0", "n1"}


def test_removing_what_is_gone_is_done(lab):
    hub, tap = lab.bridge("_hub0"), lab.tap("n1")
    things = [hub, tap, Member("n1", "_hub0"), Up("n1")]
    lab.fabric.apply((), things)
    lab.run("ip", "link", "del", "n1")
    lab.run("ip", "link", "del", "_hub0")
    lab.fabric.apply(things, ())
    assert set(lab.fabric.links()) == {"lo"}


def test_a_kernel_that_restricts_ports_like_bridges(lab, monkeypatch):
    """Its ports pass what they can."""
    monkeypatch.setattr(bridges, "PORT_MASK", 0xFFFF)  # what this one refuses
    lab.fabric.apply(
        (), [lab.bridge("_hub0"), lab.tap("n1"), lab.tap("n2"), *(Member(n, "_hub0") for n in ("n1", "n2"))]
    )
    for name in ("n1", "n2"):
        (port,) = lab.look("ip", "-j", "-d", "link", "show", name)
        assert port["linkinfo"]["info_slave_data"]["group_fwd_mask"] == hex(bridges.OLD_PORT_MASK)
