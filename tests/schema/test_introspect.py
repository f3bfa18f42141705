from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import Struct

from netd.schema.introspect import describe
from netd.schema.scalars import Int32, Size, StrOrNull, UInt16, features
from tests.support.qemu_commands import COMMANDS, EVENTS, Command, Event, Id
from tests.support.qemu_types import NETDEVS
from tests.support.qmp import QmpClient
from tests.support.qmp_schema import KEPT, Entry, by_name, compatible, references


@pytest.fixture(scope="module")
def ours() -> list[Entry]:
    return describe(COMMANDS, EVENTS)


@pytest.fixture(scope="module")
def qemus() -> list[Entry]:
    """What QEMU 7.2.22 says of the commands and events that netd has too."""
    entries: list[Entry] = json.loads(Path(__file__).with_name("qemu-7.2-schema.json").read_text())
    return entries


def test_every_type_referred_to_is_there_once(ours: list[Entry]) -> None:
    known = by_name(ours)
    used = {name for entry in ours for name in references(entry)}
    assert used <= known.keys()
    assert {name for name, entry in known.items() if entry["meta-type"] not in ("command", "event")} == used


def test_commands_come_first_then_events_then_types_as_they_are_referred_to(ours: list[Entry]) -> None:
    names = [entry["name"] for entry in ours]
    assert names[: len(KEPT)] == [*(each.name for each in COMMANDS), *(each.name for each in EVENTS)]
    assert names[len(KEPT) : len(KEPT) + 3] == ["0", "1", "2"]
    referred = [part for entry in ours for name in references(entry) for part in (name, name.strip("[]"))]
    assert names[len(KEPT) :] == list(dict.fromkeys(["0", *referred]))


def test_entries_have_qemus_form() -> None:
    class Inner(Struct, frozen=True):
        old: Annotated[str, features("deprecated")]
        either: StrOrNull
        sizes: tuple[Size, ...] = ()
        kind: Literal["a", "b"] = "a"

    entries = by_name(
        describe(
            [
                Command("one", returns=list[Inner]),
                Command("two", Id, bool, allow_oob=True, features=("unstable",)),
            ],
            [Event("GONE"), Event("THERE", Id)],
        )
    )
    assert list(entries.values()) == [
        {"name": "one", "meta-type": "command", "arg-type": "0", "ret-type": "[1]"},
        {
            "name": "two",
            "meta-type": "command",
            "arg-type": "2",
            "ret-type": "bool",
            "allow-oob": True,
            "features": ["unstable"],
        },
        {"name": "GONE", "meta-type": "event", "arg-type": "0"},
        {"name": "THERE", "meta-type": "event", "arg-type": "2"},
        {"name": "0", "meta-type": "object", "members": []},
        {"name": "[1]", "meta-type": "array", "element-type": "1"},
        {
            "name": "1",
            "meta-type": "object",
            "members": [
                {"name": "old", "type": "str", "features": ["deprecated"]},
                {"name": "either", "type": "3"},
                {"name": "sizes", "default": None, "type": "[int]"},
                {"name": "kind", "default": None, "type": "4"},
            ],
        },
        {"name": "2", "meta-type": "object", "members": [{"name": "id", "type": "str"}]},
        {"name": "bool", "meta-type": "builtin", "json-type": "boolean"},
        {"name": "str", "meta-type": "builtin", "json-type": "string"},
        {"name": "3", "meta-type": "alternate", "members": [{"type": "str"}, {"type": "null"}]},
        {"name": "[int]", "meta-type": "array", "element-type": "int"},
        {"name": "int", "meta-type": "builtin", "json-type": "int"},
        {"name": "4", "meta-type": "enum", "members": [{"name": "a"}, {"name": "b"}], "values": ["a", "b"]},
        {"name": "null", "meta-type": "builtin", "json-type": "null"},
    ]


def test_all_integers_are_int() -> None:
    class Integers(Struct, frozen=True):
        a: int
        b: Int32
        c: UInt16
        d: list[Size]

    entries = by_name(describe([Command("x", Integers)], []))
    assert [member["type"] for member in entries["1"]["members"]] == ["int", "int", "int", "[int]"]


def test_a_branch_without_members_is_the_empty_object(ours: list[Entry]) -> None:
    known = by_name(ours)
    netdev = known[known["netdev_add"]["arg-type"]]
    assert [member["name"] for member in netdev["members"]] == ["id", "type"]
    assert {variant["case"]: variant["type"] for variant in netdev["variants"]}["none"] == "0"
    assert [variant["case"] for variant in netdev["variants"]] == [
        netdev.__struct_config__.tag for netdev in NETDEVS
    ]


def test_it_can_be_said_in_json(ours: list[Entry]) -> None:
    assert json.loads(json.dumps(ours)) == ours


def test_a_client_of_qemus_gets_on_with_it(ours: list[Entry], qemus: list[Entry]) -> None:
    assert compatible(ours, qemus, KEPT) == []
    assert compatible(qemus, ours, KEPT) == [], "the tests' types are not just like QEMU's"


@pytest.mark.qemu
def test_live_a_client_of_this_qemus_gets_on_with_it(qemu: QmpClient, ours: list[Entry]) -> None:
    assert compatible(ours, qemu.cmd("query-qmp-schema"), KEPT) == []


def _without(entries: list[Entry], command: str, member: str) -> list[Entry]:
    changed = copy.deepcopy(entries)
    known = by_name(changed)
    arguments: dict[str, Any] = known[known[command]["arg-type"]]
    arguments["members"] = [each for each in arguments["members"] if each["name"] != member]
    return changed


def test_what_a_client_of_qemus_would_miss_is_seen(ours: list[Entry], qemus: list[Entry]) -> None:
    assert compatible([], qemus, ["quit"]) == ["quit: no such command"]
    assert compatible(_without(ours, "set_link", "up"), qemus, ["set_link"]) == [
        "set_link.up: no such member"
    ]
    assert compatible(ours, _without(qemus, "set_link", "up"), ["set_link"]) == ["set_link.up: required"]
    assert compatible(_without(ours, "SHUTDOWN", "guest"), qemus, ["SHUTDOWN"]) == [
        "SHUTDOWN.guest: no such member"
    ]
    fewer = describe([Command("netdev_add", NETDEVS[:-1])], [])
    assert compatible(fewer, qemus, ["netdev_add"]) == [
        "netdev_add.type: no value none",
        "netdev_add:none: no such branch",
    ]
    other = describe([Command("getfd", Id, list[str])], [])
    assert compatible(other, qemus, ["getfd"]) == [
        "getfd.fdname: no such member",
        "getfd.id: required",
        "getfd → : array, not object",
    ]
