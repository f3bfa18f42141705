from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from netctl import bridge_helper
from netctl.bridge_helper import Options
from netctl.client import Client
from netctl.errors import Refused, Usage
from tests.netctl.fake_daemon import Error, FakeDaemon
from tests.netctl.namespace import tap
from tests.netctl.test_run import OPEN


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, daemon: FakeDaemon) -> None:
    monkeypatch.setenv("NETD_SOCKET", str(daemon.path))


def test_the_command_line_is_qemu_bridge_helpers() -> None:
    assert bridge_helper.parse(["--use-vnet", "--fd=7", "--br=n0"]) == Options("n0", 7)
    assert bridge_helper.parse(["--br=n0", "--fd=7"]) == Options("n0", 7)


@pytest.mark.parametrize(
    "words", [[], ["--br=n0"], ["--fd=3"], ["--br=", "--fd=3"], ["--br=n0", "--fd=x"], ["--bogus"], ["n0"]]
)
def test_anything_else_is_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Usage):
        bridge_helper.parse(words)
    assert bridge_helper.main(words) == 1
    assert capsys.readouterr().err == "Usage: netd-bridge-helper [--use-vnet] --br=nic --fd=unixfd\n"


class Given(NamedTuple):
    """What the helper did, and what came over the socket."""

    code: int
    reason: str
    data: bytes
    descriptors: list[int]


HandOver = Callable[..., Given]


@pytest.fixture
def hand_over(program: Callable[[str], Path]) -> HandOver:
    def call(nic: str, *options: str) -> Given:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                fd = theirs.fileno()
                command = [str(program("netctl.bridge_helper")), *options, f"--br={nic}", f"--fd={fd}"]
                done = subprocess.run(command, pass_fds=[fd], stderr=subprocess.PIPE, text=True, check=False)
            data, descriptors, *_ = socket.recv_fds(ours, 10, 2)
        return Given(done.returncode, done.stderr.removeprefix("netd-bridge-helper: "), data, descriptors)

    return call


@pytest.fixture
def pipe(daemon: FakeDaemon) -> Iterator[int]:
    """The reading end of what ``nic-open`` hands over in place of a tap."""
    reading, writing = os.pipe()
    daemon.answers["nic-open"] = OPEN
    daemon.descriptors["nic-open"] = [writing]
    yield reading
    os.close(reading)
    os.close(writing)


def test_one_zero_byte_and_the_tap(daemon: FakeDaemon, pipe: int, hand_over: HandOver) -> None:
    given = hand_over("n0", "--use-vnet")
    assert (given.code, given.reason, given.data) == (0, "", b"\0")
    assert daemon.commands == [("nic-open", {"id": "n0"})]
    (descriptor,) = given.descriptors
    os.write(descriptor, b"a frame")
    os.close(descriptor)
    assert os.read(pipe, 10) == b"a frame"


def test_no_nic_of_that_id(daemon: FakeDaemon, hand_over: HandOver) -> None:
    daemon.answers["nic-open"] = Error("Device 'br0' not found", "DeviceNotFound")
    reason = "no NIC of that id: br0 (netctl query-network lists them)\n"
    assert hand_over("br0", "--use-vnet") == Given(1, reason, b"", [])


def test_a_nic_that_is_held(daemon: FakeDaemon, hand_over: HandOver) -> None:
    daemon.answers["nic-open"] = Error("NIC 'n0' is held by process 4711")
    assert hand_over("n0", "--use-vnet") == Given(1, "NIC 'n0' is held by process 4711\n", b"", [])


def test_a_nic_of_several_queues_does_not_fit(daemon: FakeDaemon, pipe: int, hand_over: HandOver) -> None:
    daemon.answers["nic-open"] = OPEN | {"queues": 2}
    daemon.descriptors["nic-open"] *= 2
    given = hand_over("n0", "--use-vnet")
    assert (given.code, given.data) == (1, b"")
    assert given.reason.startswith("NIC n0 has 2 queues, and only one can go this way: netctl run n0 -- ")


def test_no_daemon(monkeypatch: pytest.MonkeyPatch, hand_over: HandOver) -> None:
    monkeypatch.setenv("NETD_SOCKET", "/nowhere/netd.sock")
    given = hand_over("n0", "--use-vnet")
    assert given.code == 1
    assert given.reason.startswith("no socket /nowhere/netd.sock: is netd running?")


def test_no_socket_to_give_it_to(pipe: int, program: Callable[[str], Path]) -> None:
    command = [str(program("netctl.bridge_helper")), "--use-vnet", "--br=n0", f"--fd={pipe}"]
    done = subprocess.run(command, pass_fds=[pipe], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "failed to write fd to unix socket: Socket operation on non-socket" in done.stderr


@pytest.mark.kernel
@pytest.mark.qemu
@pytest.mark.parametrize("by_shell", [False, True])
def test_an_unmodified_qemu_gets_its_tap(
    daemon: FakeDaemon, qemu: str, program: Callable[[str], Path], by_shell: bool
) -> None:
    (descriptor,) = tap("nicport")
    daemon.answers["nic-open"] = OPEN
    daemon.descriptors["nic-open"] = [descriptor]
    helper = f"{program('netctl.bridge_helper')}"
    if by_shell:  # a helper with a blank in it is a shell's command
        helper = f"env NETD_SOCKET={daemon.path} {helper}"
    with Client(qemu) as client:
        client.execute("netdev_add", {"type": "bridge", "id": "b0", "br": "n0", "helper": helper})
        os.close(descriptor)
        text = client.execute("human-monitor-command", {"command-line": "info network"})
        client.execute("netdev_del", {"id": "b0"})
    assert text == f"b0: index=0,type=tap,helper={helper},br=n0\r\n"


@pytest.mark.qemu
def test_a_refusal_is_qemus_too(daemon: FakeDaemon, qemu: str, program: Callable[[str], Path]) -> None:
    daemon.answers["nic-open"] = Error("Device 'n9' not found", "DeviceNotFound")
    arguments = {"type": "bridge", "id": "b0", "br": "n9", "helper": str(program("netctl.bridge_helper"))}
    with Client(qemu) as client, pytest.raises(Refused, match="bridge helper failed"):
        client.execute("netdev_add", arguments)
