"""The same commands to netd and to a real QEMU, and the same replies.

Where netd must differ (README, "How it differs from QEMU") the commands go around; everything
else is compared word for word: returns, error classes and texts, events. Order of members aside.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.daemon import Daemon
from tests.support.qemu import Qemu
from tests.support.qmp import QmpClient

pytestmark = [pytest.mark.kernel, pytest.mark.qemu]

RAW = (
    b"{}",
    b"null",
    b"[]",
    b"1 ",
    b'"x"',
    b'{"execute":1}',
    b'{"execute":true,"arguments":1}',
    b'{"arguments":{}}',
    b'{"execute":"query-name","arguments":[]}',
    b'{"execute":"query-name","arguments":null}',
    b'{"execute":"query-name","extra":1}',
    b'{"execute":"query-name","exec-oob":"query-name"}',
    b'{"exec-oob":"query-name"}',
    b'{"id":"only"}',
    b'{"id":[1,{"a":null}],"execute":"query-name"}',
    b'{"id":1.5,"execute":"nosuch"}',
    b'{"execute":""}',
    b"{'execute':'query-name','id':'it\\'s'}",
    b'{"execute":"nosuch","id":"\\u0000\\ud83d\\ude00\x7f"}',
    b'{"execute":"nosuch","id":18446744073709551616}',
    b'{"execute":"nosuch","id":-0}',
    b"{]",
    b"{%p}",
    b'{"a":1]}',
    b"\xff",
    b'{"execute":"query-name",}',
    b'{"execute":"query-name","execute":"query-version"}',
    b"info network\n",
    b'{"execute":"nosuch","id":"\\uD800"}',
)
"""Requests as bytes. A valid unknown command after each tells when its replies are over."""

NETDEVS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("qmp_capabilities", {}),
    ("query-name", {}),
    ("query-name", {"a": 1}),
    ("query-status", {}),
    ("query-fdsets", {}),
    ("query-rx-filter", {}),
    ("netdev_add", {}),
    ("netdev_add", {"type": "hubport"}),
    ("netdev_add", {"id": "a"}),
    ("netdev_add", {"type": "zz", "id": "a"}),
    ("netdev_add", {"type": "nic", "id": "a"}),
    ("netdev_add", {"type": 1, "id": "a"}),
    ("netdev_add", {"type": "hubport", "id": "a"}),
    ("netdev_add", {"type": "hubport", "id": 1, "hubid": 1}),
    ("netdev_add", {"type": "hubport", "id": "1a", "hubid": 1}),
    ("netdev_add", {"type": "hubport", "id": "a", "hubid": "1"}),
    ("netdev_add", {"type": "hubport", "id": "a", "hubid": 1.5}),
    ("netdev_add", {"type": "hubport", "id": "a", "hubid": 2**31}),
    ("netdev_add", {"type": "hubport", "id": "a", "hubid": True}),
    ("netdev_add", {"type": "hubport", "id": "a", "hubid": 1, "bogus": {"x": 1}}),
    ("netdev_add", {"type": "hubport", "id": "a", "hubid": 1, "netdev": "nope"}),
    ("netdev_add", {"type": "hubport", "id": "a", "hubid": -3}),
    ("netdev_add", {"type": "hubport", "id": "a", "hubid": 1}),
    ("netdev_add", {"type": "hubport", "id": "b", "hubid": 5}),
    ("netdev_add", {"type": "hubport", "id": "c", "hubid": 5, "netdev": "a"}),
    ("human-monitor-command", {"command-line": "info network"}),
    ("set_link", {}),
    ("set_link", {"name": "a"}),
    ("set_link", {"name": "a", "up": "on"}),
    ("set_link", {"name": "a", "up": 1}),
    ("set_link", {"name": "a", "up": False}),
    ("set_link", {"name": "a", "up": True}),
    ("set_link", {"name": "nope", "up": True}),
    ("human-monitor-command", {"command-line": "set_link b off"}),
    ("human-monitor-command", {"command-line": "set_link b maybe"}),
    ("human-monitor-command", {"command-line": "netdev_add hubport,id=d,hubid=7"}),
    ("human-monitor-command", {"command-line": "netdev_add hubport,id=d,hubid=7"}),
    ("human-monitor-command", {"command-line": "netdev_add hubport,id=e,hubid=x"}),
    ("human-monitor-command", {"command-line": "netdev_add hubport,id=e"}),
    ("human-monitor-command", {"command-line": "netdev_add hubport,id=e,hubid=1,bogus=1"}),
    ("human-monitor-command", {"command-line": "netdev_add hubport,id=1e,hubid=1"}),
    ("human-monitor-command", {"command-line": "netdev_add"}),
    ("human-monitor-command", {"command-line": "netdev_del nope"}),
    ("human-monitor-command", {"command-line": "netdev_del"}),
    ("human-monitor-command", {"command-line": "info network"}),
    ("human-monitor-command", {"command-line": "info network extra"}),
    ("human-monitor-command", {"command-line": "info nosuch"}),
    ("human-monitor-command", {"command-line": "info status"}),
    ("human-monitor-command", {"command-line": "info name"}),
    ("human-monitor-command", {"command-line": "info usernet"}),
    ("human-monitor-command", {"command-line": "help set_link"}),
    ("human-monitor-command", {"command-line": "help info network"}),
    ("human-monitor-command", {"command-line": "hostfwd_add tcp::5400-:22"}),
    ("human-monitor-command", {"command-line": "hostfwd_add nope tcp::5400-:22"}),
    ("human-monitor-command", {"command-line": "hostfwd_remove a tcp::5400"}),
    ("human-monitor-command", {"command-line": "nosuch"}),
    ("human-monitor-command", {"command-line": "quit x"}),
    ("human-monitor-command", {}),
    ("human-monitor-command", {"command-line": 1}),
    ("human-monitor-command", {"command-line": "info network", "cpu-index": 7}),
    ("netdev_del", {"id": "c"}),
    ("netdev_del", {"id": "nope"}),
    ("netdev_del", {"id": "a", "zz": 1}),
    ("netdev_del", {"id": 1}),
    ("netdev_del", {}),
    ("getfd", {"fdname": "x"}),
    ("getfd", {"fdname": "9x"}),
    ("closefd", {"fdname": "x"}),
    ("add-fd", {}),
    ("add-fd", {"fdset-id": "x"}),
    ("remove-fd", {"fdset-id": 7, "fd": 999}),
    ("remove-fd", {"fdset-id": 99}),
    ("announce-self", {}),
    ("announce-self", {"initial": 50, "max": 550, "rounds": 1, "step": 100}),
    ("announce-self", {"initial": 1, "max": 1, "rounds": 1, "step": 1, "interfaces": ["nope"], "id": "t"}),
    ("announce-self", {"initial": 1, "max": 1, "rounds": "1", "step": 1}),
)

NICS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("netdev_add", {"type": "hubport", "id": "h0", "hubid": 0}),
    ("netdev_add", {"type": "hubport", "id": "h1", "hubid": 0}),
    ("netdev_add", {"type": "hubport", "id": "h2", "hubid": 2}),
    ("device_add", {}),
    ("device_add", {"driver": "nosuch"}),
    ("device_add", {"driver": 1}),
    ("device_add", {"driver": "e1000", "id": "1"}),
    ("device_add", {"driver": "e1000", "id": "n0", "netdev": "h0"}),
    ("device_add", {"driver": "e1000", "id": "n0", "bogus": 1}),
    ("device_add", {"driver": "e1000", "id": "n1", "bogus": 1}),
    ("device_add", {"driver": "e1000", "id": "n1", "netdev": "nope"}),
    ("device_add", {"driver": "e1000", "id": "n1", "netdev": "h0"}),
    ("device_add", {"driver": "e1000", "id": "n1", "netdev": "n0"}),
    ("device_add", {"driver": "e1000", "id": "n1", "mac": "x"}),
    ("device_add", {"driver": "e1000", "id": "n1", "mac": 1}),
    ("device_add", {"driver": "e1000", "id": "n1", "bootindex": "x"}),
    ("device_add", {"driver": "e1000", "id": "n1", "multifunction": "maybe"}),
    ("device_add", {"driver": "rtl8139", "id": "n1", "netdev": "h1", "mac": "52-54-00-AB-CD-EF"}),
    ("device_add", {"driver": "virtio-net-pci", "id": "v0", "netdev": "h2", "mq": "on", "host_mtu": 9000}),
    ("device_add", {"driver": "virtio-net", "id": "v1", "duplex": "both"}),
    ("device_add", {"driver": "virtio-net", "id": "v1", "speed": -2}),
    ("device_add", {"driver": "virtio-net", "id": "v1", "rx_queue_size": 100}),
    ("device_add", {"driver": "virtio-net", "id": "v1", "tx_queue_size": 2048}),
    ("device_add", {"driver": "virtio-net", "id": "v1", "host_mtu": 70000}),
    ("device_add", {"driver": "usb-net"}),
    ("device_add", {"driver": "usb-net", "id": "h0"}),
    ("human-monitor-command", {"command-line": "info network"}),
    ("human-monitor-command", {"command-line": "device_add usb-net,id=u1,mac=52:54:00:00:00:01"}),
    ("human-monitor-command", {"command-line": "device_add usb-net,id=u1"}),
    ("human-monitor-command", {"command-line": "device_add usb-net,id=u2,netdev=zz"}),
    ("human-monitor-command", {"command-line": "device_add nosuch,id=u2"}),
    ("human-monitor-command", {"command-line": "device_add"}),
    ("human-monitor-command", {"command-line": "info network"}),
    ("query-rx-filter", {"name": "v0"}),
    ("query-rx-filter", {"name": "zz"}),
    ("query-rx-filter", {"name": "h1"}),
    ("query-rx-filter", {"name": "n0"}),
    ("query-rx-filter", {}),
    ("set_link", {"name": "n0", "up": False}),
    ("set_link", {"name": "h1", "up": False}),
    ("set_link", {"name": "usb-net.0", "up": True}),
    ("device_del", {"id": "nope"}),
    ("device_del", {"id": "usb-net.0"}),
    ("device_del", {}),
    ("device_del", {"id": "u1"}),
    ("human-monitor-command", {"command-line": "announce_self n0"}),
    ("human-monitor-command", {"command-line": "info network"}),
    ("device_del", {"id": "/machine/peripheral-anon/device[0]"}),
    ("netdev_del", {"id": "n0"}),
)


@contextlib.contextmanager
def both(machine: str, *arguments: str) -> Iterator[tuple[QmpClient, QmpClient]]:
    """A session with netd and one with QEMU."""
    with (
        Daemon() as daemon,
        Qemu(*arguments, machine=machine) as qemu,
        daemon.qmp() as ours,
        qemu.qmp() as theirs,
    ):
        yield ours, theirs


def compare(ours: QmpClient, theirs: QmpClient, commands: tuple[tuple[str, dict[str, Any]], ...]) -> None:
    for name, arguments in commands:
        replies = [client.call(name, arguments) for client in (ours, theirs)]
        assert replies[0] == replies[1], (name, arguments)
        if (name, arguments.get("id")) == ("device_del", "u1"):  # others QEMU unplugs in its own time
            events = [client.event("DEVICE_DELETED") for client in (ours, theirs)]
            assert events[0]["data"] == events[1]["data"]


def test_requests_as_bytes() -> None:
    with both("none") as sessions:
        for request in RAW:
            replies = [answers(client, request) for client in sessions]
            assert replies[0] == replies[1], request


def answers(client: QmpClient, request: bytes) -> list[Any]:
    client.send_bytes(request + b'{"execute":"nosuch","id":"over"}\n')
    found: list[Any] = []
    while not found or found[-1].get("id") != "over":
        found.append(json.loads(client.line()))
    return found


def test_netdevs_and_the_monitor() -> None:
    with both("none") as (ours, theirs):
        compare(ours, theirs, NETDEVS)


def test_nics() -> None:
    with both("pc", "-S", "-device", "qemu-xhci") as (ours, theirs):
        compare(ours, theirs, NICS)


def test_the_help_is_qemus_where_both_have_the_command() -> None:
    with both("none") as (ours, theirs):
        known = set(theirs.hmp("help").split("\r\n"))
        assert set(ours.hmp("help").split("\r\n")) <= known
        topics = set(theirs.hmp("info").split("\r\n"))
        assert set(ours.hmp("info").split("\r\n")) <= topics


def test_there_are_sixty_and_more() -> None:
    assert len(RAW) + len(NETDEVS) + len(NICS) >= 150
