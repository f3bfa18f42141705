from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from netctl.client import Client
from tests.netctl.conftest import QEMU, Netctl
from tests.netctl.fake_daemon import Error, FakeDaemon
from tests.netctl.namespace import tap

OPEN = {
    "id": "n0",
    "model": "virtio-net-pci",
    "mac": "52:54:00:12:34:56",
    "mtu": 1500,
    "queues": 1,
    "vnet-hdr": True,
    "properties": {},
}


@pytest.fixture
def pipe(daemon: FakeDaemon) -> Iterator[int]:
    """The reading end of what ``nic-open`` hands over in place of a tap."""
    reading, writing = os.pipe()
    daemon.answers["nic-open"] = OPEN
    daemon.descriptors["nic-open"] = [writing]
    yield reading
    os.close(writing)
    os.close(reading)


def run(program: Callable[[str], Path], daemon: FakeDaemon, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(program("netctl.main")), "-s", str(daemon.path), "run", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_program_holds_the_nic(program: Callable[[str], Path], daemon: FakeDaemon, pipe: int) -> None:
    done = run(program, daemon, "n0", "--", "sh", "-c", "echo hello {mac:n0} >&{fd:n0}; exit 7")
    assert (done.returncode, done.stderr) == (7, "")
    assert os.read(pipe, 100) == b"hello 52:54:00:12:34:56\n"
    assert daemon.commands == [("nic-open", {"id": "n0"})]


def test_the_program_gets_the_nic_and_nothing_else(
    program: Callable[[str], Path], daemon: FakeDaemon, pipe: int
) -> None:
    done = run(program, daemon, "n0", "--", "sh", "-c", "readlink /proc/$$/fd/* | grep -c socket; : {fd:n0}")
    assert done.stdout == "0\n"


def test_signals_are_as_they_were(program: Callable[[str], Path], daemon: FakeDaemon, pipe: int) -> None:
    done = run(program, daemon, "n0", "--", "sh", "-c", "grep SigIgn /proc/$$/status; : {fd:n0}")
    ignored = int(done.stdout.split()[1], 16)
    assert not ignored & (1 << 12 | 1 << 24), "SIGPIPE (13) and SIGXFSZ (25), which Python ignores"


@pytest.mark.parametrize(
    ("command", "code", "reason"),
    [("/no/such/program", 127, "No such file or directory"), ("/etc/passwd", 126, "Permission denied")],
)
def test_a_program_that_cannot_be_started(
    program: Callable[[str], Path], daemon: FakeDaemon, pipe: int, command: str, code: int, reason: str
) -> None:
    done = run(program, daemon, "n0", "--", command, "{fd:n0}")
    assert (done.returncode, done.stderr) == (code, f"netctl: cannot start {command}: {reason}\n")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["n0"], "run: no '--' before the program"),
        (["--", "kvm"], "run: which NIC?"),
        (["n0", "--"], "run: which program?"),
        (["n0", "n0", "--", "kvm"], "run: a NIC can be given only once"),
        (["n0", "--", "vmm"], "say where in its arguments NIC n0 goes"),
    ],
)
def test_usage(netctl: Netctl, daemon: FakeDaemon, words: list[str], reason: str) -> None:
    done = netctl("-s", str(daemon.path), "run", *words)
    assert done.code == 2
    assert reason in done.err
    assert daemon.asked == []


def test_a_nic_that_is_refused(netctl: Netctl, daemon: FakeDaemon) -> None:
    daemon.answers["nic-open"] = Error("NIC 'n0' is held by process 4711")
    done = netctl("-s", str(daemon.path), "run", "n0", "--", "kvm")
    assert (done.code, done.err) == (1, "netctl: NIC 'n0' is held by process 4711\n")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_its_own_help(netctl: Netctl, option: str) -> None:
    done = netctl("-s", "/nowhere", "run", option)
    assert done.code == 0
    assert done.out.startswith("usage: netctl run NIC… -- PROGRAM ARGS\n")


@pytest.mark.kernel
@pytest.mark.qemu
@pytest.mark.parametrize("queues", [1, 2])
def test_qemu_starts_with_its_nic(
    program: Callable[[str], Path], daemon: FakeDaemon, tmp_path: Path, queues: int
) -> None:
    descriptors = tap("nicport", queues)
    daemon.answers["nic-open"] = OPEN | {
        "queues": queues,
        "properties": {"romfile": "", "bus": "pci.0", "addr": "1e.0"},
    }
    daemon.descriptors["nic-open"] = descriptors
    with start_qemu(program, daemon, tmp_path), Client(str(tmp_path / "qmp")) as client:
        text = client.execute("human-monitor-command", {"command-line": "info network"})
        pci = json.dumps(client.execute("query-pci"))
        client.execute("quit")
    for descriptor in descriptors:
        os.close(descriptor)
    assert text.startswith("n0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56\r\n")
    assert text.count(": index=0,type=tap,fd=") + text.count(": index=1,type=tap,fd=") == queues
    assert '"slot": 30' in pci


def start_qemu(program: Callable[[str], Path], daemon: FakeDaemon, tmp_path: Path) -> subprocess.Popen[Any]:
    """QEMU by ``netctl run``, its QMP socket already listening at ``tmp_path / "qmp"``."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "qmp"))
        listener.listen()
        command = [str(program("netctl.main")), "-s", str(daemon.path), "run", "n0", "--"]
        chardev = f"socket,id=q,fd={listener.fileno()},server=on,wait=off"
        return subprocess.Popen(
            [*command, *QEMU, "-chardev", chardev, "-M", "pc", "-S", "-m", "64"],
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
        )
