from __future__ import annotations

import pytest

from netd.schema.listing import MemberInfo, cases, members
from tests.support.qemu_commands import Capabilities, Id, SetLink
from tests.support.qemu_types import NETDEVS, FilterBuffer, Hubport, Stream, Tap, User


def test_members_of_a_struct() -> None:
    name, up = members(SetLink)
    assert name == MemberInfo(
        name="name", type="str", required=True, default=None, description="", choices=(), features=()
    )
    assert (up.name, up.type, up.choices) == ("up", "bool", ("on", "off"))


def test_members_of_a_union_are_the_common_ones_and_those_of_a_case() -> None:
    assert [member.name for member in members(NETDEVS)] == ["id", "type"]
    tag = members(NETDEVS)[1]
    assert (tag.type, tag.required, tag.choices) == ("enum", True, tuple(cases(NETDEVS)))
    hubport = members(NETDEVS, "hubport")
    assert [member.name for member in hubport] == ["id", "type", "hubid", "netdev"]
    assert [member.description for member in hubport] == ["its name", "", "number of the hub", ""]


def test_defaults_and_types_for_help_texts() -> None:
    user = {member.name: member for member in members(NETDEVS, "user")}
    assert user["restrict"].default is False
    assert user["restrict"].description == "isolate the guest"
    assert user["hostfwd"].type == "[object]"
    types = {member.name: member.type for member in members(Tap)}
    assert types == {"id": "str", "type": "enum"}
    assert {member.type for member in members(NETDEVS, "tap")} == {"str", "enum", "size", "bool", "uint32"}
    queue = {member.name: member for member in members(FilterBuffer)}["queue"]
    assert (queue.default, queue.choices) == ("all", ("all", "rx", "tx"))
    assert members(Capabilities)[0].type == "[enum]"


def test_cases_are_the_structs_by_tag() -> None:
    assert cases(Hubport | Stream | User) == {"hubport": Hubport, "stream": Stream, "user": User}
    assert list(cases(NETDEVS))[:3] == ["nic", "user", "tap"]
    assert cases(Id) == {}


def test_only_objects_have_members() -> None:
    with pytest.raises(TypeError):
        members(int)
