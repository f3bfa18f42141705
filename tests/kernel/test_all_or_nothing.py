"""Every single step of every kind of change fails once, before it acts and after: nothing is left of it."""

from __future__ import annotations

import errno
import json
import os
import socket
from contextlib import closing
from dataclasses import replace
from itertools import count

import pytest

from netd.errors import HostError
from netd.kernel.links import LinkTable
from netd.plan.objects import Bridge, Member, Redirect, Up, Veth

pytestmark = pytest.mark.kernel

VOLATILE = (
    "ifindex",
    "link_index",
    "link",
    "handle",
    "id",
    "no",
    "designated_port",
    "port_id",
    "port_no",
    "tso_max_size",
)
"""What a thing that was made anew does not have as before, nor a bridge that a port has left; and clocks."""


def settle():
    """Let the kernel act on every carrier that came or went."""
    with closing(LinkTable()) as table:
        for index, _ in socket.if_nameindex():
            table.get(index)


def facts(where, output):
    """What iproute2 printed, one line for each value, without what is volatile or the guest's own doing."""
    for part, line in enumerate(output.split("---\n")):
        for each in json.loads(line or "[]"):
            name = each.get("ifname") or each.get("dev") or each.get("dst")
            yield from flattened(f"{where} {part} {name}", each)


def flattened(path, value):
    if isinstance(value, dict):
        if str(value.get("local", value.get("dst", ""))).startswith(("fe80", "ff00")):
            return  # the guest's own doing
        for key, each in value.items():
            if key not in VOLATILE and not key.endswith("_timer"):
                yield from flattened(f"{path}.{key}", each)
    elif isinstance(value, list):
        for each in value:
            yield from flattened(path, each)
    elif value != "M-DOWN":  # iproute2's reading of a number of another namespace
        yield f"{path}={value}"


def state(lab):
    """The lab's kernel state, to be compared."""
    lab.fabric.thread.call(settle)
    in_fabric = "ip -j -d addr; echo ---; bridge -j -d link; echo ---; bridge -j fdb; echo ---; tc -j qdisc"
    filters = "for n in /proc/sys/net/ipv4/conf/*; do tc filter show dev ${n##*/} ingress 2>/dev/null; done"
    in_guest = "ip -j -d addr; echo ---; ip -j route; echo ---; ip -6 -j route"
    found = set(facts("fabric", lab.run("sh", "-c", in_fabric)))
    found |= {line for line in lab.run("sh", "-c", filters).splitlines() if "index" not in line}
    for name, host in lab.hosts.items():
        host.call(settle)
        found |= set(facts(name, host.run("sh", "-c", in_guest)))
    return found


def assert_same(before, after, when):
    if before != after:
        pytest.fail(f"{when}: missing {sorted(before - after)}, new {sorted(after - before)}")


class Change:
    """One change of a lab: what was there first, and what it goes from and to."""

    def __init__(self, lab):
        self.lab = lab
        self.hub, self.other = lab.bridge("_hub0"), lab.bridge("_hub1")
        self.tap, self.second = lab.tap("n1"), lab.tap("n2")
        self.guest = lab.veth("g1", addresses=("192.0.2.1/24", "2001:db8::1/64"), gateway="192.0.2.254")
        self.joint = Veth("a", "02:00:00:00:01:01", "b", "02:00:00:00:01:02", 65535, "netd:test:a")
        self.held = []

    def on(self, port, hub="_hub0"):
        return [Member(port, hub), Up(port)]

    # What follows returns what was there before, what it goes from, what it goes to.

    def adds_a_hub_with_ports(self):
        return [], [], [self.hub, self.tap, *self.on("n1"), self.second, *self.on("n2")]

    def adds_a_tap_nic(self):
        return [self.hub], [], [self.tap, *self.on("n1")]

    def adds_a_guest_nic(self):
        return [self.hub], [], [self.guest, *self.on("g1")]

    def adds_a_joint(self):
        return [self.hub, self.other], [], [self.joint, *self.on("a"), *self.on("b", "_hub1")]

    def moves_ports_to_a_new_hub(self):
        before = [self.hub, self.tap, *self.on("n1"), self.guest, *self.on("g1")]
        return (
            before,
            [self.hub, Member("n1", "_hub0"), Member("g1", "_hub0")],
            [
                self.other,
                Member("n1", "_hub1"),
                Member("g1", "_hub1"),
            ],
        )

    def takes_links_down(self):
        return [self.hub, self.tap, *self.on("n1"), self.guest, *self.on("g1")], [Up("n1"), Up("g1")], []

    def removes_a_tap_nic(self):
        things = [self.tap, *self.on("n1")]
        return [self.hub, *things], things, []

    def removes_a_guest_nic(self):
        things = [self.guest, *self.on("g1")]
        return [self.hub, *things], things, []

    def removes_a_held_tap(self):
        things = [self.tap, *self.on("n1")]
        return [self.hub, *things], things, [self.second, *self.on("n2")]

    def removes_everything(self):
        things = [
            *(self.hub, self.other, self.joint, *self.on("a"), *self.on("b", "_hub1")),
            *(self.tap, *self.on("n1"), self.guest, *self.on("g1", "_hub1")),
        ]
        return things, things, []

    def makes_a_link(self):
        return [self.tap, self.guest, Up("n1"), Up("g1")], [], [Redirect("n1", "g1"), Redirect("g1", "n1")]

    def moves_a_link(self):
        before = [self.tap, self.second, self.guest, Redirect("n1", "g1"), Redirect("g1", "n1")]
        return before, before[3:], [Redirect("n2", "g1"), Redirect("g1", "n2")]

    def removes_a_held_tap_with_its_link(self):
        things = [self.tap, self.guest, Up("n1"), Up("g1"), Redirect("n1", "g1"), Redirect("g1", "n1")]
        return things, [self.tap, Up("n1"), *things[4:]], []

    def changes_everything_in_place(self):
        before = [self.hub, self.tap, *self.on("n1"), self.guest, *self.on("g1"), self.joint, *self.on("a")]
        return (
            before,
            [self.hub, self.tap, self.guest, self.joint],
            [
                Bridge("_hub0", "02:00:00:00:02:01", "netd:test:other"),
                replace(self.tap, mac="02:00:00:00:02:02", mtu=1500, alias="netd:test:other"),
                replace(
                    self.guest,
                    mac="02:00:00:00:02:03",
                    guest_mac="52:54:00:00:02:03",
                    guest_mtu=1400,
                    addresses=("198.51.100.1/24", "2001:db8::1/64"),
                    gateway="2001:db8::ffff",
                ),
                replace(self.joint, mac="02:00:00:00:02:04", peer_mac="02:00:00:00:02:05", mtu=9000),
            ],
        )

    def replaces_ports(self):
        before = [self.hub, self.tap, *self.on("n1"), self.guest, *self.on("g1"), Redirect("g1", "n1")]
        new_port = replace(self.guest, name="n1", ifname="eth7", addresses=(), gateway="")
        return before, [self.tap, self.guest], [new_port, replace(self.guest, ifname="eth8")]


CHANGES = [name for name in vars(Change) if "_" in name and not name.startswith("_")]


class FailAt:
    """A gate that fails at the ``number``\\ th step, and counts."""

    def __init__(self, number, when):
        self.number, self.when, self.seen = number, when, 0

    def __call__(self, when, step):
        if when == "before":
            self.seen += 1
        if (self.seen, when) == (self.number, self.when):
            raise OSError(errno.ENOMEM, f"failed {when}")


@pytest.mark.parametrize("name", CHANGES)
def test_any_step_fails(lab, held, name):
    change = Change(lab)
    before, old, new = getattr(change, name)()
    lab.fabric.apply((), before)
    if "held" in name:
        held += lab.fabric.open_queues(change.tap)
    expected = state(lab)
    for number in count(1):
        for when in ("before", "after"):
            failure = fails_at(lab, number, when, old, new)
            if failure is None:  # there are fewer steps
                assert number > 1
                assert state(lab) != expected
                return
            assert str(failure).endswith(f": failed {when}")
            assert not getattr(failure, "__notes__", ())
            assert_same(expected, state(lab), f"step {number}: {failure}")


def fails_at(lab, number, when, old, new):
    lab.fabric.gate = FailAt(number, when)
    try:
        lab.fabric.apply(old, new)
    except HostError as error:
        return error
    return None


def test_a_held_tap_that_is_closed_meanwhile_is_made_anew(lab, held):
    """The holder goes away between the removal and its undoing."""
    change = Change(lab)
    before, old, new = change.removes_a_held_tap()
    lab.fabric.apply((), before)
    expected = state(lab)
    (holder,) = lab.fabric.open_queues(change.tap)
    closed = []

    def gate(when, step):
        if when == "after" and step.text == "leave tap 'n1' to its holder":
            os.close(holder)
            closed.append(step.text)
            raise OSError(errno.ENOMEM, "failed")

    lab.fabric.gate = gate
    with pytest.raises(HostError):
        lab.fabric.apply(old, new)
    assert closed
    assert_same(expected, state(lab), closed)
