from __future__ import annotations

import json
import os
import socket
import struct

import pytest

from netd.kernel import links
from netd.kernel.links import LinkState, LinkTable, messages
from netd.plan.objects import Member, Up

kernel = pytest.mark.kernel


def attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value.ljust((len(value) + 3) & ~3, b"\0")


def message(*attributes, kind=16, family=0, index=7, flags=1):
    body = struct.pack("=BxHiII", family, 1, index, flags, 0) + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


def test_a_message_is_read():
    stats = struct.pack("=8Q", *range(1, 9))
    data = message(
        attribute(1, b"\x02\0\0\0\0\x09"),
        attribute(3, b"n0\0"),
        attribute(4, struct.pack("=I", 1500)),
        attribute(10, struct.pack("=I", 3)),
        attribute(20, b"netd:t:n0"),
        attribute(23, stats),
        attribute(33, b"\1"),
        attribute(0x8012, b""),
        attribute(
            18,
            attribute(1, b"tun\0")
            + attribute(2, attribute(8, struct.pack("=I", 2)) + attribute(9, struct.pack("=I", 1))),
        ),
    )
    (link,) = messages(data, len(data))
    assert (link.name, link.mac, link.kind, link.queues) == ("n0", "02:00:00:00:00:09", "tun", 3)
    assert (link.text(20), link.number(27)) == ("netd:t:n0", 0)
    assert link.state() == LinkState(7, True, True, 1500, 3, *range(1, 9))


def test_what_is_missing_is_nothing():
    data = message(attribute(3, b"lo\0"), flags=0)
    (link,) = messages(data, len(data))
    assert (link.kind, link.queues, link.text(20)) == ("", 0, "")
    assert link.state() == LinkState(7, False, False, 0, 0, *[0] * 8)


def test_a_bridges_attributes_are_no_queues():
    data = message(attribute(18, attribute(1, b"bridge\0") + attribute(2, attribute(8, b"\1\0\0\0"))))
    (link,) = messages(data, len(data))
    assert link.queues == 0


def test_several_messages_and_others_between():
    data = (
        message(attribute(3, b"a\0"))
        + struct.pack("=IHHII", 20, 3, 0, 0, 0)
        + bytes(4)
        + message(attribute(3, b"b\0"))
    )
    assert [link.name for link in messages(data, len(data))] == ["a", "b"]


def test_messages_of_one_size_may_be_laid_out_differently():
    """What is remembered of one must not be believed of the next."""
    number = [struct.pack("=I", n) for n in (1500, 3)]
    mtu, master = attribute(4, number[0]), attribute(10, number[1])
    twice = [attribute(4, number[1]), attribute(4, number[0])]
    name = attribute(3, b"n0\0")
    for parts, expected in [
        ([name, mtu, master], (1500, 3)),
        ([name, master, mtu], (1500, 3)),
        ([name, mtu, master], (1500, 3)),
        ([name, *twice], (1500, 0)),
        ([name, *twice], (1500, 0)),
        ([], (0, 0)),
    ]:
        data = message(*parts)
        (link,) = messages(data, len(data))
        assert (link.number(4), link.number(10)) == expected


def test_layouts_are_not_remembered_without_end():
    for length in range(3 * links.LAYOUTS):
        data = message(attribute(20, b"x" * length))
        (link,) = messages(data, len(data))
        assert link.text(20) == "x" * length
    assert len(links._layouts) <= links.LAYOUTS


@kernel
def test_agrees_with_iproute2(lab):
    one, _ = lab.hub("_hub0", "n1", "n2")
    one.send(b"\xff" * 6 + b"\x02" * 6 + bytes.fromhex("88b5") + bytes(46))
    lab.fabric.apply((), [lab.tap("n3", mtu=1400), Member("n3", "_hub0"), Up("n3")])
    shown = {link["ifname"]: link for link in lab.look("ip", "-j", "-s", "-s", "link", "show")}
    seen = lab.fabric.links()
    assert seen.keys() == shown.keys() == {"lo", "_hub0", "n1", "n2", "n3"}
    for name, link in seen.items():
        rx, tx = shown[name]["stats64"]["rx"], shown[name]["stats64"]["tx"]
        assert link == LinkState(
            index=shown[name]["ifindex"],
            up="UP" in shown[name]["flags"],
            carrier="NO-CARRIER" not in shown[name]["flags"],
            mtu=shown[name]["mtu"],
            master=seen[shown[name]["master"]].index if "master" in shown[name] else 0,
            rx_packets=rx["packets"],
            tx_packets=tx["packets"],
            rx_bytes=rx["bytes"],
            tx_bytes=tx["bytes"],
            rx_errors=rx["errors"],
            tx_errors=tx["errors"],
            rx_dropped=rx["dropped"],
            tx_dropped=tx["dropped"],
        )
    assert seen["n1"].rx_packets == 1


@kernel
def test_one_interface(lab):
    lab.fabric.apply((), [lab.tap("n1")])

    def look():
        table = LinkTable()
        try:
            with pytest.raises(OSError, match="No such device"):
                table.get(4711)
            return table.get(socket.if_nametoindex("n1")).name, os.getpid()
        finally:
            table.close()

    assert lab.fabric.thread.call(look)[0] == "n1"


@kernel
def test_many_interfaces_need_many_reads(lab):
    taps = [lab.tap(f"n{number}") for number in range(60)]
    lab.fabric.apply((), taps)
    assert lab.fabric.links().keys() == {"lo", *(tap.name for tap in taps)}
    assert len(json.loads(lab.run("ip", "-j", "link"))) == 61
