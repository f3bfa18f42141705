from netd.nics.netns import NetnsAttachment
from netd.plan.objects import GuestVeth, NetnsRef
from netd.plan.planner import Place

PLACE = Place("c0", "fe:6e:64:00:00:01", "netd:t:c0", "52:54:00:12:34:56")
REF = NetnsRef("/proc/42/ns/net", 7)


def test_it_plans_one_veth_with_the_guests_own_mac_and_mtu():
    (veth,) = NetnsAttachment(REF, "eth0", "42", ("192.0.2.1/24",), "192.0.2.2").plan(PLACE)
    assert veth == GuestVeth(
        name="c0",
        mac="fe:6e:64:00:00:01",
        mtu=65535,
        alias="netd:t:c0",
        netns=REF,
        ifname="eth0",
        guest_mac="52:54:00:12:34:56",
        guest_mtu=1500,
        addresses=("192.0.2.1/24",),
        gateway="192.0.2.2",
    )


def test_an_mtu_holds_for_both_ends():
    (veth,) = NetnsAttachment(REF, "eth0", "web", mtu=9000).plan(PLACE)
    assert (veth.mtu, veth.guest_mtu) == (9000, 9000)


def test_it_knows_a_guest_that_was_named_by_pid():
    assert NetnsAttachment(REF, "eth0", "42").pid == 42
    assert NetnsAttachment(REF, "eth0", "web").pid is None


def test_it_shows_what_was_asked_for_and_the_name_that_was_found():
    assert NetnsAttachment(REF, "eth1", "web").shown == {"attach": "netns", "netns": "web", "ifname": "eth1"}
