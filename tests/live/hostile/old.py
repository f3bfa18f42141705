"""Clients that mean harm, or die: netd goes on, the others do not notice, and nothing is leaked.

All of this is done to one netd, which must be as good after each as before.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from netd.kernel import syscalls
from tests.live.client import Client
from tests.live.lab import descriptors, until
from tests.support.daemon import Daemon
from tests.support.hosts import Host
from tests.support.qemu import Qemu
from tests.support.qmp import QmpClient, QmpError

pytestmark = pytest.mark.kernel

MIB = 1 << 20
MOST = 512 * MIB
"""What netd may take: twice what it lets all sessions hold together, by its own estimate."""

NETWORK = "hub 0\r\n \\ p0: n0: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:56\r\n"
QUESTION = b'{"execute": "query-name", "id": "still there?"}'
ANSWER = b'{"return": {}, "id": "still there?"}'
PROMPT = 0.1
"""Seconds in which a client that means no harm is answered, whatever another does; a median."""


@pytest.fixture(scope="module")
def netd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The one that suffers all of it, with a NIC on a hub."""
    directory = tmp_path_factory.mktemp("netns")
    with contextlib.ExitStack() as ends:
        ends.callback(syscalls.unmount, str(directory))  # a name in it makes it a mount
        place = Host(str(directory / "host"))
        ends.callback(place.close)
        daemon = ends.enter_context(Daemon(netns=place.path, log_level="info"))
        with daemon.qmp() as qmp:
            qmp.cmd("netdev_add", type="hubport", id="p0", hubid=0)
            qmp.cmd("device_add", driver="e1000", id="n0", netdev="p0")
        yield daemon


@pytest.fixture(autouse=True)
def nothing_left() -> None:
    """The daemon stays for the next test; what this one may have left is looked for in it."""


@pytest.fixture(autouse=True)
def unharmed(netd: Daemon) -> Iterator[None]:
    """Afterwards it answers, has the descriptors that it had, and not more memory than it should."""
    with netd.qmp() as other:
        other.cmd("query-name")
        opened, logged = len(descriptors(netd.pid)), len(netd.log)
        yield
        with netd.qmp() as new:
            assert other.hmp("info network") == new.hmp("info network") == NETWORK
    until(lambda: len(descriptors(netd.pid)) == opened, netd)  # who asks has taken the other's place
    assert netd.rss() < MOST
    assert "fault of netd's own" not in netd.log[logged:]


def storm(qmp: QmpClient, data: bytes) -> bytes:
    """Send anything and listen meanwhile; then the session must still answer a question. What was heard."""
    with qmp:
        to_send = memoryview(data + b"\xff" + QUESTION)
        heard = bytearray()
        qmp.socket.setblocking(False)
        while ANSWER not in heard[-200:]:
            readable, writable, _ = select.select([qmp.socket], [qmp.socket] if to_send else [], [], 60)
            assert readable or writable, "neither listens nor speaks"
            if writable:
                to_send = to_send[qmp.socket.send(to_send[:MIB]) :]
            if readable:
                received = qmp.socket.recv(MIB)
                assert received, "the session was ended"
                heard += received
    return bytes(heard)


# Bytes


def test_random_bytes(netd: Daemon) -> None:
    storm(netd.qmp(), random.Random(7).randbytes(MIB))


@pytest.mark.qemu
def test_random_bytes_are_answered_as_by_qemu(netd: Daemon) -> None:
    data = random.Random(8).randbytes(MIB // 16)
    with Qemu() as qemu:
        assert storm(netd.qmp(), data) == storm(qemu.qmp(), data)


def test_random_json(netd: Daemon) -> None:
    words = (
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b'"execute"',
        b"'id'",
        b"1",
        b"-0.5e9",
        b"null",
        b'"\\ud800"',
    )
    storm(netd.qmp(), b" ".join(random.Random(7).choices(words, k=100_000)))


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"execute":', b"]"])
def test_endless_brackets(netd: Daemon, opening: bytes) -> None:
    storm(netd.qmp(), opening * 20_000)


def message(kind: str) -> bytes:
    """A message that is big in its way."""
    match kind:
        case "string":
            return b'{"execute": "' + b"x" * (65 * MIB) + b'"}'
        case "digits":
            return b'{"execute": ' + b"7" * (20 * MIB) + b"}"
        case "list":
            return b'{"execute": "query-name", "arguments": {"a": [' + b"1," * 400_000 + b"1]}}"
        case "object":
            members = b"".join(b'"%x":0,' % number for number in range(200_000))
            return b'{"execute": "query-name", "arguments": {' + members + b'"x": 0}}'
        case "unfinished":
            return b'{"execute": "query-name", "id": "' + b"\\u00e9" * (2 * MIB)
    raise ValueError(kind)


@pytest.mark.parametrize("kind", ["string", "digits", "list", "object", "unfinished"])
def test_a_big_message_holds_nobody_up_and_memory_is_bounded(netd: Daemon, kind: str) -> None:
    data = message(kind)
    before = netd.rss()
    most = others_are_served_while(netd, lambda: storm(netd.qmp(), data))
    assert most - before < 256 * MIB


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("query-name", {"x" * MIB: 0}),
        ("device_add", {"driver": "e1000", "id": "n9", "x" * MIB: 0}),
        ("device_add", {"driver": "veth", "id": "c9", "netns": "/a\0b"}),
        (
            "device_add",
            {"driver": "veth", "id": "c9", "netns": "c", "ip": [f"10.0.{n}.1/24" for n in range(256)] * 9},
        ),
        (
            "device_add",
            {"driver": "veth", "id": "c9", "netns": "c", "ip": [f"10::{n:x}/64" for n in range(5000)]},
        ),
        ("netdev_add", {"type": "hubport", "id": "p9", "hubid": 9, "netdev": "x" * MIB}),
        ("announce-self", {"initial": 1, "max": 1, "rounds": 1, "step": 1, "interfaces": ["x"] * 100_000}),
        ("human-monitor-command", {"command-line": "netdev_add hubport," + "a.b=1," * 30_000}),
        ("human-monitor-command", {"command-line": "device_add e1000," + "," * 200_000}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_odd_arguments_are_answered_and_hold_nobody_up(netd: Daemon, command: str, arguments: Any) -> None:
    with netd.qmp() as qmp:
        others_are_served_while(netd, lambda: qmp.call(command, arguments))


def others_are_served_while(netd: Daemon, job: Callable[[], object]) -> int:
    """Do something, and see that another client is served in time; the most memory netd had meanwhile."""
    took, most = [], 0
    with running(job) as alive, netd.qmp() as other:
        while alive() or not took:
            started = time.monotonic()
            other.cmd("query-name")
            took.append(time.monotonic() - started)
            most = max(most, netd.rss())
    assert statistics.median(took) < PROMPT
    return most


@pytest.mark.parametrize("kind", ["unfinished messages", "requests that wait"])
def test_what_clients_hold_together_is_bounded(netd: Daemon, kind: str) -> None:
    clients, oob, data = {
        "unfinished messages": (7, False, b'{"execute": "' + b"x" * (60 * MIB)),
        "requests that wait": (1, True, b'{"execute": "query-name", "id": "%b"}' % (b"x" * 50 * MIB) * 10),
    }[kind]
    with contextlib.ExitStack() as stack, netd.qmp() as other:
        for _ in range(clients):
            qmp = stack.enter_context(QmpClient(netd.socket, oob=oob, timeout=5))
            with contextlib.suppress(TimeoutError):  # it may well stop reading
                qmp.socket.sendall(data)
            other.cmd("query-name")
        assert netd.rss() < MOST


def test_a_client_that_leaves_a_big_reply_unread_leaves_nothing(netd: Daemon) -> None:
    ask = b'{"execute": "query-name", "id": "' + b"x" * (32 * MIB) + b'"}'
    before = netd.rss()
    for _ in range(6):
        with netd.qmp() as qmp:
            qmp.socket.sendall(ask)
            assert qmp.socket.recv(1)
    until(lambda: netd.rss() - before < 4 * len(ask), netd)


@contextlib.contextmanager
def running(job: Callable[[], object]) -> Iterator[Callable[[], bool]]:
    """Do something in a thread; what the block gets tells whether it is still being done."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            job()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield thread.is_alive
    finally:
        thread.join()
    if failures:
        raise failures[0]


# Clients that die


@pytest.mark.parametrize(
    "text",
    [
        '{"execute": "query-ne',
        '{"execute": "query-network", "arguments": {"x": [[[{"y": "',
        '{"execute": "query-qmp-schema"}' * 10,
        '{"execute": "netdev_add", "arguments": {"type": "hubport", "id": "p9", "hubid": 9}}',
        '{"execute": "device_add", "arguments": {"driver": "e1000", "id": "n9"}}',
    ],
)
def test_a_client_is_killed_in_mid_command(netd: Daemon, text: str) -> None:
    with Client(netd.socket) as client:
        client.cmd("query-name")
        client.send(text)
        client.kill()
    settle(netd)


def settle(netd: Daemon) -> None:
    """Whatever was begun is done, wholly; take it away again."""
    with netd.qmp() as qmp:
        for client in reversed(qmp.cmd("query-network")["clients"]):
            if client["id"] not in ("p0", "n0"):
                qmp.cmd("device_del" if client["kind"] == "nic" else "netdev_del", id=client["id"])


def test_clients_go_at_any_moment_of_a_command(netd: Daemon) -> None:
    add = b'{"execute": "device_add", "arguments": {"driver": "e1000", "id": "n9"}}'
    delete = b'{"execute": "device_del", "arguments": {"id": "n9"}}'
    for round_ in range(40):
        with netd.qmp() as qmp:
            qmp.socket.sendall((add + delete) * 2 + add[: round_ % len(add)])
            for _ in range(round_ % 4):
                qmp.reply()
    settle(netd)


def test_500_sessions_at_once(netd: Daemon) -> None:
    with contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(netd.qmp()) for _ in range(500)]
        for number, qmp in enumerate(sessions):
            qmp.send(
                {
                    "execute": "netdev_add",
                    "arguments": {"type": "hubport", "id": f"s{number}", "hubid": number % 7},
                }
            )
        assert [qmp.reply() for qmp in sessions] == [{"return": {}}] * 500
        for qmp in sessions:
            qmp.send({"execute": "human-monitor-command", "arguments": {"command-line": "info network"}})
        assert len({qmp.reply()["return"] for qmp in sessions}) == 1
        for number, qmp in enumerate(sessions):
            qmp.send({"execute": "netdev_del", "arguments": {"id": f"s{number}"}})
        assert [qmp.reply() for qmp in sessions] == [{"return": {}}] * 500


# Clients that do not listen, and such that say too much


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


def test_thousands_of_pipelined_commands(netd: Daemon) -> None:
    count = 5000
    with (
        netd.qmp() as qmp,
        running(
            lambda: qmp.socket.sendall(
                b"".join(b'{"execute": "query-name", "id": %d}' % n for n in range(count))
            )
        ),
    ):
        assert [qmp.reply()["id"] for _ in range(count)] == list(range(count))


def test_pipelined_commands_of_an_oob_session(netd: Daemon) -> None:
    with (
        QmpClient(netd.socket, oob=True) as qmp,
        running(
            lambda: qmp.socket.sendall(
                b"".join(b'{"execute": "query-name", "id": %d}' % n for n in range(1000))
            )
        ),
    ):
        assert [qmp.reply()["id"] for _ in range(1000)] == list(range(1000))


# Descriptors


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


def test_connections_that_come_and_go(netd: Daemon) -> None:
    for _ in range(300):
        with socket.socket(socket.AF_UNIX) as hasty:
            hasty.connect(str(netd.socket))
