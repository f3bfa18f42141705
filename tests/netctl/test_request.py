from __future__ import annotations

from typing import Any

import pytest

from netctl import request
from netctl.errors import Usage
from netctl.schema import Schema
from netd.wire.keyval import HelpWanted
from tests.netctl.fake_daemon import SCHEMA


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("   ", []),
        ("# a comment", []),
        ("set_link n0 off # cut it", ["set_link", "n0", "off"]),
        ("netdev_add hubport,id=a#b", ["netdev_add", "hubport,id=a#b"]),
        ("info 'a b' \"c d\"", ["info", "a b", "c d"]),
        ('set_link {"name": "n0", "up": true}', ["set_link", '{"name": "n0", "up": true}']),
    ],
)
def test_a_line_is_split_as_a_shell_would(line: str, words: list[str]) -> None:
    assert request.split(line) == words


def test_an_open_quote_is_told() -> None:
    with pytest.raises(Usage, match="no closing quotation: info 'network"):
        request.split("info 'network")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("query-network", "query-network"),
        ("query_network", "query-network"),
        ("set-link", "set_link"),
        ("nosuch", None),
        ("a-b", "a-b"),
        ("a_b", "a_b"),
        ("c-d-e", None),
    ],
)
def test_either_dash_is_understood_unless_it_could_mean_two(word: str, name: str | None) -> None:
    names = {"query-network", "set_link", "a-b", "a_b", "c_d-e", "c-d_e"}
    assert request.qmp_name(word, names) == name


def test_one_json_object_is_the_arguments() -> None:
    assert request.json_arguments(['{"name": "n0"}']) == {"name": "n0"}
    assert request.json_arguments(["n0"]) is None
    assert request.json_arguments(["{", "}"]) is None
    with pytest.raises(Usage, match=r"not JSON: \{name\}"):
        request.json_arguments(["{name}"])


@pytest.mark.parametrize(
    ("command", "words", "arguments"),
    [
        ("set_link", ["n0", "off"], {"name": "n0", "up": False}),
        ("set_link", ["name=n0", "up=off"], {"name": "n0", "up": False}),
        ("set_link", ["name=n0,up=off"], {"name": "n0", "up": False}),
        ("set_link", ["up=off", "n0"], {"name": "n0", "up": False}),
        ("set_link", ["n0", "bogus=1"], {"name": "n0", "bogus": "1"}),
        ("set_link", ["name=n0", "up=on,up=off"], {"name": "n0", "up": False}),
        ("set_link", ["a,b", "on"], {"name": "a,b", "up": True}),
        ("netdev_add", ["hubport,id=h0,hubid=0"], {"type": "hubport", "id": "h0", "hubid": 0}),
        ("netdev_add", ["hubport", "id=h0", "hubid=0"], {"type": "hubport", "id": "h0", "hubid": 0}),
        ("netdev_add", ["type=hubport,id=h0"], {"type": "hubport", "id": "h0"}),
        (
            "netdev_add",
            ["user,id=u0,hostfwd=tcp::1-:2,hostfwd=tcp::3-:4,restrict=on"],
            {
                "type": "user",
                "id": "u0",
                "restrict": True,
                "hostfwd": [{"str": "tcp::1-:2"}, {"str": "tcp::3-:4"}],
            },
        ),
        ("device_add", ["e1000,id=n0,netdev=h0"], {"driver": "e1000", "id": "n0", "netdev": "h0"}),
        ("announce-self", ["5", "n0", "n1"], {"initial": 5, "interfaces": ["n0", "n1"]}),
        ("announce-self", ["5", "id=x", "n0"], {"initial": 5, "interfaces": ["n0"], "id": "x"}),
        (
            "announce-self",
            ["initial=5,interfaces=n0,interfaces=n1"],
            {"initial": 5, "interfaces": ["n0", "n1"]},
        ),
        ("human-monitor-command", ["set_link a=b off"], {"command-line": "set_link a=b off"}),
    ],
)
def test_words_become_typed_arguments(command: str, words: list[str], arguments: dict[str, Any]) -> None:
    assert request.arguments(command, words, Schema(SCHEMA)) == arguments


def test_a_word_too_many_is_usage() -> None:
    with pytest.raises(Usage, match=r"set_link has no use for 'now' \(netctl help set_link\)"):
        request.arguments("set_link", ["n0", "off", "now"], Schema(SCHEMA))


def test_a_bad_option_string_is_usage() -> None:
    with pytest.raises(Usage, match=r"Invalid parameter '\.id': hubport,\.id=h0"):
        request.arguments("netdev_add", ["hubport,.id=h0"], Schema(SCHEMA))


@pytest.mark.parametrize("words", [["help"], ["?"], ["hubport,help"]])
def test_help_may_stand_for_an_option(words: list[str]) -> None:
    with pytest.raises(HelpWanted):
        request.arguments("netdev_add", words, Schema(SCHEMA))
