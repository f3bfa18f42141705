"""QEMU's own clients in Python: the package ``qemu.qmp``, and the ``qmp-shell`` that comes with it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qemu.qmp import EventListener, ExecuteError, QMPClient
from qemu.qmp.protocol import Runstate

from tests.netctl.terminal import Terminal
from tests.support.daemon import Daemon

pytestmark = pytest.mark.kernel

NIC = {"driver": "e1000", "id": "n0", "netdev": "h0"}


def test_a_session_of_the_package(daemon: Daemon) -> None:
    async def session() -> None:
        qmp = QMPClient("test")
        deleted = EventListener(["DEVICE_DELETED"])
        with qmp.listen(deleted):
            await qmp.connect(str(daemon.socket))
            assert qmp.greeting is not None
            assert qmp.greeting.QMP.version["qemu"] == {"major": 7, "minor": 2, "micro": 22}
            assert qmp.greeting.QMP.capabilities == ["oob"]
            await qmp.execute("netdev_add", {"type": "hubport", "id": "h0", "hubid": 0})
            await qmp.execute("device_add", NIC)
            network: Any = await qmp.execute("query-network")
            assert [client["id"] for client in network["clients"]] == ["h0", "n0"]
            await qmp.execute("device_del", {"id": "n0"})
            event = await asyncio.wait_for(deleted.get(), 10)
            assert event["data"] == {"device": "n0", "path": "/machine/peripheral/n0"}
            await qmp.disconnect()

    asyncio.run(session())


def test_the_package_is_told_of_errors_and_of_the_end(daemon: Daemon) -> None:
    async def session() -> None:
        qmp = QMPClient("test")
        await qmp.connect(str(daemon.socket))
        with pytest.raises(ExecuteError) as unknown:
            await qmp.execute("nosuch")
        assert unknown.value.error_class == "CommandNotFound"
        with pytest.raises(ExecuteError, match="Device 'n7' not found") as missing:
            await qmp.execute("device_del", {"id": "n7"})
        assert missing.value.error_class == "DeviceNotFound"
        with pytest.raises(ExecuteError, match="The command query-name does not support OOB"):
            await qmp.execute("query-name", oob=True)
        answers: Any = await asyncio.gather(*(qmp.execute("query-status") for _ in range(50)))
        assert {answer["status"] for answer in answers} == {"running"}
        with qmp.listener("SHUTDOWN") as shutdown:
            await qmp.execute("quit")
            event = await asyncio.wait_for(shutdown.get(), 10)
        assert event["data"] == {"guest": False, "reason": "host-qmp-quit"}
        while qmp.runstate is not Runstate.DISCONNECTING:
            await asyncio.wait_for(qmp.runstate_changed(), 10)
        with pytest.raises(EOFError):
            await qmp.disconnect()

    asyncio.run(session())
    daemon.stop(0)


@pytest.fixture
def shell(daemon: Daemon, tmp_path: Path) -> Iterator[Terminal]:
    """The shell, as a person has it."""
    program = Path(sys.executable).with_name("qmp-shell")
    home = {**os.environ, "HOME": str(tmp_path), "TERM": "dumb"}
    with Terminal([program, str(daemon.socket)], home) as terminal:
        terminal.expect("Connected to QEMU 7.2.22")
        terminal.expect("(QEMU)")
        yield terminal


def test_a_session_of_the_shell(daemon: Daemon, shell: Terminal) -> None:
    def ask(line: str, answer: str) -> None:
        shell.send(f"{line}\n")
        shell.expect(answer)
        shell.expect("(QEMU)")

    ask("netdev_add type=hubport id=h0 hubid=0", '{"return": {}}')
    ask("device_add driver=e1000 id=n0 netdev=h0", '{"return": {}}')
    ask("query-network", '"id": "n0", "kind": "nic", "type": "e1000"')
    ask("set_link name=n0 up=false", '{"return": {}}')
    ask("set_link name=n0 up=maybe", "Invalid parameter type for 'up', expected: boolean")
    ask("device_del id=n0", '{"return": {}}')
    ask("query-status", '"status": "running"')  # the event has come by then, for a blank line to show
    ask("", "'event': 'DEVICE_DELETED'")
    ask("nosuch", '{"class": "CommandNotFound", "desc": "The command nosuch has not been found"}')
    shell.send("query-n\t")  # it completes from query-commands; two begin so
    shell.send("ame\n")
    shell.expect('{"return": {}}')
    shell.expect("(QEMU)")
    shell.send("\x04")
    assert shell.end() == 0


def test_the_human_monitor_of_the_shell(daemon: Daemon, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("qmp-shell")
    home = {**os.environ, "HOME": str(tmp_path), "TERM": "dumb"}
    with Terminal([program, "--hmp", str(daemon.socket)], home) as shell:
        shell.expect("(QEMU)")
        shell.send("netdev_add hubport,id=h0,hubid=0\n")
        shell.expect("(QEMU)")
        shell.send("info network\n")
        shell.expect("hub 0\r\n \\ h0")
        shell.expect("(QEMU)")
        shell.send("\x04")
        assert shell.end() == 0
