"""QEMU as it is, started by a user who is no root, gets its NIC through ``netd-bridge-helper``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.guests.image import Image
from tests.guests.lab import (
    GROUP,
    OPERATOR,
    PROGRAMS,
    Container,
    End,
    Lab,
    do,
    fetch,
    lab,
    look,
    reaches,
    serve,
)
from tests.support.guest import Guest

pytestmark = [pytest.mark.guests]

HELPER = str(PROGRAMS / "netd-bridge-helper")
MACHINE, CONTAINER = "192.0.2.10", "192.0.2.12"
NO_NIC = "netd-bridge-helper: no NIC of that id: nosuch (netctl query-network lists them)\n"


class Pair(NamedTuple):
    """A machine and a container on a hub."""

    lab: Lab
    machine: Guest
    container: Container


@pytest.fixture(scope="module")
def pair(guest_image: Image) -> Iterator[Pair]:
    with (
        lab(guest_image) as it,
        it.plugged("n0", "virtio-net-pci", hub=0),
        it.container("c0", f"ip={CONTAINER}/24", hub=0) as container,
    ):
        device = f"virtio-net-pci,netdev=b,mac={it.nic('n0')['mac']}"
        socket = f"NETD_SOCKET={it.daemon.socket}"
        machine = it.operators(*bridge("n0"), "-device", device, name="n0", prefix=["env", socket])
        with it.boot(machine):
            machine.address("eth0", f"{MACHINE}/24")
            yield Pair(it, machine, container)


def bridge(nic: str) -> list[str]:
    """What QEMU is told."""
    return ["-netdev", f"bridge,id=b,br={nic},helper={HELPER}"]


def complaint(it: Lab, *command: str, groups: Sequence[str] = (GROUP,)) -> str:
    """What the operator's program says that does not get its NIC; it must end with 1."""
    end: End = do(command, user=OPERATOR, groups=groups, env={"NETD_SOCKET": str(it.daemon.socket)})
    assert (end.code, end.output) == (1, ""), end
    return end.complaint


def qemu(nic: str) -> list[str]:
    """A QEMU that is nothing but a NIC's holder."""
    return ["qemu-system-x86_64", "-M", "none", "-nodefaults", "-display", "none", *bridge(nic)]


def test_the_machine_is_on_its_hub(pair: Pair) -> None:
    assert reaches(pair.machine, CONTAINER)
    assert reaches(pair.container, MACHINE)


def test_what_is_sent_arrives_unchanged(pair: Pair, tmp_path: Path) -> None:
    checksum = serve(pair.machine)
    assert fetch(pair.container, MACHINE) == checksum
    with pair.container.serving(tmp_path) as checksum:
        assert fetch(pair.machine, CONTAINER) == checksum


def test_qemu_and_not_its_helper_holds_the_nic(pair: Pair) -> None:
    nic = pair.lab.nic("n0")
    assert (nic["attached"], nic["pid"]) == (True, pair.machine.pid)
    assert look(pair.machine, "address") == [nic["mac"]]
    assert Path(f"/proc/{pair.machine.pid}").stat().st_uid != 0


def test_a_nic_that_is_held_is_refused_naming_its_holder(pair: Pair) -> None:
    reason = f"netd-bridge-helper: NIC 'n0' is held by process {pair.machine.pid} (qemu-system-x86)\n"
    assert complaint(pair.lab, *qemu("n0")).startswith(reason)
    assert reaches(pair.machine, CONTAINER)


def test_a_stranger_is_refused_with_the_reason(pair: Pair) -> None:
    with pair.lab.plugged("n1", "virtio-net-pci", hub=0):
        reason = (
            f"netd-bridge-helper: User '{OPERATOR}' may not use netd: "
            f"it takes root or a member of group '{GROUP}'\n"
        )
        assert complaint(pair.lab, *qemu("n1"), groups=()).startswith(reason)
        assert pair.lab.nic("n1")["attached"] is False


def test_a_nic_that_does_not_exist_is_named(pair: Pair) -> None:
    assert complaint(pair.lab, HELPER, "--use-vnet", "--br=nosuch", "--fd=0") == NO_NIC
    assert complaint(pair.lab, *qemu("nosuch")).startswith(NO_NIC)


def test_a_nic_of_several_queues_is_refused_and_stays_free(pair: Pair) -> None:
    with pair.lab.plugged("n1", "virtio-net-pci,mq=on,queues=2", hub=0):
        reason = (
            "netd-bridge-helper: NIC n1 has 2 queues, and only one can go this way: "
            "netctl run n1 -- qemu-system-…\n"
        )
        assert complaint(pair.lab, *qemu("n1")).startswith(reason)
        assert pair.lab.nic("n1")["attached"] is False
