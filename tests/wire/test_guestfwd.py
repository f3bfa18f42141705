from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.wire import guestfwd
from netd.wire.guestfwd import CommandTarget, GuestForward, GuestPort, TcpTarget, UnixTarget
from tests.support.refused import refusal
from tests.support.usernet import GUESTFWDS, TARGETS

SERVER = IPv4Address("10.0.2.100")
PORT = st.integers(1, 65535)
PLAIN = st.text("abz09_.", min_size=1, max_size=12)

GUEST = st.builds(
    GuestPort, st.none() | st.ip_addresses(v=4).filter(lambda address: not address.is_unspecified), PORT
)
TARGET = st.one_of(
    st.builds(TcpTarget, st.ip_addresses() | st.sampled_from(["localhost", "a.b-c", "1x"]), PORT),
    st.builds(UnixTarget, PLAIN.map("/{}".format)),
    st.builds(CommandTarget, st.lists(PLAIN, min_size=1).map(" ".join)),
)


@pytest.mark.parametrize(
    ("rule", "forward"),
    [
        ("tcp:10.0.2.100:80-cmd:cat", GuestForward(GuestPort(SERVER, 80), CommandTarget("cat"))),
        ("::080-cmd:nc -l x:1", GuestForward(GuestPort(None, 80), CommandTarget("nc -l x:1"))),
        ("tcp:0.0.0.0: 80-cmd:x", GuestForward(GuestPort(None, 80), CommandTarget("x"))),
        ("tcp::1-tcp:127.1:80", GuestForward(GuestPort(None, 1), TcpTarget(IPv4Address("127.0.0.1"), 80))),
        ("tcp::1-tcp:[::1]:80", GuestForward(GuestPort(None, 1), TcpTarget(IPv6Address("::1"), 80))),
        ("tcp::1-tcp:my-host:80", GuestForward(GuestPort(None, 1), TcpTarget("my-host", 80))),
        ("tcp::1-unix:/run/a-b", GuestForward(GuestPort(None, 1), UnixTarget("/run/a-b"))),
    ],
)
def test_what_a_rule_means(rule, forward):
    assert guestfwd.parse(rule) == forward


@pytest.mark.parametrize("rule", [*GUESTFWDS, "tcp:[fec0::4]:80-cmd:x"])
def test_what_is_no_rule(rule):
    assert refusal(guestfwd.parse, rule) == f"Invalid guest forwarding rule '{rule}'"


@pytest.mark.parametrize("target", [*TARGETS, "null", "pty", "stdio", "TCP:127.0.0.1:1"])
def test_a_chardev_is_refused_and_told_what_is_not(target):
    assert refusal(guestfwd.parse, f"tcp::80-{target}") == (
        f"Could not open guest forwarding device 'guestfwd.tcp.80': '{target}' is none of "
        "tcp:HOST:PORT, unix:/PATH and cmd:COMMAND; there are no chardevs"
    )


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("cmd:", "there is no command after 'cmd:'"),
        ("cmd:  ", "there is no command after 'cmd:'"),
        ("cmd:a\0b", "there is no command after 'cmd:'"),
        ("cmd:a 'b", "No closing quotation"),
        ("tcp:127.0.0.1", "'127.0.0.1' is not HOST:PORT"),
        ("tcp::80", "':80' is not HOST:PORT"),
        ("tcp:a b:80", "'a b:80' is not HOST:PORT"),
        ("tcp:1.2.3.256:80", "'1.2.3.256:80' is not HOST:PORT"),
        ("tcp:h:0", "'h:0' is not HOST:PORT"),
        ("tcp:h:http", "'h:http' is not HOST:PORT"),
        (
            "tcp:h:1,server=on",
            "'h:1,server=on' has options, and there are none: each connection opens its own",
        ),
        ("unix:x", "'x' is not an absolute path"),
        ("unix:/a\0", "'/a\0' is not an absolute path"),
        ("unix:/x,server", "'/x,server' has options, and there are none: each connection opens its own"),
        ("unix:/" + "x" * 107, f"'/{'x' * 107}' is longer than 107 bytes"),
    ],
)
def test_why_a_target_is_refused(target, reason):
    assert refusal(guestfwd.parse, f"tcp::80-{target}") == (
        f"Could not open guest forwarding device 'guestfwd.tcp.80': {reason}"
    )


@given(st.builds(GuestForward, GUEST, TARGET))
def test_a_rule_is_written_as_it_is_read(forward):
    assert guestfwd.parse(str(forward)) == forward
    assert guestfwd.parse_guest(str(forward.guest)) == forward.guest


@pytest.mark.parametrize("text", ["", "80", "tcp:80", "udp::80", "tcp::x", "tcp::0", "tcp::80-cmd:x"])
def test_what_names_no_forward(text):
    assert refusal(guestfwd.parse_guest, text) == "invalid format"


def test_a_commands_words_are_a_shells_without_the_shell():
    assert CommandTarget("sh -c 'echo $HOME' \"a b\" c\\ d *").argv == (
        *("sh", "-c", "echo $HOME"),
        *("a b", "c d", "*"),
    )


def test_a_hash_is_no_comment():
    assert CommandTarget("echo #1").argv == ("echo", "#1")
