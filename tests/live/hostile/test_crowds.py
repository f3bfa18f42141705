"""Many sessions, many commands, and clients that do not listen."""

from __future__ import annotations

import contextlib

import pytest

from tests.live.hostile.siege import others_are_served_while, running
from tests.support.daemon import Daemon
from tests.support.qmp import QmpClient

pytestmark = pytest.mark.kernel


def test_500_sessions_at_once(netd: Daemon) -> None:
    with contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(netd.qmp()) for _ in range(500)]
        for number, qmp in enumerate(sessions):
            port = {"type": "hubport", "id": f"s{number}", "hubid": number % 7}
            qmp.send({"execute": "netdev_add", "arguments": port})
        assert [qmp.reply() for qmp in sessions] == [{"return": {}}] * 500
        for qmp in sessions:
            qmp.send({"execute": "human-monitor-command", "arguments": {"command-line": "info network"}})
        assert len({qmp.reply()["return"] for qmp in sessions}) == 1
        for number, qmp in enumerate(sessions):
            qmp.send({"execute": "netdev_del", "arguments": {"id": f"s{number}"}})
        assert [qmp.reply() for qmp in sessions] == [{"return": {}}] * 500


def test_clients_that_never_read(netd: Daemon) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            deaf = stack.enter_context(netd.qmp())
            deaf.socket.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    deaf.socket.send(b'{"execute": "query-qmp-schema"}' * 1000)
        with netd.qmp() as one:
            others_are_served_while(netd, lambda: [one.cmd("query-name") for _ in range(50)])


@pytest.mark.parametrize("oob", [False, True])
def test_thousands_of_pipelined_commands(netd: Daemon, oob: bool) -> None:
    numbers = list(range(3000))
    commands = b"".join(b'{"execute": "query-name", "id": %d}' % number for number in numbers)
    with QmpClient(netd.socket, oob=oob) as qmp, running(lambda: qmp.socket.sendall(commands)):
        assert [qmp.reply()["id"] for _ in numbers] == numbers
