"""The tests' QMP client, against the reference: a real QEMU."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.qemu import Qemu
from tests.support.qmp import QmpClient, QmpClosed, QmpError

pytestmark = pytest.mark.qemu


@pytest.fixture(scope="module")
def qemu() -> Iterator[Qemu]:
    with Qemu() as running:
        yield running


@pytest.fixture
def qmp(qemu: Qemu) -> Iterator[QmpClient]:
    with qemu.qmp() as session:
        yield session


def test_a_session_starts_with_a_greeting(qemu: Qemu) -> None:
    with qemu.qmp(negotiate=False) as session:
        assert session.greeting["QMP"]["capabilities"] == ["oob"]
        assert session.call("query-status")["error"]["class"] == "CommandNotFound"


def test_a_command_returns_its_value(qmp: QmpClient) -> None:
    assert qmp.cmd("query-version")["qemu"]["major"] >= 7
    assert qmp.cmd("netdev_add", type="hubport", id="h0", hubid=3) == {}
    assert qmp.hmp("info network") == "hub 3\r\n \\ h0\r\n"
    assert qmp.cmd("netdev_del", {"id": "h0"}) == {}


def test_a_refused_command_raises_its_class_and_text(qmp: QmpClient) -> None:
    with pytest.raises(QmpError) as raised:
        qmp.cmd("netdev_del", id="nosuch")
    assert (raised.value.qmp_class, raised.value.desc) == ("DeviceNotFound", "Device 'nosuch' not found")


def test_replies_to_pipelined_commands_come_in_order(qmp: QmpClient) -> None:
    qmp.send_bytes(b"".join(b'{"execute": "query-name", "id": %d}\n' % number for number in range(20)))
    assert [qmp.reply()["id"] for _ in range(20)] == list(range(20))


def test_bytes_go_as_they_are(qmp: QmpClient) -> None:
    qmp.send_bytes(b"\xff{'execute': 'query-")
    qmp.send_bytes(b"name'}")
    assert "error" in qmp.reply()
    assert qmp.reply() == {"return": {}}


def test_descriptors_are_passed(qmp: QmpClient) -> None:
    with Path(os.devnull).open("rb") as file:
        added = qmp.cmd("add-fd", {"fdset-id": 5}, pass_fds=[file.fileno()])
    assert added["fdset-id"] == 5
    assert qmp.cmd("remove-fd", {"fdset-id": 5}) == {}


def test_events_are_kept_until_asked_for(qmp: QmpClient) -> None:
    qmp.cmd("stop")
    assert qmp.cmd("query-status")["running"] is False
    assert qmp.event("STOP")["event"] == "STOP"
    qmp.cmd("cont")
    assert qmp.event()["event"] == "RESUME"


def test_a_wait_has_a_limit(qmp: QmpClient) -> None:
    with pytest.raises(TimeoutError, match="waited for a reply; so far came b''"):
        qmp.reply(timeout=0.05)
    assert qmp.cmd("query-name") == {}


def test_the_end_is_noticed() -> None:
    with Qemu() as qemu, qemu.qmp() as session:
        assert session.cmd("quit") == {}
        assert session.event("SHUTDOWN")["data"]["reason"] == "host-qmp-quit"
        assert session.at_end()
        with pytest.raises((QmpClosed, ConnectionResetError)):
            session.message()
