"""Links between two ports: what arrives on one leaves through the other."""

from __future__ import annotations

import pytest

from netd.errors import HostError
from netd.plan.objects import Redirect, Up

pytestmark = pytest.mark.kernel


def frame(number, *, dst="ffffffffffff"):
    return bytes.fromhex(f"{dst}525400000001 88b5") + number.to_bytes(46, "big")


@pytest.fixture
def guests(lab):
    """Three guests, each on a port with link."""
    ports = [lab.veth(name) for name in ("n1", "n2", "n3")]
    for port in ports:
        lab.host(port.name).no_ipv6()
    lab.fabric.apply((), [*ports, *(Up(port.name) for port in ports)])
    return [lab.host(port.name).wire("eth0") for port in ports]


def both(one, other):
    return [Redirect(one, other), Redirect(other, one)]


def test_a_link_carries_frames_both_ways(lab, guests):
    one, two, _ = guests
    lab.fabric.apply((), both("n1", "n2"))
    odd = ["0180c2000001", "0180c2000000", "333300000001", "525400000077"]  # a link passes all
    sent = [frame(number, dst=dst) for number, dst in enumerate(odd)]
    for each in sent:
        one.send(each)
    assert [two.receive() for _ in sent] == sent
    two.send(frame(99))
    assert one.until(frame(99)) == []
    assert lab.fabric.links()["n3"].tx_packets == 0


def test_a_redirect_moves_between_two_frames(lab, guests):
    one, two, three = guests
    lab.fabric.apply((), [Redirect("n1", "n2")])
    for turn in range(20):
        old, new = (Redirect("n1", "n2"), Redirect("n1", "n3"))[:: 1 if turn % 2 == 0 else -1]
        one.send(frame(turn))
        assert (two if turn % 2 == 0 else three).receive() == frame(turn)
        lab.fabric.apply([old], [new])
    filters = lab.run("tc", "filter", "show", "dev", "n1", "ingress")
    assert filters.count("mirred") == 1
    assert "800::800" in filters


def test_the_end_of_a_link(lab, guests):
    one, two, _ = guests
    lab.fabric.apply((), both("n1", "n2"))
    lab.fabric.apply([Redirect("n1", "n2")], ())
    one.send(frame(1))
    lab.fabric.apply((), [Redirect("n1", "n2")])
    one.send(frame(2))
    assert two.until(frame(2)) == []
    lab.fabric.apply(both("n1", "n2"), ())
    assert "clsact" not in lab.run("tc", "qdisc")


def test_no_redirect_outlives_its_target(lab, guests):
    one, _, three = guests
    lab.fabric.apply((), both("n1", "n2"))
    lab.fabric.apply([lab.veth("n2"), Up("n2")], ())
    assert "mirred" not in lab.run("tc", "filter", "show", "dev", "n1", "ingress")
    lab.fabric.apply((), both("n1", "n3"))
    one.send(frame(1))
    assert three.receive() == frame(1)


def test_link_down_is_no_carrier_for_a_namespace_guest(lab, guests):
    def flags():
        (link,) = lab.host("n2").run("ip", "-o", "link", "show", "eth0").splitlines()
        return link

    one, two, _ = guests
    lab.fabric.apply((), both("n1", "n2"))
    assert "NO-CARRIER" not in flags()
    lab.fabric.apply([Up("n2")], ())
    assert "NO-CARRIER" in flags()
    one.send(frame(1))
    lab.fabric.apply((), [Up("n2")])
    assert "NO-CARRIER" not in flags()
    one.send(frame(2))
    assert two.until(frame(2)) == []


def test_errors_name_both_ports(lab, guests):
    with pytest.raises(HostError, match=r"^redirect port 'n1' to port 'n9': No such device$"):
        lab.fabric.apply((), [Redirect("n1", "n9")])
    assert "clsact" not in lab.run("tc", "qdisc")
    with pytest.raises(HostError, match=r"^open the ingress of port 'n9': No such device$"):
        lab.fabric.apply((), [Redirect("n9", "n1")])
    with pytest.raises(HostError, match=r"^set the link of port 'n9' up: No such device$"):
        lab.fabric.apply((), [Up("n9")])


def test_removing_what_is_gone_is_done(lab, guests):
    lab.fabric.apply((), both("n1", "n2"))
    lab.run("tc", "qdisc", "del", "dev", "n1", "clsact")
    lab.run("ip", "link", "del", "n2")
    lab.fabric.apply([*both("n1", "n2"), Up("n2")], ())
