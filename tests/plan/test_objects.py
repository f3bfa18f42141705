import dataclasses
import typing

import pytest

from netd.plan.objects import KINDS, FabricSpec, GuestVeth, KernelObject, Member, NetnsRef, Tap, Veth


def test_kinds_are_all_there_are():
    assert set(KINDS) == set(typing.get_args(KernelObject))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_a_frozen_value_with_a_key(kind):
    assert kind.__dataclass_params__.frozen
    values = ["x" for _ in dataclasses.fields(kind)]
    assert kind(*values) == kind(*values)
    assert kind(*values).key[1] == "x"
    assert kind.__doc__


def test_an_interface_has_one_key_whatever_it_is_made_as():
    tap = Tap("p", "m", 1500, 1, "a")
    veth = Veth("p", "m", "q", "n", 1500, "a")
    guest = GuestVeth("p", "m", 1500, "a", NetnsRef("/x", 1), "eth0", "g", 1500)
    assert tap.key == veth.key == guest.key


def test_a_port_that_moves_is_the_same_membership():
    assert Member("p", "one").key == Member("p", "other").key
    assert Member("p", "one") != Member("p", "other")


def test_a_fabric_has_no_sysctls_of_its_own_unless_said():
    assert FabricSpec("netd", "netd").sysctls == ()
