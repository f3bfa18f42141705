from __future__ import annotations

from typing import Any

import pytest

from netctl import render

NETWORK: dict[str, Any] = {
    "instance": "netd",
    "fabric": "netd",
    "clients": [
        {
            "id": "h0",
            "kind": "netdev",
            "type": "hubport",
            "options": {"hubid": 0},
            "peer": "n0",
            "hub": 0,
            "link": True,
        },
        {
            "id": "n0",
            "kind": "nic",
            "type": "virtio-net-pci",
            "options": {},
            "peer": "h0",
            "hub": 0,
            "link": True,
            "mac": "52:54:00:12:34:56",
            "mtu": 1500,
            "port": "n0.1",
            "received": {"frames": 12040, "bytes": 1204000, "dropped": 0},
            "sent": {"frames": 998, "bytes": 99800, "dropped": 0},
            "attached": True,
            "pid": 4711,
        },
        {
            "id": "n1",
            "kind": "nic",
            "type": "e1000",
            "options": {},
            "link": False,
            "mac": "52:54:00:12:34:57",
            "mtu": 65521,
            "port": "n1.2",
            "received": {"frames": 0, "bytes": 0, "dropped": 0},
            "sent": {"frames": 0, "bytes": 0, "dropped": 0},
            "attached": False,
        },
    ],
    "hubs": [{"id": 0, "ports": ["h0"]}],
    "warnings": ["hub 0 is not connected to host network", "nic n1 has no peer"],
}


TABLE = """\
fabric netd

NAME  TYPE            PEER  HUB  LINK  MAC                  MTU  PORT  ATTACHED  FRAMES IN  FRAMES OUT
h0    hubport         n0      0  up
n0    virtio-net-pci  h0      0  up    52:54:00:12:34:56   1500  n0.1  pid 4711      12040         998
n1    e1000                      down  52:54:00:12:34:57  65521  n1.2  no                0           0

warning: hub 0 is not connected to host network
warning: nic n1 has no peer"""


def test_query_network_is_a_table_and_the_warnings() -> None:
    assert render.as_text("query-network", NETWORK) == TABLE


def test_a_column_with_nothing_in_it_is_left_out() -> None:
    clients = [{"id": "h0", "type": "hubport", "link": True}]
    text = render.network({"fabric": "netd", "clients": clients})
    assert text.splitlines()[2:] == ["NAME  TYPE     LINK", "h0    hubport  up"]


def test_lost_frames_of_both_ways_are_shown_where_there_are_any() -> None:
    traffic = {"received": {"frames": 5, "dropped": 2}, "sent": {"frames": 6, "dropped": 1}}
    clients = [{"id": "n0", "type": "e1000", "link": True, **traffic}]
    header, row = render.network({"fabric": "netd", "clients": clients}).splitlines()[2:]
    assert header.split()[-5:] == ["FRAMES", "IN", "FRAMES", "OUT", "LOST"]
    assert row.split()[-3:] == ["5", "6", "3"]


def test_a_network_without_clients_says_so() -> None:
    assert render.network({"fabric": "netd", "clients": []}).endswith("no clients")


def test_a_held_nic_whose_holder_is_unknown_is_held_all_the_same() -> None:
    client = {"id": "n0", "type": "e1000", "link": True, "attached": True}
    assert render.network({"fabric": "netd", "clients": [client]}).endswith("up    yes")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, ""),
        ([], ""),
        ("text\n", "text"),
        (5, "5"),
        (True, "yes"),
        ({"running": True, "status": "running", "seen": None}, "running: yes\nstatus: running\nseen:"),
        ({"qemu": {"major": 7}, "package": ""}, "qemu:\n  major: 7\npackage:"),
        ({"fds": [{"fd": 3}, {"fd": 4}], "none": {}}, "fds:\n  3\n  4\nnone: {}"),
        (["a", "b"], "a\nb"),
        ([{"name": "stop"}, {"name": "cont"}], "stop\ncont"),
        ([{"id": "a", "n": 1}, {"id": "bb", "n": 10}], "ID   N\na    1\nbb  10"),
        ([{"id": "a"}, {"id": "b", "tags": ["x", "y"]}], "ID  TAGS\na\nb   x, y"),
        ([{"id": "a", "of": {"x": 1}}, {"id": "b"}], "id: a\nof:\n  x: 1\n\nid: b"),
        ([[1, [2]], 3], "[1, [2]]\n3"),
        ([{"id": "a", "text": "x" * 160}], f"id: a\ntext: {'x' * 160}"),
        ({"vlans": list(range(4095, -1, -1))}, "vlans: 4095…0"),
        ({"numbers": [1, 2, 3, 5, 6, 7, 8, 9, 8, 7, True, 2]}, "numbers: 1, 2, 3, 5…9, 8, 7, yes, 2"),
    ],
)
def test_any_answer_by_its_shape(value: Any, text: str) -> None:
    assert render.as_text("query-x", value) == text


def test_no_name_steers_the_terminal() -> None:
    assert render.generic({"name": "a\x1b[2Jb\n"}) == r"name: a\x1b[2Jb\n"
    assert render.generic("line\n\tand \x07 bell") == "line\n\tand \\x07 bell"


def test_json_is_compact_for_programs_and_indented_for_people() -> None:
    assert render.as_json({"a": [1, True]}, pretty=False) == '{"a":[1,true]}'
    assert render.as_json({"a": 1}, pretty=True) == '{\n  "a": 1\n}'
