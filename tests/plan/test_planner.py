"""Golden plans: a topology in, exactly these kernel objects out."""

import pytest

from netd.plan import planner
from netd.plan.objects import KINDS, Bridge, GuestVeth, Member, NetnsRef, Redirect, Tap, Up, Veth
from netd.topology.network import Network
from tests.support.labs import hubport, in_netns, lab_of_two, nic
from tests.topology.test_warnings import HostBackend


def plan(network):
    return set(planner.whole("t", network))


def tap(name, mac):
    return Tap(name, mac, 65521, 1, f"netd:t:{name}")


BRIDGE = Bridge("_hub0", "fe:6e:64:44:10:02", "netd:t:hub0")


def test_an_empty_network_needs_nothing():
    assert plan(Network()) == set()


def test_two_guests_on_a_hub():
    assert plan(lab_of_two()) == {
        BRIDGE,
        tap("n0", "fe:6e:64:8b:40:35"),
        tap("n1", "fe:6e:64:d8:6d:37"),
        Member("n0", "_hub0"),
        Member("n1", "_hub0"),
        Up("n0"),
        Up("n1"),
    }


def test_a_guest_in_a_namespace():
    network = nic(hubport(Network(), "h0", 0), "c0", "h0", model="veth", attachment=in_netns())
    assert plan(network) == {
        BRIDGE,
        GuestVeth(
            name="c0",
            mac="fe:6e:64:23:f1:96",
            mtu=65535,
            alias="netd:t:c0",
            netns=NetnsRef("/run/netns/guest", 4026532000),
            ifname="eth0",
            guest_mac="52:54:00:12:34:56",
            guest_mtu=1500,
            addresses=("192.0.2.1/24",),
            gateway="192.0.2.254",
        ),
        Member("c0", "_hub0"),
        Up("c0"),
    }


@pytest.mark.parametrize("whom", ["n0", "h0"])
def test_a_link_down_at_either_end_only_takes_the_port_down(whom):
    assert plan(lab_of_two()) - plan(lab_of_two().set_link(whom, up=False)) == {Up("n0")}


def test_a_deleted_netdev_leaves_its_nic_a_port_without_link_or_hub():
    before, after = lab_of_two(), lab_of_two().del_netdev("h0")
    assert plan(before) - plan(after) == {Up("n0"), Member("n0", "_hub0")}


def test_two_hubs_joined_are_two_bridges_and_a_cable():
    network = hubport(hubport(Network(), "p", 5), "q", -1, "p")
    assert plan(network) == {
        Bridge("_hub5", planner.names.mac("t", "_hub5"), "netd:t:hub5"),
        Bridge("_hub-1", planner.names.mac("t", "_hub-1"), "netd:t:hub-1"),
        Veth("+p", planner.names.mac("t", "+p"), "+q", planner.names.mac("t", "+q"), 65535, "netd:t:p"),
        Member("+p", "_hub5"),
        Member("+q", "_hub-1"),
        Up("+p"),
        Up("+q"),
    }
    assert plan(network) - plan(network.set_link("q", up=False)) == {Up("+p"), Up("+q")}


class PortBackend(HostBackend):
    """A netdev with a port, as far as the plan is concerned."""

    def plan(self, place):
        yield Tap(place.port, place.port_mac, 1500, 1, place.alias)


def test_a_nic_and_a_netdev_with_a_port_are_linked_by_two_redirects():
    network = nic(Network().add_netdev("u0", PortBackend()), "n0", "u0")
    links = {thing for thing in plan(network) if isinstance(thing, Redirect)}
    assert links == {Redirect("n0", "+u0"), Redirect("+u0", "n0")}


def test_a_netdev_with_a_port_stands_on_the_hub_it_is_plugged_into():
    network = hubport(Network().add_netdev("u0", PortBackend()), "h", 0, "u0")
    assert Member("+u0", "_hub0") in plan(network)


def wide_hub(ports):
    network = Network()
    for number in range(ports):
        network = hubport(network, f"h{number}", 0)
    return network


@pytest.mark.parametrize(("ports", "bridges"), [(1, 1), (512, 1), (513, 2), (1025, 3)])
def test_a_wide_hub_is_a_chain_of_bridges(ports, bridges):
    things = plan(wide_hub(ports))
    assert {thing.name for thing in things if isinstance(thing, Bridge)} == {
        planner.names.bridge(0, segment) for segment in range(bridges)
    }
    cables = [thing for thing in things if isinstance(thing, Veth)]
    assert len(cables) == bridges - 1
    for cable in cables:
        ends = {Member(cable.name, None).key, Member(cable.peer, None).key}
        assert ends <= {thing.key for thing in things if isinstance(thing, Member)}


def test_a_port_stays_on_its_bridge_when_others_go():
    network = nic(wide_hub(600), "n", "h599")
    assert Member("n", "_hub0.1") in plan(network)
    for number in range(512):
        network = network.del_netdev(f"h{number}")
    assert Member("n", "_hub0.1") in plan(network)


@pytest.mark.parametrize(
    "change",
    [
        lambda n: hubport(n, "h9", 0),
        lambda n: hubport(n, "h9", 7),
        lambda n: nic(n, "n9"),
        lambda n: n.del_nic("n0"),
        lambda n: n.del_netdev("h1"),
        lambda n: n.set_link("h0", up=False),
        lambda n: hubport(n, "h9", 7).plug("n0", "h9"),
        lambda n: n.del_netdev("h0").del_netdev("h1"),
    ],
)
def test_a_change_plans_the_same_as_planning_all_anew(change):
    old, new = lab_of_two(), change(lab_of_two())
    was, becomes = (set(objects) for objects in planner.changed("t", old, new))
    assert plan(old) - was | becomes == plan(new)
    assert was <= plan(old)
    assert becomes <= plan(new)


def test_a_change_of_one_nic_looks_at_that_nic_only():
    network = lab_of_two()
    was, becomes = planner.changed("t", network, network.set_link("n1", up=False))
    assert {thing.key[1] for thing in was + becomes} == {"n1"}


def test_what_a_nic_sends_goes_to_everyone_else_on_the_hub():
    network = lab_of_two()
    assert planner.neighbours(network, network.nic("n0")) == ["n1"]
    down = network.set_link("n0", up=False)
    assert planner.neighbours(down, down.nic("n0")) == []


def test_on_a_chain_of_bridges_the_cables_are_neighbours_too():
    network = nic(nic(wide_hub(1100), "n", "h600"), "m", "h601")
    assert planner.neighbours(network, network.nic("n")) == ["m", "_up0.1", "_dn0.1"]


def test_linked_by_redirects_the_peers_port_is_the_neighbour():
    network = nic(Network().add_netdev("u0", PortBackend()), "n0", "u0")
    assert planner.neighbours(network, network.nic("n0")) == ["+u0"]


def test_every_object_has_a_key_of_its_own_kind():
    things = list(planner.whole("t", lab_of_two()))
    assert len({thing.key for thing in things}) == len(things)
    assert {type(thing) for thing in things} <= set(KINDS)
