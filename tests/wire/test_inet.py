from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netd.wire import inet
from netd.wire.inet import Ports

NUMBER = st.one_of(
    st.integers(0, 2**33).map(str),
    st.integers(0, 300).map(str),
    st.integers(0, 2**33).map("{:#x}".format),
    st.integers(0, 2**33).map("0{:o}".format),
    st.sampled_from(["", "08", "0x", "0X1f", "-1", "+1", "1a", "٣"]),
)
NEARLY_IPV4 = st.lists(NUMBER, min_size=1, max_size=5).map(".".join)
NEARLY_IPV6 = st.text("0123456789abcdefF:.g%", max_size=20) | st.ip_addresses(v=6).map(str)


def outcome(read, *args, **options):
    """What is read, or ``None`` where it is refused."""
    try:
        return read(*args, **options)
    except (ValueError, OSError):
        return None


@given(NEARLY_IPV4)
@example("0x7f.1")
@example("1.2.3.4.5")
@example("4294967296")
def test_ipv4_is_read_as_the_c_library_reads_it(text):
    theirs = outcome(socket.inet_aton, text)
    assert outcome(inet.ipv4, text) == (None if theirs is None else IPv4Address(theirs))


@given(NEARLY_IPV6)
@example("::1.2.3.4")
@example("1:2:3:4:5:6:7::")
@example("1:2:3:4::5:6:7:8")
@example("fe80::1%lo")
@example("::01.2.3.4")
def test_ipv6_is_read_as_the_c_library_reads_it(text):
    theirs = outcome(socket.inet_pton, socket.AF_INET6, text)
    assert outcome(inet.ipv6, text) == (None if theirs is None else IPv6Address(theirs))


@pytest.mark.parametrize("text", ["1.2.3.4 ", "1.2.3.4 x", " 1.2.3.4"])
def test_nothing_hides_behind_a_blank(text):
    assert outcome(inet.ipv4, text) is None


@given(st.ip_addresses())
def test_an_address_is_written_as_it_is_read(address):
    assert inet.address(inet.written(address)) == address


@pytest.mark.parametrize(("text", "value"), [("10", 10), (" +010", 10), ("-1", -1)])
def test_decimal(text, value):
    assert inet.decimal(text) == value


@pytest.mark.parametrize("text", ["", "1 ", "0x1", "1.", "١", "-", "9" * 5000])
def test_not_decimal(text):
    assert outcome(inet.decimal, text) is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("22", 22, 22), ("0x16", 22, 22), ("026", 22, 22), (" 22", 22, 22), ("1..0xffff", 1, 65535)],
)
def test_ports(text, first, last):
    assert inet.ports(text) == Ports(first, last)


@pytest.mark.parametrize("text", ["", "0", "65536", "1..", "..1", "2..1", "0..1", "1...2", "1..65536", "-1"])
def test_not_ports(text):
    assert outcome(inet.ports, text) is None


def test_port_0_is_by_permission_and_never_in_a_range():
    assert inet.ports("0", low=0) == Ports(0, 0)
    assert outcome(inet.ports, "0..1", low=0) is None


def test_ports_are_a_set():
    ports = Ports(8000, 8010)
    assert len(ports) == 11
    assert 8000 in ports
    assert 8010 in ports
    assert 8011 not in ports
    assert ports.meets(Ports(8010, 9000))
    assert not ports.meets(Ports(8011, 8011))


@given(st.integers(1, 65535), st.integers(1, 65535))
def test_ports_are_written_as_they_are_read(one, other):
    ports = Ports(min(one, other), max(one, other))
    assert inet.ports(str(ports)) == ports


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a:b:c", ("a", "b:c")),
        ("[::1]:c", ("[::1]", "c")),
        ("[::1:c", ("[", ":1:c")),
        ("[::1]", None),
        ("abc", None),
        ("a]:b", ("a]", "b")),
    ],
)
def test_brackets_hide_a_mark(text, parts):
    assert inet.cut(text, ":") == parts
