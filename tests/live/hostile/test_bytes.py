"""Bytes that are no QMP, and messages that are bigger or odder than any client's."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.live.hostile.siege import MIB, others_are_served_while, storm
from tests.support.daemon import Daemon
from tests.support.qemu import Qemu

pytestmark = pytest.mark.kernel


def test_random_bytes(netd: Daemon) -> None:
    storm(netd.qmp(), random.Random(7).randbytes(MIB))


@pytest.mark.qemu
def test_random_bytes_are_answered_as_by_qemu(netd: Daemon) -> None:
    data = random.Random(8).randbytes(MIB // 16)
    with Qemu() as qemu:
        assert storm(netd.qmp(), data) == storm(qemu.qmp(), data)


def test_random_json(netd: Daemon) -> None:
    words = b'{ } [ ] : , "execute" \'id\' 1 -0.5e9 null "\\ud800"'.split()
    storm(netd.qmp(), b" ".join(random.Random(7).choices(words, k=100_000)))


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"execute":', b"]"])
def test_endless_brackets(netd: Daemon, opening: bytes) -> None:
    storm(netd.qmp(), opening * 20_000)


def message(kind: str) -> bytes:
    """A message that is big in its way."""
    match kind:
        case "string":
            return b'{"execute": "' + b"x" * (65 * MIB) + b'"}'
        case "digits":
            return b'{"execute": ' + b"7" * (20 * MIB) + b"}"
        case "list":
            return b'{"execute": "query-name", "arguments": {"a": [' + b"1," * 400_000 + b"1]}}"
        case "object":
            members = b"".join(b'"%x":0,' % number for number in range(200_000))
            return b'{"execute": "query-name", "arguments": {' + members + b'"x": 0}}'
        case "unfinished":
            return b'{"execute": "query-name", "id": "' + b"\\u00e9" * (2 * MIB)
    raise ValueError(kind)


@pytest.mark.parametrize("kind", ["string", "digits", "list", "object", "unfinished"])
def test_a_big_message_holds_nobody_up_and_memory_is_bounded(netd: Daemon, kind: str) -> None:
    data = message(kind)
    before = netd.rss()
    most = others_are_served_while(netd, lambda: storm(netd.qmp(), data))
    assert most - before < 256 * MIB


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("query-name", {"x" * MIB: 0}),
        ("device_add", {"driver": "e1000", "id": "n9", "x" * MIB: 0}),
        ("device_add", {"driver": "veth", "id": "c9", "netns": "/a\0b"}),
        (
            "device_add",
            {"driver": "veth", "id": "c9", "netns": "c", "ip": [f"10.0.{n}.1/24" for n in range(256)] * 9},
        ),
        (
            "device_add",
            {"driver": "veth", "id": "c9", "netns": "c", "ip": [f"10::{n:x}/64" for n in range(5000)]},
        ),
        ("netdev_add", {"type": "hubport", "id": "p9", "hubid": 9, "netdev": "x" * MIB}),
        ("announce-self", {"initial": 1, "max": 1, "rounds": 1, "step": 1, "interfaces": ["x"] * 100_000}),
        ("human-monitor-command", {"command-line": "netdev_add hubport," + "a.b=1," * 30_000}),
        ("human-monitor-command", {"command-line": "device_add e1000," + "," * 200_000}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_odd_arguments_are_answered_and_hold_nobody_up(netd: Daemon, command: str, arguments: Any) -> None:
    with netd.qmp() as qmp:
        others_are_served_while(netd, lambda: qmp.call(command, arguments))
