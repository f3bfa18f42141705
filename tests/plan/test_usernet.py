from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from netd.plan.usernet import UserNetwork, Wanted, user_network
from netd.wire import egress
from tests.support.refused import refusal
from tests.support.usernet import OURS, OWN, REFUSED, TAKEN

V4 = IPv4Address


def wanted(options):
    """What the options of a table say, by Python's names."""
    return Wanted(
        **{
            name.replace("-", "_"): tuple(value) if isinstance(value, list) else value
            for name, value in options.items()
        }
    )


def made(**options):
    """The network of these options."""
    return user_network(Wanted(**options))


@pytest.mark.parametrize(("options", "text"), REFUSED)
def test_what_qemu_refuses(options, text):
    assert refusal(user_network, wanted(options)) == text


@pytest.mark.parametrize(("options", "text"), [*OURS, *OWN])
def test_what_we_refuse(options, text):
    assert refusal(user_network, wanted(options)) == text


@pytest.mark.parametrize(("options", "net"), TAKEN)
def test_what_is_taken(options, net):
    assert user_network(wanted(options)).info == f"net={net},restrict=off"


def test_the_usual_network():
    network = made()
    assert network == UserNetwork(
        shown="10.0.2.0",
        ipv4=network.ipv4,
        ipv6=network.ipv6,
        restrict=False,
        mtu=1500,
        hostname=None,
        domainname=None,
        search=(),
        bootfile=None,
        tftp=None,
        tftp_server_name=None,
        smb=None,
        file_user=None,
        egress=egress.Egress(),
    )
    assert network.ipv4.host == V4("10.0.2.2")
    assert str(network.ipv6.host) == "fec0::2"
    assert network.mac == "52:55:0a:00:02:02"
    assert network.own_ipv4 == {V4("10.0.2.2"), V4("10.0.2.3")}


def test_a_network_without_ipv4():
    network = made(ipv4=False)
    assert network.ipv4 is None
    assert network.mac == "52:56:00:00:00:02"
    assert network.own_ipv4 == frozenset()
    assert list(network.leases()) == []
    assert network.info == "net=10.0.2.0,restrict=off"


def test_options_that_are_handed_on():
    network = made(
        restrict=True,
        mtu=9000,
        hostname="h",
        domainname="d.example",
        dnssearch=("a.b", "c."),
        bootfile="pxe.bin",
        tftp="/srv/tftp",
        tftp_server_name="t",
        smb="/srv/smb",
        file_user="alice",
        allow=("10.0.0.0/8",),
        deny=("tcp:0.0.0.0/0:25",),
    )
    assert network.info == "net=10.0.2.0,restrict=on"
    assert (network.mtu, network.hostname, network.domainname) == (9000, "h", "d.example")
    assert (network.search, network.warnings) == (("a.b", "c."), ())
    assert (network.bootfile, network.tftp, network.tftp_server_name) == ("pxe.bin", "/srv/tftp", "t")
    assert (network.smb, network.file_user) == ("/srv/smb", "alice")
    assert network.egress == egress.parse_all(["10.0.0.0/8"], ["tcp:0.0.0.0/0:25"])


def test_an_empty_text_is_none():
    network = made(hostname="", bootfile="", tftp_server_name="")
    assert (network.hostname, network.bootfile, network.tftp_server_name) == (None, None, None)


def test_domains_that_are_none_are_left_out_with_a_warning():
    bad = ("", ".", "a..b", "x" * 64, "a,b", "a\n", "-a", "é", "a." * 128)
    network = made(dnssearch=("good.example", *bad))
    assert network.search == ("good.example",)
    assert network.warnings == tuple(f"failed to parse domain name '{domain}'" for domain in bad)


def test_a_small_mtu_leaves_no_ipv6_and_says_so():
    network = made(mtu=576)
    assert network.ipv6 is None
    assert network.warnings == ("IPv6 needs an mtu of at least 1280: with mtu=576 the network has IPv4 only",)
    assert made(mtu=576, ipv6=False).warnings == ()
    assert made(mtu=1280).ipv6 is not None


def test_forwards_are_filled_in_and_keep_their_order():
    network = made(
        net="10.7.2.0/24",
        hostfwd=("tcp::80-:80", "udp::53-1.2.3.4:53", "tcp:[::1]:80-[fec0::5]:80", "unix:/x-:22"),
        guestfwd=("::1234-cmd:cat", "tcp:10.7.2.100:80-unix:/y"),
    )
    assert [str(forward) for forward in network.hostfwds] == [
        "tcp::80-10.7.2.15:80",
        "udp::53-1.2.3.4:53",
        "tcp:[::1]:80-[fec0::5]:80",
        "unix:/x-10.7.2.15:22",
    ]
    assert [str(forward) for forward in network.guestfwds] == [
        "tcp:10.7.2.4:1234-cmd:cat",
        "tcp:10.7.2.100:80-unix:/y",
    ]


def test_one_more_forward_at_run_time():
    network = made(hostfwd=("tcp::80-:80",), guestfwd=("::80-cmd:x",))
    assert str(network.host_forward("tcp::81-:80", network.hostfwds)) == "tcp::81-10.0.2.15:80"
    assert refusal(network.host_forward, "tcp::80-:81", network.hostfwds) == (
        "Could not set up host forwarding rule 'tcp::80-:81': in use by 'tcp::80-10.0.2.15:80'"
    )
    assert str(network.guest_forward("::81-cmd:x", network.guestfwds)) == "tcp:10.0.2.4:81-cmd:x"
    assert refusal(network.guest_forward, "tcp:10.0.2.4:80-cmd:x", network.guestfwds) == (
        "Conflicting/invalid host:port in guest forwarding rule 'tcp:10.0.2.4:80-cmd:x'"
    )


@pytest.mark.parametrize(
    ("options", "runs"),
    [
        ({}, [(".15", ".30")]),
        ({"dhcpstart": "10.0.2.1"}, [(".1", ".1"), (".4", ".16")]),
        ({"dhcpstart": "10.0.2.1", "smb": "/x"}, [(".1", ".1"), (".5", ".16")]),
        ({"dhcpstart": "10.0.2.1", "dns": "8.8.8.8"}, [(".1", ".1"), (".3", ".16")]),
        ({"guestfwd": ("tcp:10.0.2.15:80-cmd:x", "tcp:10.0.2.30:80-cmd:x")}, [(".16", ".29")]),
        ({"dhcpend": "10.0.2.15", "guestfwd": ("tcp:10.0.2.15:80-cmd:x",)}, []),
    ],
)
def test_no_lease_is_an_address_of_the_networks_own(options, runs):
    found = [(f".{first.packed[3]}", f".{last.packed[3]}") for first, last in made(**options).leases()]
    assert found == runs
