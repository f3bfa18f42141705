from __future__ import annotations

import pytest

from netd.kernel.order import Move, moves, must_be_replaced, ports_of
from netd.plan.objects import Bridge, GuestVeth, Member, NetnsRef, Redirect, Tap, Up, Veth

HUB = Bridge("_hub0", "02:00:00:00:00:01", "netd:t:hub0")
OTHER_HUB = Bridge("_hub1", "02:00:00:00:00:02", "netd:t:hub1")
TAP = Tap("n0", "02:00:00:00:00:10", 1500, 1, "netd:t:n0")
JOINT = Veth("a", "02:00:00:00:00:20", "b", "02:00:00:00:00:21", 1500, "netd:t:a")
GUEST = GuestVeth(
    "n0",
    "02:00:00:00:00:10",
    1500,
    "netd:t:n0",
    NetnsRef("/run/netns/g", 1),
    "eth0",
    "52:54:00:12:34:56",
    1500,
)


def standing(*things):
    return {thing.key: thing for thing in things}


def test_makes_what_others_stand_on_first():
    things = [Up("n0"), Member("n0", "_hub0"), JOINT, TAP, Redirect("a", "n0"), HUB]
    made = [move.becomes for move in moves([], things, {})]
    assert made == [HUB, TAP, JOINT, Member("n0", "_hub0"), Redirect("a", "n0"), Up("n0")]


def test_removes_in_the_reverse_order_and_says_what_goes_by_the_way():
    things = [HUB, TAP, Member("n0", "_hub0"), Up("n0")]
    assert moves(things, [], standing(*things)) == [
        Move(Up("n0"), None, with_port=True),
        Move(Member("n0", "_hub0"), None, with_port=True),
        Move(TAP, None),
        Move(HUB, None),
    ]


def test_what_is_in_both_is_not_touched():
    assert moves([HUB, TAP], [TAP, HUB], standing(HUB, TAP)) == []


def test_additions_and_changes_come_before_removals():
    old = [HUB, Member("n0", "_hub0")]
    new = [OTHER_HUB, Member("n0", "_hub1")]
    assert moves(old, new, standing(TAP, *old)) == [
        Move(None, OTHER_HUB),
        Move(Member("n0", "_hub0"), Member("n0", "_hub1")),
        Move(HUB, None),
    ]


def test_what_stands_on_a_removed_port_goes_with_it_also_unnamed():
    stays = Redirect("a", "n0")
    made = moves([TAP], [], standing(HUB, TAP, JOINT, Member("n0", "_hub0"), Up("n0"), stays))
    assert set(made) == {
        Move(Up("n0"), None, with_port=True),
        Move(Member("n0", "_hub0"), None, with_port=True),
        Move(stays, None),
        Move(TAP, None),
    }
    assert made[-1] == Move(TAP, None)


def test_a_redirect_to_a_removed_port_may_lead_elsewhere_instead():
    other = Tap("n1", "02:00:00:00:00:11", 1500, 1, "netd:t:n1")
    old, new = Redirect("a", "n0"), Redirect("a", "n1")
    made = moves([TAP, old], [new], standing(TAP, other, JOINT, old))
    assert made == [Move(old, new), Move(TAP, None)]


def test_a_replaced_port_gets_back_what_stood_on_it():
    stood = (Member("n0", "_hub0"), Up("n0"))
    leads = Redirect("a", "n0")
    made = moves([TAP], [GUEST], standing(HUB, TAP, JOINT, leads, *stood))
    assert [move for move in made if move.becomes is None][-1] == Move(TAP, None)
    assert [move.becomes for move in made if move.becomes] == [GUEST, stood[0], leads, stood[1]]
    assert all(move.was is None for move in made if move.becomes)


def test_a_replaced_port_may_move_and_lose_its_link_at_once():
    old = [TAP, Member("n0", "_hub0"), Up("n0")]
    new = [GUEST, Member("n0", "_hub1")]
    made = moves(old, new, standing(HUB, OTHER_HUB, *old))
    assert made == [
        Move(Up("n0"), None, with_port=True),
        Move(Member("n0", "_hub0"), None, with_port=True),
        Move(TAP, None),
        Move(None, GUEST),
        Move(None, Member("n0", "_hub1")),
    ]


def test_a_name_is_free_before_another_gets_it():
    taken = Veth("z", "02:00:00:00:00:30", "a", "02:00:00:00:00:31", 1500, "netd:t:z")
    stood = Up("z")
    assert moves([taken], [JOINT], standing(taken, stood)) == [
        Move(stood, None, with_port=True),
        Move(taken, None),
        Move(None, JOINT),
    ]


@pytest.mark.parametrize(
    ("was", "becomes", "replaced"),
    [
        (TAP, GUEST, True),
        (TAP, Tap("n0", "02:00:00:00:00:77", 9000, 4, "x"), False),
        (JOINT, Veth("a", JOINT.mac, "c", JOINT.peer_mac, 1500, JOINT.alias), True),
        (JOINT, Veth("a", JOINT.mac, "b", JOINT.mac, 9000, "x"), False),
        (GUEST, GuestVeth(**{f: getattr(GUEST, f) for f in GUEST.__slots__} | {"ifname": "eth1"}), True),
        (
            GUEST,
            GuestVeth(**{f: getattr(GUEST, f) for f in GUEST.__slots__} | {"addresses": ("10.0.0.1/8",)}),
            False,
        ),
        (Member("n0", "_hub0"), Member("n0", "_hub1"), False),
    ],
)
def test_what_cannot_be_changed_in_place_is_replaced(was, becomes, replaced):
    assert must_be_replaced(was, becomes) is replaced


def test_a_veth_is_two_ports():
    assert [ports_of(thing) for thing in (TAP, JOINT, GUEST, HUB, Up("n0"))] == [
        ("n0",),
        ("a", "b"),
        ("n0",),
        (),
        (),
    ]
