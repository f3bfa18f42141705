from __future__ import annotations

from typing import Any

import pytest

from netctl.schema import Member, Schema
from tests.netctl.fake_daemon import SCHEMA


@pytest.fixture
def schema() -> Schema:
    return Schema(SCHEMA)


def test_arguments_come_in_schema_order(schema: Schema) -> None:
    assert schema.members("set_link") == [Member("name", "str", False), Member("up", "bool", False)]
    assert [member.optional for member in schema.members("announce-self")] == [False, True, True]


def test_the_tag_decides_which_arguments_follow(schema: Schema) -> None:
    assert schema.tag("netdev_add") == "type"
    assert schema.tag("set_link") is None
    assert [member.name for member in schema.members("netdev_add")] == ["id", "type"]
    assert [member.name for member in schema.members("netdev_add", "hubport")] == [
        "id",
        "type",
        "hubid",
        "netdev",
    ]


def test_only_commands_are_in_it(schema: Schema) -> None:
    assert "set_link" in schema
    assert "str" not in schema
    assert "nosuch" not in schema


@pytest.mark.parametrize(
    ("command", "given", "typed"),
    [
        ("set_link", {"name": "n0", "up": "off"}, {"name": "n0", "up": False}),
        ("set_link", {"name": "1", "up": "yes"}, {"name": "1", "up": True}),
        ("set_link", {"up": "maybe"}, {"up": "maybe"}),
        ("set_link", {"up": ["on", "off"]}, {"up": ["on", "off"]}),
        ("netdev_add", {"type": "hubport", "hubid": "0"}, {"type": "hubport", "hubid": 0}),
        ("netdev_add", {"type": "hubport", "hubid": "-0x10"}, {"type": "hubport", "hubid": -16}),
        ("netdev_add", {"type": "hubport", "hubid": "010"}, {"type": "hubport", "hubid": 8}),
        ("netdev_add", {"type": "hubport", "hubid": "4k"}, {"type": "hubport", "hubid": 4096}),
        ("netdev_add", {"type": "hubport", "hubid": "1.5M"}, {"type": "hubport", "hubid": 1572864}),
        ("netdev_add", {"type": "hubport", "hubid": "1_0"}, {"type": "hubport", "hubid": "1_0"}),
        ("netdev_add", {"type": "hubport", "hubid": "x"}, {"type": "hubport", "hubid": "x"}),
        ("netdev_add", {"type": "user", "hubid": "0"}, {"type": "user", "hubid": "0"}),
        ("netdev_add", {"type": "user", "restrict": "on"}, {"type": "user", "restrict": True}),
        ("netdev_add", {"type": "user", "hostfwd": "a"}, {"type": "user", "hostfwd": [{"str": "a"}]}),
        (
            "netdev_add",
            {"type": "user", "hostfwd": ["a", "b"]},
            {"type": "user", "hostfwd": [{"str": "a"}, {"str": "b"}]},
        ),
        (
            "netdev_add",
            {"type": "user", "hostfwd": {"str": "a"}},
            {"type": "user", "hostfwd": [{"str": "a"}]},
        ),
        (
            "device_add",
            {"driver": "e1000", "mq": "on", "ip": ["a", "b"]},
            {"driver": "e1000", "mq": "on", "ip": ["a", "b"]},
        ),
        ("announce-self", {"initial": "5", "interfaces": "n0"}, {"initial": 5, "interfaces": ["n0"]}),
        ("qom-set", {"value": '{"a": 1}'}, {"value": {"a": 1}}),
        ("qom-set", {"value": "text"}, {"value": "text"}),
        ("qom-set", {"ratio": "0.5"}, {"ratio": 0.5}),
        ("qom-set", {"ratio": "2"}, {"ratio": 2}),
        ("qom-set", {"ratio": "half"}, {"ratio": "half"}),
        ("qom-set", {"on": "off"}, {"on": False}),
        ("qom-set", {"on": "auto"}, {"on": "auto"}),
        ("qom-set", {"on": "null"}, {"on": None}),
        ("qom-set", {"bogus": "1"}, {"bogus": "1"}),
    ],
)
def test_text_is_read_as_the_type_asked_for_or_left_to_the_daemon(
    schema: Schema, command: str, given: dict[str, Any], typed: dict[str, Any]
) -> None:
    assert schema.typed(command, given) == typed


def test_what_may_be_typed_is_known_for_choices_only(schema: Schema) -> None:
    assert schema.values("3") == ["none", "user", "hubport"]
    assert schema.values("bool") == ["on", "off"]
    assert schema.values("str") == []
    assert schema.values("no such type") == []


@pytest.mark.parametrize(
    ("type_name", "text"),
    [
        ("bool", "on | off"),
        ("any", "any"),
        ("int", "int"),
        ("3", "none | user | hubport"),
        ("[str]", "list of string"),
        ("[6]", "list of object"),
        ("10", "string or on | off or null"),
    ],
)
def test_types_in_words(schema: Schema, type_name: str, text: str) -> None:
    assert schema.type_text(type_name) == text
