"""Clients that die, or go without a word."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from tests.live.client import Client
from tests.support.daemon import Daemon

pytestmark = pytest.mark.kernel


@pytest.mark.parametrize(
    "text",
    [
        '{"execute": "query-ne',
        '{"execute": "query-network", "arguments": {"x": [[[{"y": "',
        '{"execute": "query-qmp-schema"}' * 10,
        '{"execute": "netdev_add", "arguments": {"type": "hubport", "id": "p9", "hubid": 9}}',
        '{"execute": "device_add", "arguments": {"driver": "e1000", "id": "n9"}}',
    ],
)
def test_a_client_is_killed_in_mid_command(netd: Daemon, alone: Callable[[], None], text: str) -> None:
    with Client(netd.socket) as client:
        client.cmd("query-name")
        client.send(text)
        client.kill()
    alone()
    undo(netd)


def test_clients_go_at_any_moment_of_a_command(netd: Daemon, alone: Callable[[], None]) -> None:
    add = b'{"execute": "device_add", "arguments": {"driver": "e1000", "id": "n9"}}'
    delete = b'{"execute": "device_del", "arguments": {"id": "n9"}}'
    for round_ in range(40):
        with netd.qmp() as qmp:
            qmp.socket.sendall((add + delete) * 2 + add[: round_ % len(add)])
            for _ in range(round_ % 4):
                qmp.reply()
    alone()
    undo(netd)


def undo(netd: Daemon) -> None:
    """Whatever was begun has been done, wholly: so it can be undone."""
    with netd.qmp() as qmp:
        for client in reversed(qmp.cmd("query-network")["clients"]):
            if client["id"] not in ("p0", "n0"):
                qmp.cmd("device_del" if client["kind"] == "nic" else "netdev_del", id=client["id"])


def test_connections_that_come_and_go(netd: Daemon) -> None:
    for _ in range(300):
        with socket.socket(socket.AF_UNIX) as hasty:
            hasty.connect(str(netd.socket))
