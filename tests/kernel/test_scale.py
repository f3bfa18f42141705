"""A big lab: it works, and what it costs is printed (``NETD_SCALE=1000 pytest -s`` for a really big one)."""

from __future__ import annotations

import os
import statistics
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from netd.kernel.links import LinkTable
from netd.plan.objects import Member, Up, Veth

pytestmark = pytest.mark.kernel


@contextmanager
def timed(what):
    start = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - start:.2f} s")


def each_timed(what, jobs):
    spent = []
    for job in jobs:
        start = time.perf_counter()
        job()
        spent.append((time.perf_counter() - start) * 1000)
    print(f"{what}: {sum(spent) / 1000:.2f} s, median {statistics.median(spent):.2f} ms")


NICS = int(os.environ.get("NETD_SCALE", "200"))


def test_ten_nics_on_each_of_many_hubs(lab):
    hubs = [lab.bridge(f"_hub{number}") for number in range(NICS // 10)]
    taps = [lab.tap(f"n{number}") for number in range(NICS)]
    nics = [[tap, Member(tap.name, f"_hub{n // 10}"), Up(tap.name)] for n, tap in enumerate(taps)]
    print()
    each_timed(f"{len(hubs)} hubs", [lambda hub=hub: lab.fabric.apply((), [hub]) for hub in hubs])
    each_timed(f"{NICS} tap NICs", [lambda nic=nic: lab.fabric.apply((), nic) for nic in nics])
    each_timed("a look at all links", [lab.fabric.links] * 5)
    each_timed("20 tap NICs deleted", [lambda nic=nic: lab.fabric.apply(nic, ()) for nic in nics[:20]])
    assert len(lab.fabric.links()) == 1 + len(hubs) + NICS - 20
    with timed("clear"):
        lab.fabric.clear()
    assert set(lab.fabric.links()) == {"lo"}


SEGMENT = 512


@pytest.mark.parametrize("ports", [520])
def test_a_hub_of_many_ports_loses_nothing(lab, ports):
    """As a chain of bridges: each frame is everywhere once."""
    host = lab.host("n").no_ipv6()
    veths = [replace(lab.veth("n", ifname=f"eth{n}"), name=f"n{n}") for n in range(ports)]
    bridges = [lab.bridge(f"_hub0.{n}") for n in range(-(-ports // SEGMENT))]
    print()
    lab.fabric.apply((), bridges)
    for one, other in pairwise(bridges):
        ends = f"_up{one.name}", f"_dn{other.name}"
        joint = Veth(ends[0], one.mac[:-2] + "f0", ends[1], one.mac[:-2] + "f1", 65535, one.alias)
        lab.fabric.apply(
            (), [joint, Member(ends[0], one.name), Member(ends[1], other.name), Up(ends[0]), Up(ends[1])]
        )
    nics = [
        [veth, Member(veth.name, bridges[n // SEGMENT].name), Up(veth.name)] for n, veth in enumerate(veths)
    ]
    each_timed(f"{ports} namespace NICs", [lambda nic=nic: lab.fabric.apply((), nic) for nic in nics])
    wire = host.wire("eth0")
    last = host.wire(f"eth{ports - 1}")
    frame = b"\xff" * 6 + bytes.fromhex("525400000001 88b5") + bytes(1000)
    wire.send(frame)
    assert last.receive() == frame

    def received():
        with closing(LinkTable()) as table:
            return {name: state.rx_packets for name, state in table.states().items()}

    assert host.call(received) == {"lo": 0, "eth0": 0, **{f"eth{n}": 1 for n in range(1, ports)}}
    with timed("clear"):
        lab.fabric.clear()
