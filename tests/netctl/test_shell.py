from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from netctl import shell
from netctl.errors import Refused
from tests.netctl.fake_daemon import Error, FakeDaemon
from tests.netctl.terminal import Terminal


def test_a_script_is_done_line_by_line() -> None:
    done: list[list[str]] = []

    def perform(words: list[str]) -> int:
        done.append(words)
        return 0

    assert (
        shell.script(["# a lab\n", "\n", "netdev_add hubport,id=h0  # hub\n", "info 'network'\n"], perform)
        == 0
    )
    assert done == [["netdev_add", "hubport,id=h0"], ["info", "network"]]


def test_a_script_stops_at_the_first_failure(capsys: pytest.CaptureFixture[str]) -> None:
    def perform(words: list[str]) -> int:
        if words == ["fails"]:
            raise Refused("no")
        return 3

    assert shell.script(["fails", "never"], perform) == 1
    assert capsys.readouterr().err == "netctl: line 1: no\n"
    assert shell.script(["", "'open", "never"], perform) == 2
    assert capsys.readouterr().err == "netctl: line 2: no closing quotation: 'open\n"
    assert shell.script(["other", "never"], perform) == 3


def test_history_is_the_owners_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = shell.history_path()
    assert path is not None
    assert path == tmp_path / "state/netctl/history"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert shell.history_path() == tmp_path / ".local/state/netctl/history"
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert shell.history_path() is None


@pytest.fixture
def terminal(program: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Terminal]:
    def start(socket: str) -> Terminal:
        environment = os.environ | {
            "NETD_SOCKET": socket,
            "XDG_STATE_HOME": str(tmp_path),
            "TERM": "vt100",
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }
        return Terminal([program("netctl.main")], environment)

    return start


def test_a_person_talks_to_the_daemon(
    daemon: FakeDaemon, terminal: Callable[[str], Terminal], tmp_path: Path
) -> None:
    daemon.answers["query-name"] = {"name": "labhost"}
    daemon.answers["netdev_del"] = Error("Device 'x' not found")
    daemon.texts["help"] = ""
    with terminal(str(daemon.path)) as shell:
        shell.expect("(netd) ")
        shell.send("query-name\r")
        shell.expect("name: labhost")
        shell.expect("(netd) ")
        shell.send("netdev_del x\r")
        shell.expect("Device 'x' not found")
        shell.expect("(netd) ")
        shell.send("given up\x03")
        shell.expect("(netd) ")
        shell.send("query-na\t")
        shell.expect("query-name")
        shell.send("\r")
        shell.expect("name: labhost")
        daemon.hang_up()
        shell.send("query-name\r")
        shell.expect("name: labhost")
        shell.expect("(netd) ")
        shell.send("\x04")
        assert shell.end() == 0
    assert [name for name, _ in daemon.commands if name != "human-monitor-command"] == [
        "query-name",
        "netdev_del",
        "query-name",
        "query-name",
    ]
    assert "+query-name\n" in (tmp_path / "netctl/history").read_text()


def test_quit_asks_first_and_exit_only_leaves(
    daemon: FakeDaemon, terminal: Callable[[str], Terminal]
) -> None:
    daemon.answers["quit"] = {}
    with terminal(str(daemon.path)) as shell:
        shell.expect("(netd) ")
        shell.send("quit\r")
        shell.expect("End netd? [y/N] ")
        shell.send("\r")
        shell.expect("(netd) ")
        assert daemon.commands == []
        shell.send("quit\r")
        shell.expect("End netd? [y/N] ")
        shell.send("y\r")
        shell.expect("(netd) ")
        assert daemon.commands == [("quit", {})]
        shell.send("exit\r")
        assert shell.end() == 0


def test_a_daemon_that_is_not_there_yet(tmp_path: Path, terminal: Callable[[str], Terminal]) -> None:
    with terminal(str(tmp_path / "later.sock")) as shell:
        shell.expect("(netd) ")
        shell.send("query-name\r")
        shell.expect("is netd running?")
        shell.expect("(netd) ")
        daemon = FakeDaemon(tmp_path / "later.sock")
        daemon.answers["query-name"] = {"name": "labhost"}
        shell.send("query-name\r")
        shell.expect("name: labhost")
        daemon.close()


@pytest.mark.qemu
def test_a_session_with_a_real_qemu(qemu: str, terminal: Callable[[str], Terminal]) -> None:
    with terminal(qemu) as shell:
        shell.expect("(netd) ")
        shell.send("netdev_add user,id=u0\r")
        shell.expect("(netd) ")
        shell.send("info network\r")
        shell.expect("u0: index=0,type=user,net=10.0.2.0,restrict=off")
        shell.expect("(netd) ")
        shell.send("netdev_del u\t")
        shell.expect("netdev_del u0")
        shell.send("\r")
        shell.expect("(netd) ")
        shell.send("netdev_del u0\r")
        shell.expect("Device 'u0' not found")
        shell.expect("(netd) ")
        shell.send("\x04")
        assert shell.end() == 0
