"""Who may do what, asked by processes of other users."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.live.client import Client
from tests.live.conftest import StartDaemon
from tests.live.lab import Lab, links
from tests.support.daemon import Daemon
from tests.support.process import finish, spawn

pytestmark = pytest.mark.kernel

USER = "nobody"
GROUP = "daemon"
"""A group that every Debian has, and that nobody is in."""

STRANGER_TEXT = f"User '{USER}' may not use netd: it takes root or a member of group '{GROUP}'"


@pytest.fixture
def daemon(start: StartDaemon) -> Daemon:
    return start(config=f'group = "{GROUP}"')


@pytest.fixture
def stranger(daemon: Daemon) -> Iterator[Client]:
    with Client(daemon.socket, user=USER) as client:
        yield client


@pytest.fixture
def operator(daemon: Daemon) -> Iterator[Client]:
    with Client(daemon.socket, user=USER, groups=[GROUP]) as client:
        yield client


@pytest.fixture
def rootless() -> Iterator[int]:
    """A process of the user's in a network namespace of its own, as a rootless container has one."""
    process = spawn(
        ["unshare", "--user", "--map-root-user", "--net", "--", "sh", "-c", "echo ready; exec sleep 1000"],
        user=USER,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"ready\n"
        yield process.pid
        finish(process)


def takes_root(command: str) -> str:
    return f"User '{USER}' may not use '{command}': it takes root"


def test_a_stranger_is_refused_everything_and_told_why(lab: Lab, stranger: Client) -> None:
    lab.tap("n0", 0)
    before = lab.network()
    commands = [command["name"] for command in lab.qmp.cmd("query-commands")]
    commands.remove("qmp_capabilities")
    assert {stranger.refusal(name) for name in commands} == {STRANGER_TEXT}
    line = {"command-line": "info network"}
    assert stranger.refusal("human-monitor-command", **line) == STRANGER_TEXT
    assert stranger.refusal("nic-open", id="n0") == STRANGER_TEXT
    assert lab.network() == before


CROWD = """
import socket, sys
sessions, greeting = [], b"{"
while greeting:
    sessions.append(socket.socket(socket.AF_UNIX))
    sessions[-1].connect(sys.argv[1])
    try:
        greeting = sessions[-1].recv(1)
    except ConnectionResetError:
        greeting = b""
print(len(sessions) - 1, flush=True)
input()
"""


def test_strangers_cannot_crowd_others_out(lab: Lab) -> None:
    command = [sys.executable, "-c", CROWD, str(lab.daemon.socket)]
    crowd = spawn(command, user=USER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert crowd.stdin is not None
    assert crowd.stdout is not None
    with crowd.stdin, crowd.stdout:
        assert crowd.stdout.readline() == b"16\n"
        with Client(lab.daemon.socket, user=USER, groups=[GROUP]) as operator:
            assert operator.cmd("query-name") == {}
        finish(crowd)
    with Client(lab.daemon.socket, user=USER) as stranger:
        assert stranger.refusal("query-name") == STRANGER_TEXT


def test_strangers_cannot_send_much(stranger: Client) -> None:
    stranger.send(f"'{' ' * 70_000}''")
    assert stranger.reply()["error"]["desc"] == "JSON token size limit exceeded"
    stranger.send('{"execute": "query-name", "id": "last"}')
    while (reply := stranger.reply()).get("id") != "last":
        assert reply["error"]["class"] == "GenericError"
    assert reply["error"]["desc"] == STRANGER_TEXT


def test_a_member_of_the_group_operates(lab: Lab, operator: Client) -> None:
    lab.veth("c0", 0)
    operator.cmd("netdev_add", type="hubport", id="h1", hubid=0)
    operator.cmd("device_add", driver="e1000", id="n1", netdev="h1")
    operator.cmd("set_link", name="c0", up=False)
    assert operator.cmd("nic-open", id="n1")["vnet-hdr"] is True
    assert lab.client("n1")["pid"] == operator.pid
    assert operator.hmp("netdev_add hubport,id=h2,hubid=1") == ""
    operator.cmd("nic-plug", id="n1", netdev="h2")
    operator.cmd("announce-self", initial=50, max=50, rounds=1, step=0)
    assert operator.hmp("info network") == lab.qmp.hmp("info network")
    assert [client["id"] for client in operator.cmd("query-network")["clients"]] == lab.clients()
    operator.cmd("device_del", id="n1")
    operator.cmd("netdev_del", id="h2")
    operator.cmd("device_del", id="c0")  # also what root has put into a namespace of root's


@pytest.mark.parametrize("command", ["quit", "teardown"])
def test_a_member_of_the_group_does_not_end_it(lab: Lab, operator: Client, command: str) -> None:
    lab.tap("n0", 0)
    assert operator.refusal(command) == takes_root(command)
    for line in {"quit": ("quit", "q"), "teardown": ()}[command]:
        assert operator.hmp(line) == f"Error: {takes_root('quit')}\r\n"
    assert lab.clients() == ["p-n0", "n0"]


def test_a_member_of_the_group_does_not_reach_into_others_namespaces(lab: Lab, operator: Client) -> None:
    guest = lab.guest("guest")
    sleeper = guest.popen("sleep", "1000")
    lab.port("h0", 0)
    ways = (guest.path, str(sleeper.pid), f"/proc/{sleeper.pid}/ns/net", "/proc/self/ns/net", lab.fabric.name)
    for where in ways:
        reason = f"Network namespace '{where}' is not user '{USER}'s own: it takes root to put a NIC there"
        properties = {"driver": "veth", "id": "c0", "netdev": "h0", "netns": where}
        assert operator.refusal("device_add", **properties) == reason
        options = ",".join(f"{key}={value}" for key, value in properties.items() if key != "driver")
        assert operator.hmp(f"device_add veth,{options}") == f"Error: {reason}\r\n"
    assert links(guest) == []
    assert lab.clients() == ["h0"]


def test_a_member_of_the_group_reaches_into_its_own_namespace(
    lab: Lab, operator: Client, rootless: int
) -> None:
    neighbour = lab.veth("c1", 0, ip="192.0.2.2/24")
    lab.port("h0", 0)
    operator.cmd("device_add", driver="veth", id="c0", netdev="h0", netns=str(rootless), ip="192.0.2.1/24")
    shown = lab.client("c0")
    assert (shown["attached"], shown["pid"]) == (True, rootless)
    neighbour.run("ping", "-c", "1", "-W", "5", "192.0.2.1")
    operator.cmd("device_del", id="c0")


def test_root_does_everything(lab: Lab, rootless: int) -> None:
    lab.port("h0", 0)
    lab.qmp.cmd("device_add", driver="veth", id="c0", netdev="h0", netns=str(rootless))
    lab.qmp.cmd("teardown")
    lab.qmp.cmd("quit")
    lab.daemon.stop(0)


def test_a_group_that_is_not_there_is_nobodys(start: StartDaemon, labs: Callable[[Daemon], Lab]) -> None:
    daemon = start(config='group = "no-such-group"')
    with Client(daemon.socket, user=USER, groups=[GROUP]) as client:
        assert "a member of group 'no-such-group'" in client.refusal("query-version")
    assert labs(daemon).clients() == []
