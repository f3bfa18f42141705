from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import netd
from tests.netctl.conftest import Netctl
from tests.netctl.fake_daemon import Error, FakeDaemon


def test_help_needs_no_daemon(netctl: Netctl) -> None:
    done = netctl("--help")
    assert done.code == 0
    assert done.out.startswith("usage: netctl [-s SOCKET] [--json] [COMMAND …]\n")
    assert "netctl netdev_add hubport,id=h0,hubid=0" in done.out


def test_its_version(netctl: Netctl) -> None:
    done = netctl("--version")
    assert (done.code, done.out) == (0, f"netctl {netd.__version__}\n")


def test_help_in_a_locale_without_its_characters(program: Callable[[str], Path]) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([program("netctl.main"), "-h"], env=environment, capture_output=True, check=True)
    assert done.stdout.startswith(b"usage: netctl [-s SOCKET] [--json] [COMMAND \\u2026]\n")


def test_an_unknown_option_is_usage(netctl: Netctl) -> None:
    done = netctl("--bogus", "query-name")
    assert done.code == 2
    assert "unrecognized arguments: --bogus" in done.err


def test_no_daemon_is_exit_code_2(netctl: Netctl) -> None:
    done = netctl("-s", "/nowhere", "query-name")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("netctl: no socket /nowhere: is netd running?")


def test_the_environment_names_the_socket(
    netctl: Netctl, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETD_SOCKET", str(daemon.path))
    daemon.answers["query-name"] = {"name": "labhost"}
    assert netctl("query-name").out == "name: labhost\n"


def test_an_answer_is_text_for_people_and_json_for_programs(netctl: Netctl, daemon: FakeDaemon) -> None:
    daemon.answers["query-name"] = {"name": "labhost"}
    daemon.texts["info network"] = "hub 0\r\n \\ h0\r\n"
    socket = str(daemon.path)
    assert netctl("-s", socket, "query-name").out == "name: labhost\n"
    assert netctl("-s", socket, "--json", "query-name").out == '{"name":"labhost"}\n'
    assert netctl("-s", socket, "query-name", "--json").out == '{"name":"labhost"}\n'
    assert netctl("-s", socket, "info", "network").out == "hub 0\n \\ h0\n"
    assert netctl("-s", socket, "--json", "info", "network").out == '"hub 0\\n \\\\ h0\\n"\n'


def test_done_is_silent(netctl: Netctl, daemon: FakeDaemon) -> None:
    daemon.answers["netdev_add"] = {}
    done = netctl("-s", str(daemon.path), "netdev_add", "hubport,id=h0,hubid=0")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_a_refusal_is_exit_code_1_with_the_reason(netctl: Netctl, daemon: FakeDaemon) -> None:
    daemon.answers["netdev_del"] = Error("Device 'x' not found")
    daemon.texts["hostfwd_add tcp::1-:2"] = "user mode network stack not in use\r\n"
    done = netctl("-s", str(daemon.path), "netdev_del", "x")
    assert (done.code, done.out, done.err) == (1, "", "netctl: Device 'x' not found\n")
    done = netctl("-s", str(daemon.path), "hostfwd_add", "tcp::1-:2")
    assert (done.code, done.out, done.err) == (1, "", "netctl: user mode network stack not in use\n")


@pytest.mark.parametrize(
    "words", [["help", "set_link"], ["set_link", "--help"], ["set_link", "-h"], ["?", "set_link"]]
)
def test_help_of_a_command(netctl: Netctl, daemon: FakeDaemon, words: list[str]) -> None:
    done = netctl("-s", str(daemon.path), *words)
    assert done.out.startswith("set_link name up\n")


def test_help_is_what_the_daemon_has(netctl: Netctl, daemon: FakeDaemon) -> None:
    daemon.texts["help"] = ""
    assert "  set_link name up\n" in netctl("-s", str(daemon.path), "help").out


def test_a_line_in_one_word_is_as_good(netctl: Netctl, daemon: FakeDaemon) -> None:
    daemon.texts["info network"] = "hub 0\r\n"
    assert netctl("-s", str(daemon.path), "info network").out == "hub 0\n"


@pytest.mark.parametrize("words", [["--", "query-name"], ["--json", "--", "query-name"]])
def test_two_dashes_end_the_options(netctl: Netctl, daemon: FakeDaemon, words: list[str]) -> None:
    daemon.answers["query-name"] = {"name": "labhost"}
    done = netctl("-s", str(daemon.path), *words)
    assert (done.code, "labhost" in done.out) == (0, True)


def test_without_a_command_lines_come_from_stdin(
    netctl: Netctl, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answers["query-name"] = {"name": "labhost"}
    daemon.answers["netdev_del"] = Error("Device 'x' not found")
    monkeypatch.setattr("sys.stdin", io.StringIO("# names\nquery-name\nnetdev_del x\nquery-name\n"))
    done = netctl("-s", str(daemon.path))
    assert (done.code, done.out) == (1, "name: labhost\n")
    assert done.err == "netctl: line 3: Device 'x' not found\n"


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["  "], 2, "no command"),
        (["events", "x"], 2, "events takes no arguments"),
        (["completion", "fish"], 2, "completion: for bash or zsh, not 'fish'"),
        (["set_link", "a", "on", "b"], 2, "set_link has no use for 'b'"),
    ],
)
def test_usage(netctl: Netctl, daemon: FakeDaemon, words: list[str], code: int, reason: str) -> None:
    done = netctl("-s", str(daemon.path), *words)
    assert done.code == code
    assert reason in done.err


@pytest.mark.parametrize("command", ["run n0 -- kvm", "completion bash"])
def test_what_is_not_for_a_script(
    netctl: Netctl, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(command))
    done = netctl("-s", str(daemon.path))
    assert done.code == 2
    assert "is for the command line" in done.err


def test_a_reader_that_goes_away_ends_it_quietly(daemon: FakeDaemon, program: Callable[[str], Path]) -> None:
    daemon.answers["query-name"] = [{"name": "x" * 100}] * 10000
    reading, writing = os.pipe()
    with subprocess.Popen(
        [str(program("netctl.main")), "-s", str(daemon.path), "query-name"],
        stdout=writing,
        stderr=subprocess.PIPE,
    ) as netctl:
        os.close(writing)
        os.close(reading)
        assert netctl.stderr is not None
        assert netctl.stderr.read() == b""
    assert netctl.returncode == -signal.SIGPIPE


def test_an_interrupt_ends_it_quietly(daemon: FakeDaemon, program: Callable[[str], Path]) -> None:
    command = [str(program("netctl.main")), "-s", str(daemon.path), "query-name"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as netctl:
        daemon.answers["query-name"] = lambda _: netctl.send_signal(signal.SIGINT)
        assert netctl.stderr is not None
        assert netctl.stderr.read() == b""
    assert netctl.returncode == 130


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (["--help"], {"netctl.command", "netctl.shell", "msgspec", "dataclasses", "inspect"}),
        (["query-name"], {"netctl.shell", "netctl.run", "msgspec", "dataclasses", "inspect"}),
    ],
)
def test_it_loads_no_more_than_it_needs(daemon: FakeDaemon, words: list[str], unwanted: set[str]) -> None:
    daemon.answers["query-name"] = {}
    code = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "from netctl.main import main\n"
        f"main({['-s', str(daemon.path), *words]!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stderr))
    assert not loaded & ({"trio", "pyroute2", "structlog", "prompt_toolkit", "asyncio"} | unwanted)


@pytest.mark.qemu
def test_exit_codes_with_a_real_qemu(netctl: Netctl, qemu: str) -> None:
    def code(*words: str) -> int:
        return netctl("-s", qemu, *words).code

    assert code("netdev_add", "user,id=u0") == 0
    assert code("netdev_add", "user,id=u0") == 1
    assert code("netdev_add", "user,id=u1,bogus=1") == 1
    assert code("netdev_add", "user,.=1") == 2
    assert code("info", "network") == 0
    assert code("info", "nosuch") == 1
    assert code("info", "network", "x") == 1
    assert code("nosuch") == 1
    assert code("device_add", "e1000,id=n0") == 1
    assert code("device_add", "help") == 0
    assert code("set_link", "u0", "off") == 0
    assert code("set_link", "u0", "maybe") == 1
    assert code("hostfwd_add", "u0", "tcp:127.0.0.1:0-:22") == 0
    assert code("hostfwd_add", "u0", "bogus") == 1
    assert code("hostfwd_remove", "u0", "tcp::9") == 1
    assert code("help", "nosuch") == 1
    assert code("query-rx-filter", "name=zz") == 1
    assert code("query_status") == 0
    assert code("netdev_del", "u0") == 0
    assert code("quit") == 0
