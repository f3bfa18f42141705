from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.wire import hostfwd
from netd.wire.hostfwd import HostForward, HostPorts, HostSocket
from netd.wire.inet import ANY, Ports
from tests.support.refused import refusal
from tests.support.usernet import HOSTFWDS

LOOPBACK = IPv4Address("127.0.0.1")
V6 = IPv6Address("::1")


def ports(first, last=None):
    return Ports(first, last or first)


@st.composite
def forwards(draw):
    """Any rule there can be."""
    guest = draw(st.none() | st.ip_addresses().filter(lambda address: not address.is_unspecified))
    first = draw(st.integers(1, 65535))
    if draw(st.booleans()):
        path = draw(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20))
        return HostForward(HostSocket(f"/{path}"), guest, ports(first))
    length = draw(st.integers(0, min(20, 65535 - first)))
    here = draw(st.integers(1 if length else 0, 65535 - length))
    host = HostPorts(
        draw(st.sampled_from(["tcp", "udp"])), draw(st.ip_addresses()), Ports(here, here + length)
    )
    return HostForward(host, guest, Ports(first, first + length))


@pytest.mark.parametrize(
    ("rule", "forward"),
    [
        ("tcp::2222-:22", HostForward(HostPorts("tcp", ANY, ports(2222)), None, ports(22))),
        ("::5405-:22", HostForward(HostPorts("tcp", ANY, ports(5405)), None, ports(22))),
        ("tcp::-:22", HostForward(HostPorts("tcp", ANY, Ports(0, 0)), None, ports(22))),
        ("tcp::0x1650-0.0.0.0:026", HostForward(HostPorts("tcp", ANY, ports(5712)), None, ports(22))),
        (
            "udp:127.1:53-1.2.3.4:53",
            HostForward(HostPorts("udp", LOOPBACK, ports(53)), IPv4Address("1.2.3.4"), ports(53)),
        ),
        (
            "tcp:[::1]:80-[fec0::15]:8080",
            HostForward(HostPorts("tcp", V6, ports(80)), IPv6Address("fec0::15"), ports(8080)),
        ),
        (
            "tcp::8000..8010-:9000..9010",
            HostForward(HostPorts("tcp", ANY, Ports(8000, 8010)), None, Ports(9000, 9010)),
        ),
        ("unix:/run/my-app.sock-:22", HostForward(HostSocket("/run/my-app.sock"), None, ports(22))),
        ("unix:/x-[fec0::1]:22", HostForward(HostSocket("/x"), IPv6Address("fec0::1"), ports(22))),
    ],
)
def test_what_a_rule_means(rule, forward):
    assert hostfwd.parse(rule) == forward


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        *HOSTFWDS,
        ("unix:/x", "Missing - separator"),
        ("unix:-:22", "Missing unix socket path"),
        ("unix:x-:22", "unix socket path must be absolute"),
        ("unix:/" + "x" * 107 + "-:22", "Unix socket path is too long"),
        ("unix:/a\0-:22", "Bad unix socket path"),
        ("unix:/x-22", "Missing guest address"),
        ("unix:/x-a:22", "Bad guest address"),
        ("unix:/x-:0", "Bad guest port"),
        ("tcp::1-[::]:1", "Bad guest address"),
        ("tcp:[fe80::1%lo]:1-:1", "Bad host address"),
        ("tcp::0..1-:1..2", "Bad host port"),
        ("tcp::2..1-:1..2", "Bad host port"),
        ("tcp::1..65536-:1..2", "Bad host port"),
        ("tcp::1..2-:1..", "Bad guest port"),
        ("tcp::1..2-:1", "Port ranges differ in length"),
        ("tcp::-:1..2", "Port ranges differ in length"),
    ],
)
def test_why_a_rule_is_refused(rule, reason):
    assert refusal(hostfwd.parse, rule) == f"Invalid host forwarding rule '{rule}' ({reason})"


@given(forwards())
def test_a_rule_is_written_as_it_is_read(forward):
    if isinstance(forward.host, HostSocket):
        assert hostfwd.parse(f"unix:{forward.host.path}-:1").host == forward.host
    assert hostfwd.parse(str(forward)) == forward
    assert hostfwd.parse_host(str(forward.host)) == forward.host


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (":0:0-0:0x50", "tcp::0-:80"),
        ("tcp:0.0.0.0:1-10.0.2.15:1", "tcp::1-10.0.2.15:1"),
        ("udp:[0:0::1]:1..1-[FEC0::1]:1", "udp:[::1]:1-[fec0::1]:1"),
    ],
)
def test_how_a_rule_is_written(rule, text):
    assert str(hostfwd.parse(rule)) == text


def test_a_range_is_many_forwards():
    rule = hostfwd.parse("udp:127.0.0.1:8000..8002-10.0.2.15:9000..9002")
    assert [str(forward) for forward in rule.each()] == [
        "udp:127.0.0.1:8000-10.0.2.15:9000",
        "udp:127.0.0.1:8001-10.0.2.15:9001",
        "udp:127.0.0.1:8002-10.0.2.15:9002",
    ]
    socket = hostfwd.parse("unix:/x-:22")
    assert list(socket.each()) == [socket]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("tcp::5401", HostPorts("tcp", ANY, ports(5401))),
        ("::5401", HostPorts("tcp", ANY, ports(5401))),
        ("udp:127.1:+07", HostPorts("udp", LOOPBACK, ports(7))),
        ("tcp:[::1]:80", HostPorts("tcp", V6, ports(80))),
        ("tcp::8000..8010", HostPorts("tcp", ANY, Ports(8000, 8010))),
        ("tcp::99999", HostPorts("tcp", ANY, ports(99999))),
        ("tcp::-5", HostPorts("tcp", ANY, ports(-5))),
        ("unix:/a-b", HostSocket("/a-b")),
    ],
)
def test_what_names_a_forward(text, host):
    assert hostfwd.parse_host(text) == host


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "tcp:", "tcp::", "tcp:5405", "tcp::5405-:22", "tcp::x", "tcp::0x151d", "sctp::1"),
        *("tcp:zz:1", "tcp::2147483648", "tcp::1 ", "tcp:[::1:1", "tcp::1..", "tcp::2..1", "unix:x", "unix:"),
    ],
)
def test_what_names_no_forward(text):
    assert refusal(hostfwd.parse_host, text) == "invalid format"


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        ("tcp::80", "tcp::80", True),
        ("tcp::80", "udp::80", False),
        ("tcp::80", "tcp:127.0.0.1:80", False),
        ("tcp::80", "tcp:[::]:80", False),
        ("tcp::80..90", "tcp::90", True),
        ("tcp::80..90", "tcp::91..99", False),
        ("tcp::0", "tcp::0", False),
        ("unix:/x", "unix:/x", True),
        ("unix:/x", "tcp::80", False),
    ],
)
def test_who_wants_the_same(one, other, collide):
    host, taken = hostfwd.parse_host(one), hostfwd.parse_host(other)
    assert (host.collides(taken), taken.collides(host)) == (collide, collide)


def test_a_forward_that_cannot_be_had_has_a_reason():
    error = hostfwd.failed("tcp::80-:80", "Permission denied")
    assert error.desc == "Could not set up host forwarding rule 'tcp::80-:80': Permission denied"


def test_the_protocol_is_the_host_sides():
    assert hostfwd.parse("udp::1-:1").protocol == "udp"
    assert hostfwd.parse("unix:/x-:1").protocol == "tcp"
