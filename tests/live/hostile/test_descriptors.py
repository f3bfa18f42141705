"""Descriptors that clients pass, and what becomes of them."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from tests.live.lab import descriptors
from tests.support.daemon import Daemon
from tests.support.qmp import QmpError

pytestmark = pytest.mark.kernel


def test_descriptors_are_passed_and_their_owner_vanishes(netd: Daemon) -> None:
    reading, writing = os.pipe()
    try:
        for leave in ("waiting", "named", "in a set", "with half a command"):
            with netd.qmp() as qmp:
                for number in range(20):
                    match leave:
                        case "waiting":
                            qmp.cmd("query-name", pass_fds=[writing])
                        case "named":
                            qmp.cmd("getfd", fdname=f"fd{number}", pass_fds=[writing])
                        case "in a set":
                            qmp.cmd("add-fd", pass_fds=[writing])
                        case _:
                            qmp.send_bytes(b'{"execute": ', pass_fds=[writing])
        os.close(writing)
        assert select.select([reading], [], [], 10)[0], "somebody has it open still"
        assert os.read(reading, 1) == b""
    finally:
        os.close(reading)


def test_a_flood_of_descriptors(netd: Daemon) -> None:
    with netd.qmp() as qmp, Path(os.devnull).open() as null:
        for _ in range(200):
            qmp.send_bytes(b" ", pass_fds=[null.fileno()] * 253)  # SCM_MAX_FD
        qmp.cmd("query-name")
        for number in range(1100):
            reply = qmp.call("getfd", fdname=f"fd{number}", pass_fds=[null.fileno()])
            if "error" in reply:
                break
        assert reply["error"]["desc"] == "This session keeps 1024 file descriptors already: close some first"
        assert len(descriptors(netd.pid)) < 1100


def test_a_session_that_passes_itself(netd: Daemon) -> None:
    """Its end would be in netd's own hands then, and never be seen to go: so it is not taken."""
    with netd.qmp() as qmp, pytest.raises(QmpError, match="No file descriptor supplied"):
        qmp.cmd("getfd", fdname="me", pass_fds=[qmp.socket.fileno()])
    with netd.qmp() as one, netd.qmp() as other:
        one.cmd("query-name", pass_fds=[other.socket.fileno()])
        other.cmd("query-name", pass_fds=[one.socket.fileno()])
