from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from netctl.client import DEFAULT_SOCKET, Client, socket_path
from netctl.errors import Refused, Unreachable
from tests.netctl.fake_daemon import Error, FakeDaemon


def test_the_socket_is_the_default_unless_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NETD_SOCKET", raising=False)
    assert socket_path() == DEFAULT_SOCKET == "/run/netd/netd.sock"
    monkeypatch.setenv("NETD_SOCKET", "/tmp/other.sock")
    assert socket_path() == "/tmp/other.sock"


def test_a_command_and_its_answer(daemon: FakeDaemon) -> None:
    daemon.answers["query-name"] = {"name": "labhost"}
    with Client(str(daemon.path)) as client:
        assert client.execute("query-name") == {"name": "labhost"}
        assert client.execute("query-name", {"a": 1}) == {"name": "labhost"}
    assert daemon.asked == [("qmp_capabilities", {}), ("query-name", {}), ("query-name", {"a": 1})]


def test_a_refusal_carries_text_and_class(daemon: FakeDaemon) -> None:
    daemon.answers["netdev_del"] = Error("Device 'x' not found", "DeviceNotFound")
    with Client(str(daemon.path)) as client, pytest.raises(Refused, match="Device 'x' not found") as caught:
        client.execute("netdev_del", {"id": "x"})
    assert caught.value.qmp_class == "DeviceNotFound"


@pytest.mark.qemu
def test_what_the_parser_refuses_is_told_and_the_session_over(qemu: str) -> None:
    with Client(qemu) as client:
        with pytest.raises(Refused, match="JSON parse error"):
            client.execute("query-name", {"a": ["\ud800"]})
        assert client.has_ended()


def test_events_between_are_no_replies(daemon: FakeDaemon) -> None:
    daemon.events = [{"event": "STOP", "timestamp": {"seconds": 1, "microseconds": 2}}] * 3
    daemon.answers["query-name"] = {}
    with Client(str(daemon.path)) as client:
        assert client.execute("query-name") == {}


def test_events_come_in_order(daemon: FakeDaemon) -> None:
    daemon.events = [{"event": name} for name in ("A", "B", "C")]
    with Client(str(daemon.path)) as client:
        events = client.events()
        assert [next(events)["event"] for _ in range(3)] == ["A", "B", "C"]


def test_an_answer_of_many_megabytes_comes_whole(daemon: FakeDaemon) -> None:
    big: Any = [{"name": "x" * 1000}] * 5000
    daemon.answers["query-big"] = big
    with Client(str(daemon.path)) as client:
        assert client.execute("query-big") == big


def test_descriptors_come_with_their_reply(daemon: FakeDaemon) -> None:
    reading, writing = os.pipe()
    daemon.answers["nic-open"] = {"id": "n0"}
    daemon.descriptors["nic-open"] = [writing, writing]
    with Client(str(daemon.path)) as client:
        answer, descriptors = client.execute_for_descriptors("nic-open", {"id": "n0"})
    os.close(writing)
    assert answer == {"id": "n0"}
    assert len(descriptors) == 2
    assert not any(map(os.get_inheritable, descriptors))
    os.write(descriptors[1], b"hello")
    for descriptor in descriptors:
        os.close(descriptor)
    assert os.read(reading, 10) == b"hello"
    os.close(reading)


def test_descriptors_nobody_wants_are_closed(daemon: FakeDaemon) -> None:
    reading, writing = os.pipe()
    daemon.answers["nic-open"] = {}
    daemon.descriptors["nic-open"] = [writing]
    with Client(str(daemon.path)) as client:
        client.execute("nic-open")
    os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_a_session_that_was_hung_up_on_knows(daemon: FakeDaemon) -> None:
    daemon.events = [{"event": "STOP"}]
    with Client(str(daemon.path)) as client:
        assert next(client.events())
        assert not client.has_ended()
        daemon.hang_up()
        assert client.has_ended()
        with pytest.raises(Unreachable, match="ended the session"):
            client.execute("query-name")


def test_no_socket(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=rf"no socket {tmp_path}/none: is netd running\?.*NETD_SOCKET"):
        Client(f"{tmp_path}/none")


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(f"{tmp_path}/dead")
    with pytest.raises(Unreachable, match="netd has ended; start it again"):
        Client(f"{tmp_path}/dead")


def test_another_reason_is_told_as_the_kernel_has_it(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"cannot connect to .*: AF_UNIX path too long"):
        Client(f"{tmp_path}/{'x' * 200}")


def test_no_permission_names_the_group_to_join(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "netd.sock"
    path.touch()

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("netctl.client.socket.socket.connect", denied)
    with pytest.raises(Unreachable, match=r"join its group \(usermod -aG \w+ \$USER"):
        Client(str(path))
    with pytest.raises(Unreachable, match="usermod -aG netd "):
        Client("/nowhere/at/all")


@pytest.mark.parametrize("bytes_", [b"SSH-2.0-x\r\n", b'{"hello": 1}\r\n', b"[1]\r\n"])
def test_another_protocol_is_recognised(tmp_path: Path, bytes_: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/other")
        listener.listen()
        other = Replier(listener, bytes_)
        with pytest.raises(Unreachable, match="does not speak QMP"):
            Client(f"{tmp_path}/other")
        other.close()


def test_only_one_who_asks_for_it_has_a_time_limit(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/silent")
        listener.listen()
        with pytest.raises(Unreachable, match="does not answer"):
            Client(f"{tmp_path}/silent", timeout=0.01)


class Replier:
    """Says one thing to the first who connects."""

    def __init__(self, listener: socket.socket, data: bytes) -> None:
        self._thread = threading.Thread(target=self._reply, args=[listener, data])
        self._thread.start()

    def _reply(self, listener: socket.socket, data: bytes) -> None:
        session, _ = listener.accept()
        with session:
            session.sendall(data)
            session.recv(1)

    def close(self) -> None:
        self._thread.join()


@pytest.mark.qemu
def test_qemu_speaks_the_same_protocol(qemu: str) -> None:
    with Client(qemu) as client:
        assert client.execute("query-version")["qemu"]["major"] >= 7
        with pytest.raises(Refused, match="The command nosuch has not been found") as caught:
            client.execute("nosuch")
        assert caught.value.qmp_class == "CommandNotFound"
        assert client.execute("system_reset") == {}  # an event comes before this reply
        assert client.execute("quit") == {}
