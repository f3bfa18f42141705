"""Real guests in a lab: they reach whom they should, whatever is done to their neighbours."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.guests.image import Image
from tests.guests.lab import (
    Container,
    Lab,
    Station,
    all_reach,
    cpu,
    fetch,
    lab,
    look,
    pinging,
    reaches,
    serve,
)
from tests.support.guest import Guest

pytestmark = [pytest.mark.guests]

ADDRESSES = {"n0": "192.0.2.10", "n1": "192.0.2.11", "c0": "192.0.2.12"}
VISITOR = "192.0.2.13"
"""A guest that a test adds to these three."""

ELSEWHERE = "192.0.2.20"
"""A guest on another hub."""

STATE = ("carrier", "operstate", "carrier_changes")
RECEIVED = "statistics/rx_packets"


class Three(NamedTuple):
    """Three guests on hub 0: a virtio-net-pci, an e1000, and a container; and one alone on hub 1."""

    lab: Lab
    n0: Guest
    n1: Guest
    c0: Container
    alone: Container

    @property
    def stations(self) -> dict[str, Station]:
        """Those of hub 0, by address."""
        return {address: self.station(name) for name, address in ADDRESSES.items()}

    def station(self, name: str) -> Station:
        """The guest that holds a NIC."""
        station: Station = getattr(self, name)
        return station

    def bystanders(self, name: str) -> tuple[Guest, str]:
        """The others of hub 0: one to ping from, and the address of the other."""
        pinger = self.n1 if name == "n0" else self.n0
        return pinger, ADDRESSES["n1" if name == "c0" else "c0"]


@pytest.fixture(scope="module")
def three(guest_image: Image) -> Iterator[Three]:
    with (
        lab(guest_image) as it,
        it.plugged("n0", "virtio-net-pci", hub=0),
        it.plugged("n1", "e1000", hub=0),
        it.container("c0", f"ip={ADDRESSES['c0']}/24", hub=0) as c0,
        it.container("alone", f"ip={ELSEWHERE}/24", hub=1) as alone,
        it.boot(it.machine("n0"), it.machine("n1")) as (n0, n1),
    ):
        n0.address("eth0", f"{ADDRESSES['n0']}/24")
        n1.address("eth0", f"{ADDRESSES['n1']}/24")
        three = Three(it, n0, n1, c0, alone)
        all_reach(three.stations)
        yield three


def test_each_reaches_each_of_its_hub(three: Three) -> None:
    all_reach(three.stations)
    assert not three.n0.ping(ELSEWHERE)
    assert not three.alone.ping(ADDRESSES["n1"])


def test_machines_hold_their_nics_and_are_no_roots(three: Three) -> None:
    for name, guest in (("n0", three.n0), ("n1", three.n1)):
        nic = three.lab.nic(name)
        assert (nic["attached"], nic["pid"]) == (True, guest.pid)
        assert Path(f"/proc/{guest.pid}").stat().st_uid != 0


def test_what_is_sent_arrives_unchanged(three: Three, tmp_path: Path) -> None:
    sums = {"n0": serve(three.n0), "n1": serve(three.n1)}
    with three.c0.serving(tmp_path) as sums["c0"]:
        for one, other in permutations(ADDRESSES, 2):
            assert fetch(three.station(one), ADDRESSES[other]) == sums[other], (one, other)


@pytest.mark.parametrize("name", ["n0", "n1"])
def test_a_machine_is_cut_off_without_knowing_and_nobody_else_is(three: Three, name: str) -> None:
    cut: Guest = getattr(three, name)
    before = look(cut, *STATE)
    with pinging(*three.bystanders(name)):
        three.lab.netctl(f"set_link {name} off")
        three.c0.check("ip neighbour flush all")
        assert not cut.ping(ADDRESSES["c0"])
        assert three.lab.nic(name)["mac"] not in three.c0.check("ip neighbour"), "it has been heard"
        received = look(cut, RECEIVED)
        assert not three.c0.ping(ADDRESSES[name])
        assert look(cut, RECEIVED) == received, "it has heard something"
        assert look(cut, *STATE) == before
        assert three.lab.nic(name)["link"] is False
        three.lab.netctl(f"set_link {name} on")
    all_reach(three.stations)
    assert look(cut, *STATE) == before


def test_a_container_that_is_cut_off_sees_no_carrier(three: Three) -> None:
    with pinging(*three.bystanders("c0")):
        three.lab.netctl("set_link c0 off")
        assert "<NO-CARRIER,BROADCAST,MULTICAST,UP" in three.c0.check("ip link show eth0")
        assert not three.c0.ping(ADDRESSES["n0"])
        assert not three.n0.ping(ADDRESSES["c0"])
        three.lab.netctl("set_link c0 on")
        assert "NO-CARRIER" not in three.c0.check("ip link show eth0")
    all_reach(three.stations)


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_guest_moves_to_another_hub_and_its_interface_stays_up(three: Three, name: str) -> None:
    mover, (pinger, other) = three.station(name), three.bystanders(name)
    before = look(mover, *STATE)
    three.lab.netctl("netdev_add hubport,id=there,hubid=1")
    with pinging(pinger, other):
        three.lab.netctl(f"nic-plug {name} there")
        assert reaches(mover, ELSEWHERE)
        assert not mover.ping(other)
        assert not pinger.ping(ADDRESSES[name])
        assert (three.lab.nic(name)["hub"], look(mover, *STATE)) == (1, before)
        three.lab.netctl(f"nic-plug {name} h-{name}")
        three.lab.netctl("netdev_del there")
    all_reach(three.stations)
    assert not mover.ping(ELSEWHERE)
    assert look(mover, *STATE) == before


def test_a_killed_machine_disturbs_nobody_and_another_takes_its_nic(three: Three) -> None:
    with three.lab.plugged("n2", "virtio-net-pci", hub=0), pinging(*three.bystanders("n2")):
        for _ in range(2):
            with three.lab.boot(three.lab.machine("n2")) as (guest,):
                guest.address("eth0", f"{VISITOR}/24")
                assert reaches(guest, ADDRESSES["c0"])
                nic = three.lab.nic("n2")
                assert (nic["attached"], nic["pid"]) == (True, guest.pid)
                guest.kill()
                nic = three.lab.nic("n2")
                assert (nic["attached"], nic.get("pid")) == (False, None)


def as_e1000(it: Lab, nic: str) -> Guest:
    """A machine that says itself where its NIC goes, for netctl does not know its program."""
    arguments = ("-netdev", f"tap,id=x,fd={{fd:{nic}}}", "-device", f"e1000,netdev=x,mac={{mac:{nic}}}")
    return it.machine(nic, *arguments, prefix=("sh", "-c", 'exec "$@"', "vmm"))


def test_another_vmm_is_told_where_its_nic_is(three: Three) -> None:
    with three.lab.plugged("n2", "e1000", hub=0), three.lab.boot(as_e1000(three.lab, "n2")) as (guest,):
        guest.address("eth0", f"{VISITOR}/24")
        assert look(guest, "address") == [three.lab.nic("n2")["mac"]]
        assert all(reaches(guest, address) for address in ADDRESSES.values())
        checksum = serve(guest)
        assert fetch(three.c0, VISITOR) == checksum


def test_a_nic_that_a_machine_holds_is_refused_to_another(three: Three) -> None:
    reason = three.lab.refused("run", "n1", "--", "qemu-system-x86_64")
    assert reason == f"netctl: NIC 'n1' is held by process {three.n1.pid} (qemu-system-x86)\n"
    assert reaches(three.n1, ADDRESSES["n0"])


@pytest.mark.parametrize(
    ("device", "processors"), [("e1000", "1"), ("virtio-net-pci,mq=on,queues=2", "2")], ids=["e1000", "mq"]
)
def test_a_machine_whose_nic_is_removed_rests_and_the_id_is_free(
    three: Three, device: str, processors: str
) -> None:
    with three.lab.plugged("n2", device, hub=0):
        with three.lab.boot(three.lab.machine("n2", "-smp", processors)) as (guest,):
            guest.address("eth0", f"{VISITOR}/24")
            assert reaches(guest, ADDRESSES["c0"])
            three.lab.netctl("device_del n2")
            three.lab.netctl(f"device_add {device},id=n2,netdev=h-n2")
            assert three.lab.nic("n2")["attached"] is False
            assert not guest.ping(ADDRESSES["c0"])
            began, used = time.monotonic(), cpu(guest)
            three.c0.check(f"ping -c 20 -i 0.1 {ADDRESSES['n0']}")
            assert cpu(guest) - used < (time.monotonic() - began) / 4, "QEMU is busy with a dead tap"
            assert guest.check("echo alive") == "alive\n"
            assert given_up(three.lab), "the tap went before the machine that holds it"
        assert not given_up(three.lab), "the tap outlived the machine"


def given_up(it: Lab) -> list[str]:
    """The taps of removed NICs that machines still hold."""
    return [port for port in it.ports() if port.startswith("~")]


class Wide(NamedTuple):
    """Two virtio machines and a container with jumbo frames; one machine has two queues."""

    mq0: Guest
    j0: Guest
    container: Container


WIDE = {"mq0": "198.51.100.1", "j0": "198.51.100.2", "c1": "198.51.100.3"}
JUMBO = 8900
"""Bytes of ping's data that fit into one frame of these, and into no other."""


@pytest.fixture(scope="module")
def wide(three: Three) -> Iterator[Wide]:
    it = three.lab
    with (
        it.plugged("mq0", "virtio-net-pci,mq=on,queues=2,host_mtu=9000", hub=2),
        it.plugged("j0", "virtio-net-pci,host_mtu=9000", hub=2),
        it.container("c1", f"ip={WIDE['c1']}/24,mtu=9000", hub=2) as container,
        it.boot(it.machine("mq0", "-smp", "2"), it.machine("j0")) as (mq0, j0),
    ):
        mq0.address("eth0", f"{WIDE['mq0']}/24")
        j0.address("eth0", f"{WIDE['j0']}/24")
        yield Wide(mq0, j0, container)


def test_a_machine_has_the_queues_of_its_nic_and_uses_them(wide: Wide) -> None:
    assert wide.mq0.check("ls /sys/class/net/eth0/queues").split() == ["rx-0", "rx-1", "tx-0", "tx-1"]
    assert wide.j0.check("ls /sys/class/net/eth0/queues").split() == ["rx-0", "tx-0"]
    assert reaches(wide.container, WIDE["mq0"])
    checksum, before = serve(wide.mq0), received_on_queues(wide.mq0)
    assert len(before) == 2
    for _ in range(32):  # the kernel chooses a queue for each TCP connection by chance
        assert fetch(wide.container, WIDE["mq0"]) == checksum
        if all(now > then for now, then in zip(received_on_queues(wide.mq0), before, strict=True)):
            break
    else:
        pytest.fail("one queue received nothing")


def received_on_queues(guest: Guest) -> list[int]:
    """How many interrupts a virtio NIC has raised for each of its queues that receive."""
    lines = re.findall(r"\d+:((?: +\d+)+) .*virtio\d+-input\.\d+", guest.check("cat /proc/interrupts"))
    return [sum(map(int, counts.split())) for counts in lines]


def test_jumbo_frames_pass_a_hub(wide: Wide) -> None:
    stations: dict[str, Station] = {WIDE["mq0"]: wide.mq0, WIDE["j0"]: wide.j0, WIDE["c1"]: wide.container}
    for one, other in permutations(stations, 2):
        assert look(stations[one], "mtu") == ["9000"]
        assert reaches(stations[one], other, size=JUMBO)
