"""How netd ends, and what is there afterwards."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.client import Client
from tests.live.conftest import StartDaemon
from tests.live.lab import Lab, fabric_of, links
from tests.support.daemon import Daemon
from tests.support.hosts import Host
from tests.support.left_behind import started_here

pytestmark = pytest.mark.kernel

MakeLab = Callable[[Daemon], Lab]


def end(lab: Lab, way: str) -> None:
    """End a netd; it must end well."""
    if way == "quit":
        lab.qmp.cmd("quit")
    elif way == "human quit":
        assert lab.qmp.hmp("quit") == ""
    lab.daemon.stop(getattr(signal, way, 0))


def two_guests(lab: Lab) -> tuple[Host, Host]:
    """Guests that can ping each other, c1 and c2; the one that is returned first is the first."""
    guests = lab.guest("c1"), lab.guest("c2")
    plug(lab, guests)
    return guests


def plug(lab: Lab, guests: tuple[Host, Host]) -> None:
    """Put guests on hub 0, and see that they can ping each other."""
    for number, guest in enumerate(guests, 1):
        lab.veth(f"c{number}", 0, guest, ip=f"192.0.2.{number}/24")
    ping(guests[0])


def ping(guest: Host) -> None:
    """Ping the other guest from the first."""
    guest.run("ping", "-c", "1", "-W", "5", "192.0.2.2")


def processes_of(daemon: Daemon) -> list[str]:
    """The command lines that name the daemon's directory."""
    return [command for _, command in started_here() if str(daemon.directory) in command]


@pytest.mark.parametrize("way", ["quit", "human quit", "SIGTERM", "SIGINT"])
def test_nothing_is_left(host: Host, lab: Lab, way: str) -> None:
    fabric = lab.fabric
    guests = two_guests(lab)
    lab.tap("n0", 0)
    lab.tap("n1", 1)
    assert fabric.exists()
    end(lab, way)
    assert not fabric.exists()
    assert not lab.daemon.socket.exists()
    assert [links(place) for place in (host, *guests)] == [[], [], []]
    assert processes_of(lab.daemon) == []
    assert str(fabric) not in Path("/proc/self/mountinfo").read_text()


@pytest.mark.parametrize("way", ["quit", "SIGTERM"])
def test_a_tap_that_a_vmm_holds_goes_with_the_vmm(lab: Lab, way: str) -> None:
    inside = lab.inside()
    lab.tap("n0", 0)
    lab.tap("n1", 0)
    with Client(lab.daemon.socket) as vmm:
        vmm.cmd("nic-open", id="n0")
        end(lab, way)
        (left,) = inside.links()
        assert left.startswith("~")
        assert not lab.fabric.exists()
    assert inside.links() == []


@pytest.mark.parametrize(("way", "reason"), [("quit", "host-qmp-quit"), ("SIGINT", "host-signal")])
def test_every_client_hears_of_the_end(lab: Lab, way: str, reason: str) -> None:
    with lab.daemon.qmp() as other, lab.daemon.qmp(negotiate=False) as silent:
        end(lab, way)
        for qmp in (lab.qmp, other):
            assert qmp.event("SHUTDOWN")["data"] == {"guest": False, "reason": reason}
            assert qmp.at_end()
        assert silent.at_end(), "who has not negotiated hears no event"


@pytest.mark.parametrize("way", ["quit", "SIGTERM", "SIGINT"])
def test_kept_networks_go_on_and_the_next_netd_starts(start: StartDaemon, labs: MakeLab, way: str) -> None:
    lab = labs(start(keep=True))
    inside = lab.inside()
    guests = two_guests(lab)
    lab.tap("n0", 0)
    end(lab, way)
    assert inside.links() == ["_hub0", "c1", "c2", "n0"]
    assert not lab.daemon.socket.exists()
    ping(guests[0])
    again = labs(start(directory=lab.daemon.directory))
    assert again.clients() == []
    assert [links(guest) for guest in guests] == [[], []]
    plug(again, guests)
    end(again, "SIGTERM")
    assert not lab.fabric.exists()


@pytest.mark.parametrize("keep", [False, True])
def test_teardown_removes_everything_in_either_mode(start: StartDaemon, labs: MakeLab, keep: bool) -> None:
    lab = labs(start(keep=keep))
    inside = lab.inside()
    guests = two_guests(lab)
    lab.tap("n0", 1)
    lab.qmp.cmd("teardown")
    assert [lab.qmp.event("DEVICE_DELETED")["data"]["device"] for _ in range(3)] == ["c1", "c2", "n0"]
    assert (lab.clients(), inside.links()) == ([], [])
    assert [links(guest) for guest in guests] == [[], []]
    plug(lab, guests)
    lab.qmp.cmd("teardown")
    end(lab, "SIGTERM")
    assert inside.links() == []
    assert [links(guest) for guest in guests] == [[], []]


def test_after_a_crash_the_next_netd_starts_clean(start: StartDaemon, labs: MakeLab) -> None:
    lab = labs(start())
    inside = lab.inside()
    guests = two_guests(lab)
    lab.tap("n0", 0)
    lab.tap("n1", 0)
    with Client(lab.daemon.socket) as vmm:
        vmm.cmd("nic-open", id="n0")
        lab.daemon.kill()
        ping(guests[0])
        lab.daemon.start()
        again = labs(lab.daemon)
        (given_up,) = inside.links()
        assert given_up.startswith("~")
        assert again.clients() == []
        assert "removed what an earlier netd left" in again.daemon.log
        plug(again, guests)
        again.opened("n0", 0)
    assert inside.links() == ["_hub0", "c1", "c2", "n0"]


def test_a_signal_at_once_after_the_start_ends_it_as_well(start: StartDaemon) -> None:
    daemon = start()
    daemon.stop(signal.SIGTERM)
    assert not fabric_of(daemon).exists()


def test_the_service_manager_is_told(lab: Lab, notify_socket: socket.socket) -> None:
    path = lab.daemon.directory / "notify"  # where it has heard READY=1
    path.unlink(missing_ok=True)
    notify_socket.bind(str(path))
    end(lab, "SIGTERM")
    assert notify_socket.recv(100) == b"STOPPING=1"
