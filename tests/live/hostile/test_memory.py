"""What clients can make netd hold, each and together."""

from __future__ import annotations

import contextlib

import pytest

from tests.live.hostile.siege import MIB, MOST, send_what_is_taken
from tests.live.lab import until
from tests.support.daemon import Daemon
from tests.support.qmp import QmpClient

pytestmark = pytest.mark.kernel


def test_who_holds_much_and_is_idle_makes_room_for_others(netd: Daemon) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(netd.qmp()) for _ in range(5)]
        for qmp in clients:
            send_what_is_taken(qmp.socket, b'{"execute": "' + b"x" * (60 * MIB))
        assert clients[0].at_end()
        clients[-1].send_bytes(b'"}')
        assert "error" in clients[-1].reply()
        assert netd.rss() < MOST


def test_requests_that_wait_do_not_pile_up(netd: Daemon) -> None:
    with QmpClient(netd.socket, oob=True) as qmp:
        send_what_is_taken(qmp.socket, b'{"execute": "query-name", "id": "%b"}' % (b"x" * 60 * MIB) * 10)
        assert netd.rss() < MOST


def test_a_client_that_leaves_a_big_reply_unread_leaves_nothing(netd: Daemon) -> None:
    ask = b'{"execute": "query-name", "id": "' + b"x" * (32 * MIB) + b'"}'
    before = netd.rss()
    for _ in range(6):
        with netd.qmp() as qmp:
            qmp.socket.sendall(ask)
            assert qmp.socket.recv(1)
    until(lambda: netd.rss() - before < 4 * len(ask), netd)
