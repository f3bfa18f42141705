"""A guest's own interface: addressed, reachable at once, changed under its feet."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from netd.errors import HostError
from netd.plan.objects import Member, Up

pytestmark = pytest.mark.kernel


def addresses(host, ifname="eth0"):
    (link,) = json.loads(host.run("ip", "-j", "addr", "show", ifname))
    return {
        f"{address['local']}/{address['prefixlen']}"
        for address in link["addr_info"]
        if address["scope"] != "link"
    }


def gateways(host):
    routes = json.loads(host.run("ip", "-j", "route")) + json.loads(host.run("ip", "-6", "-j", "route"))
    return [route["gateway"] for route in routes if route["dst"] == "default"]


def test_a_guest_is_furnished(lab):
    port = lab.veth("n1", mtu=9000, addresses=("192.0.2.1/24", "2001:db8::1/64"), gateway="192.0.2.254")
    lab.fabric.apply((), [port])
    host = lab.host("n1")
    (link,) = json.loads(host.run("ip", "-j", "link", "show", "eth0"))
    assert (link["address"], link["mtu"]) == (port.guest_mac, 9000)
    assert {"UP", "NO-CARRIER"} <= set(link["flags"])
    assert addresses(host) == set(port.addresses)
    assert gateways(host) == ["192.0.2.254"]
    assert "tentative" not in host.run("ip", "-6", "addr", "show", "dev", "eth0", "scope", "global")


def test_guests_reach_each_other_at_once(lab):
    hub = lab.bridge("_hub0")
    ports = [lab.veth(f"n{n}", addresses=(f"192.0.2.{n}/24", f"2001:db8::{n}/64")) for n in (1, 2)]
    ups = [Up(port.name) for port in ports]
    lab.fabric.apply((), [hub, *ports, *(Member(port.name, "_hub0") for port in ports), *ups])
    for target in ("192.0.2.2", "2001:db8::2"):
        assert " 0% packet loss" in lab.host("n1").run("ping", "-c1", "-W5", target)


@pytest.mark.parametrize(
    ("address", "gateway"),
    [("192.0.2.1/24", "192.0.2.254"), ("2001:db8::1/64", "2001:db8::ffff"), ("", "fe80::1")],
)
def test_gateways_of_both_families(lab, address, gateway):
    port = lab.veth("n1", addresses=(address,) if address else (), gateway=gateway)
    lab.fabric.apply((), [port])
    assert gateways(lab.host("n1")) == [gateway]


def test_ipv6_is_allowed_where_the_guest_has_it_off(lab):
    lab.host("n1").no_ipv6()
    lab.fabric.apply((), [lab.veth("n1", addresses=("2001:db8::1/64",), gateway="2001:db8::ffff")])
    assert addresses(lab.host("n1")) == {"2001:db8::1/64"}
    assert gateways(lab.host("n1")) == ["2001:db8::ffff"]


@pytest.mark.parametrize("gateway", ["198.51.100.1", "2001:db8:1::1"])
def test_a_gateway_out_of_reach(lab, gateway):
    port = lab.veth("n1", addresses=("192.0.2.1/24", "2001:db8::1/64"), gateway=gateway)
    with pytest.raises(
        HostError, match=rf"^route by gateway {gateway} through 'eth0' in network namespace '.*/n1': "
    ) as caught:
        lab.fabric.apply((), [port])
    assert "unreachable" in str(caught.value) or "No route" in str(caught.value)
    assert lab.fabric.guest_ifnames(port.netns) == {"lo"}
    assert set(lab.fabric.links()) == {"lo"}


def test_a_guest_that_has_a_gateway_already(lab):
    host = lab.host("n1")
    first = lab.veth("n1", addresses=("192.0.2.1/24",), gateway="192.0.2.254")
    second = replace(
        lab.veth("n2", ifname="eth1", addresses=("198.51.100.1/24",), gateway="198.51.100.254"),
        netns=first.netns,
    )
    lab.fabric.apply((), [first])
    with pytest.raises(HostError, match=r"route by gateway 198.51.100.254 .*: File exists"):
        lab.fabric.apply((), [second])
    assert lab.fabric.guest_ifnames(first.netns) == {"lo", "eth0"}
    assert gateways(host) == ["192.0.2.254"]


def test_a_guests_side_changes_in_place(lab):
    was = lab.veth("n1", addresses=("192.0.2.1/24", "2001:db8::1/64"), gateway="192.0.2.254")
    becomes = replace(
        was,
        guest_mac="52:54:00:00:77:77",
        guest_mtu=1400,
        addresses=("198.51.100.1/24", "2001:db8::1/64"),
        gateway="2001:db8::ffff",
    )
    lab.fabric.apply((), [was])
    host = lab.host("n1")
    index = host.run("cat", "/sys/class/net/eth0/ifindex")
    for old, new in ((was, becomes), (becomes, was), (was, replace(was, addresses=(), gateway=""))):
        lab.fabric.apply([old], [new])
        (link,) = json.loads(host.run("ip", "-j", "link", "show", "eth0"))
        assert (link["address"], link["mtu"]) == (new.guest_mac, new.guest_mtu)
        assert addresses(host) == set(new.addresses)
        assert gateways(host) == [gateway for gateway in [new.gateway] if gateway]
    assert host.run("cat", "/sys/class/net/eth0/ifindex") == index


def test_more_addresses_leave_the_others_alone(lab):
    was = lab.veth("n1", addresses=("192.0.2.1/24",), gateway="192.0.2.254")
    lab.fabric.apply((), [was])
    host = lab.host("n1").no_ipv6()
    done = []
    lab.fabric.gate = lambda when, step: done.append(step.text.split(" '")[0])
    lab.fabric.apply([was], [replace(was, addresses=(*was.addresses, "2001:db8::1/64", "192.0.2.2/24"))])
    assert addresses(host) == {"192.0.2.1/24", "192.0.2.2/24", "2001:db8::1/64"}
    assert gateways(host) == ["192.0.2.254"]
    assert done[::2] == ["allow IPv6 on", "give address 2001:db8::1/64 to", "give address 192.0.2.2/24 to"]


def test_addresses_of_one_subnet_come_and_go(lab):
    """Linux deletes the others of a subnet with the first one."""
    was = lab.veth("n1", addresses=("192.0.2.1/24", "192.0.2.2/24", "192.0.2.3/24"), gateway="192.0.2.254")
    lab.fabric.apply((), [was])
    becomes = replace(was, addresses=was.addresses[1:])
    lab.fabric.apply([was], [becomes])
    assert addresses(lab.host("n1")) == set(becomes.addresses)
    assert gateways(lab.host("n1")) == ["192.0.2.254"]


def test_the_interface_is_found_under_whatever_name_the_guest_gave_it(lab):
    was = lab.veth("n1")
    lab.fabric.apply((), [was])
    host = lab.host("n1")
    host.run("ip", "link", "set", "eth0", "down", "name", "mine")
    lab.fabric.apply([was], [replace(was, addresses=("192.0.2.1/24",))])
    assert addresses(host, "mine") == {"192.0.2.1/24"}


def test_an_interface_that_the_guest_gave_away_is_not_mistaken(lab, make_host):
    was = lab.veth("n1")
    lab.fabric.apply((), [was])
    host, other = lab.host("n1"), make_host("other")
    child = other.popen("sleep", "1000")
    host.run("ip", "link", "set", "eth0", "netns", str(child.pid))
    index = str(lab.look("ip", "-j", "link", "show", "n1")[0]["link_index"])
    host.run("ip", "link", "add", "decoy", "index", index, "type", "veth", "peer", "decoy2")
    with pytest.raises(
        HostError, match=r"^give address 192.0.2.1/24 to 'eth0' in .*: the interface has left"
    ):
        lab.fabric.apply([was], [replace(was, addresses=("192.0.2.1/24",))])
    assert addresses(host, "decoy") == set()


def test_the_names_a_guest_has(lab, make_host):
    host = make_host("g")
    assert lab.fabric.guest_ifnames(host.ref) == {"lo"}
    ref = host.ref
    host.close()
    with pytest.raises(HostError, match="No such file"):
        lab.fabric.guest_ifnames(ref)
