"""The configuration in a real dnsmasq: what guests in namespaces of their own get of it."""

from __future__ import annotations

import signal
import socket
import struct
import subprocess
from ipaddress import IPv4Address

import pytest

from netd.plan.usernet import Wanted, user_network
from netd.plan.usernet_dnsmasq import Reservation, Surroundings, configuration, reservations
from netd.plan.usernet_routes import addresses
from tests.support.carrier import until, until_up
from tests.support.dhcp import ACK, DISCOVER, NAK, REQUEST, DhcpClient
from tests.support.hosts import PATIENCE
from tests.support.process import tool
from tests.support.usernets import GOLDEN, WANTED

pytestmark = pytest.mark.kernel

NASTY = "a, \"b\" #c \\d\\n 'e' 1.2.3.4,5:6:ff é"
SCRIPT = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route add default via "$router"
set -- $search
echo "ip=$ip mask=$mask router=$router dns=$dns domain=$domain search=$1,$2 mtu=$mtu lease=$lease"
"""
ALL_ROUTERS = "ff02::2"


def mac(number):
    return f"52:54:00:00:00:{number:02x}"


class Net:
    """A user network's namespace, with guests on a bridge that is its gateway interface."""

    def __init__(self, hosts, directory):
        self.hosts, self.directory = hosts, directory
        self.host = hosts("net")
        self.host.run("ip", "link", "add", "gw", "type", "bridge")
        self.host.run("ip", "link", "set", "gw", "addrgenmode", "none")
        self.host.run("ip", "link", "set", "gw", "up", "mtu", "1500")
        self.clients = []

    def serve(self, *reserved, **options):
        """Start dnsmasq for a network of these options; it is ready on return."""
        self.network = user_network(Wanted(**options))
        for address in addresses(self.network):
            more = ["nodad"] if address.version == 6 else []
            self.host.run("ip", "addr", "add", str(address), "dev", "gw", *more)
        where = Surroundings(
            interface="gw",
            upstream=(IPv4Address("127.0.0.1"), 5353),
            lease_file=f"{self.directory}/leases, all",
            reservations_file=f"{self.directory}/reservations #1",
        )
        (self.directory / "conf").write_text(configuration(self.network, where))
        self.reserve(*reserved)
        argv = (tool("dnsmasq", "dnsmasq-base"), "-C", f"{self.directory}/conf")
        with (self.directory / "log").open("w") as log:
            self.process = self.host.popen(*argv, stderr=log)
        self.wait("reservations #1")
        return self

    def reserve(self, *reserved):
        (self.directory / "reservations #1").write_text(reservations(self.network, reserved))

    def wait(self, text, times=1):
        """Return when dnsmasq has said this so many times."""
        until(lambda: (self.directory / "log").read_text().count(text) >= times)

    def guest(self, number):
        """The namespace of a guest on the gateway's wire."""
        host = self.hosts(f"guest{number}")
        host.run(
            "ip", "link", "add", "eth0", "address", mac(number), "type", "veth", "peer", "name", "uplink"
        )
        host.run("ip", "link", "set", "uplink", "netns", self.host.path, "name", f"port{number}")
        self.host.run("ip", "link", "set", f"port{number}", "master", "gw", "up")
        host.run("ip", "link", "set", "eth0", "up")
        until_up(host, "eth0")
        until(lambda: "inet6 fe80" in host.run("ip", "-6", "addr", "show", "dev", "eth0", "-tentative"))
        until_up(self.host, f"port{number}", "gw")
        return host

    def client(self, number):
        client = self.guest(number).call(DhcpClient, "eth0", mac(number))
        self.clients.append(client)
        return client

    def close(self):
        for client in self.clients:
            client.close()
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0, (self.directory / "log").read_text()


@pytest.fixture
def net(hosts, tmp_path):
    net = Net(hosts, tmp_path)
    yield net
    net.close()


@pytest.fixture
def udhcpc(tmp_path):
    """Runs busybox's DHCP client in a guest; what its script was told."""
    script = tmp_path / "script"
    script.write_text(SCRIPT)
    script.chmod(0o755)

    def run(guest, name):
        busybox = tool("busybox", "busybox-static")
        asked = [word for number in ("15", "119", "26") for word in ("-O", number)]
        more = [*asked, "-x", f"hostname:{name}", "-s", str(script)]
        said = guest.run(busybox, "udhcpc", "-i", "eth0", "-f", "-n", "-q", *more)
        return dict(word.split("=") for word in said.splitlines()[-1].split())

    return run


def advertised(guest):
    """What a router advertisement tells who solicits one: sender, its fixed part, options by type."""
    with guest.call(socket.socket, socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sock:
        index = guest.call(socket.if_nametoindex, "eth0")
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        sock.sendto(bytes((133, 0, 0, 0, 0, 0, 0, 0)), (ALL_ROUTERS, 0, 0, index))
        while True:
            data, (sender, *_) = sock.recvfrom(1 << 16)
            if data[0] == 134:
                break
    options, rest = {}, data[16:]
    while rest:
        options[rest[0]] = rest[2 : 8 * rest[1]]
        rest = rest[8 * rest[1] :]
    return sender, data[4:16], options


def tftp(guest):
    """A client of the gateway's TFTP server, to which nothing comes from elsewhere."""
    client = guest.call(socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(PATIENCE)
    client.connect(("10.0.2.2", 69))
    return client


@pytest.mark.parametrize("name", WANTED)
def test_dnsmasq_takes_the_golden_texts(name):
    argv = [tool("dnsmasq", "dnsmasq-base"), "--test", "-C", GOLDEN / f"{name}.dnsmasq"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_two_guests_get_leases_and_know_each_other_by_name(net, udhcpc):
    net.serve(domainname="lab.example", dnssearch=("lab.example", "example.org"), mtu=1400)
    one, two = net.guest(1), net.guest(2)
    assert udhcpc(one, "alpha") == {
        "ip": "10.0.2.15",
        "mask": "24",
        "router": "10.0.2.2",
        "dns": "10.0.2.3",
        "domain": "lab.example",
        "search": "lab.example,example.org",
        "mtu": "1400",
        "lease": "86400",
    }
    assert udhcpc(two, "beta")["ip"] == "10.0.2.16"
    busybox = tool("busybox", "busybox-static")
    for guest, name, address in ((two, "alpha", "10.0.2.15"), (one, "beta.lab.example", "10.0.2.16")):
        assert address in guest.run(busybox, "nslookup", "-type=a", name, "10.0.2.3")
    net.wait("SLAAC-CONFIRM(gw) fec0::5054:ff:fe00:1 alpha")
    assert "fec0::5054:ff:fe00:1" in two.run(busybox, "nslookup", "-type=aaaa", "alpha", "10.0.2.3")
    assert "alpha" in two.run(busybox, "nslookup", "10.0.2.15", "10.0.2.3")


def test_options_are_told_unasked_and_to_the_byte(net):
    net.serve(
        hostname=NASTY, domainname=NASTY, tftp_server_name=NASTY, bootfile=NASTY, dnssearch=("1.2.3.4",)
    )
    reply = net.client(1).lease()
    assert reply.kind == ACK
    assert (reply.address, reply.server, reply.file) == ("10.0.2.15", "10.0.2.2", NASTY.encode())
    nasty = dict.fromkeys((12, 15), NASTY.encode())
    assert reply.options == nasty | {
        53: bytes((ACK,)),
        54: bytes((10, 0, 2, 2)),
        1: bytes((255, 255, 255, 0)),
        3: bytes((10, 0, 2, 2)),
        6: bytes((10, 0, 2, 3)),
        26: struct.pack(">H", 1500),
        28: bytes((10, 0, 2, 255)),
        51: struct.pack(">I", 86400),
        58: struct.pack(">I", 43200),
        59: struct.pack(">I", 75600),
        66: NASTY.encode() + b"\0",  # dnsmasq always ends this one
        119: b"\x011\x012\x013\x014\0",
    }


def test_bootp_gets_an_address_and_a_file(net):
    net.serve(bootfile="http://10.0.2.2/boot.efi")
    reply = net.client(1).ask(None)
    assert (reply.address, reply.server, reply.file) == (
        "10.0.2.15",
        "10.0.2.2",
        b"http://10.0.2.2/boot.efi",
    )
    assert reply.options[60] == b"HTTPClient"


def test_leases_are_as_many_as_there_are_and_go_around_own_addresses(net):
    net.serve(guestfwd=("tcp:10.0.2.16:7-cmd:cat",), dhcpend="10.0.2.17")
    client = net.client(1)
    given = [client.lease(mac(number)).address for number in (1, 2, 1)]
    assert given == ["10.0.2.15", "10.0.2.17", "10.0.2.15"]
    assert client.ask(REQUEST, b"\x32\x04" + bytes((10, 0, 2, 2))).kind == NAK


def test_reservations_change_while_it_runs(net):
    net.serve(Reservation(mac(1), IPv4Address("10.0.2.99"), "web"), hostname="guest")
    client = net.client(1)
    reply = client.lease()
    assert (reply.address, reply.options[12]) == ("10.0.2.99", b"web")
    net.reserve(Reservation(mac(2), IPv4Address("10.0.2.77")))
    net.process.send_signal(signal.SIGHUP)
    net.wait("reservations #1", times=2)
    assert client.lease(mac(2)).address == "10.0.2.77"
    reply = client.lease(mac(1))
    assert (reply.address, reply.options[12]) == ("10.0.2.15", b"guest")


def test_the_router_advertises_prefix_mtu_and_name_server(net):
    net.serve(mtu=1400)
    sender, fixed, options = advertised(net.guest(1))
    assert sender.partition("%")[0] == "fe80::2"
    assert struct.unpack(">BBH", fixed[:4]) == (64, 0x40, 1800)  # hop limit, other configuration, seconds
    length, flags, valid = struct.unpack_from(">BBI", options[3])
    assert (length, flags, valid) == (64, 0xC0, 86400)  # on link, autonomous
    assert options[3][14:30] == socket.inet_pton(socket.AF_INET6, "fec0::")
    assert struct.unpack(">I", options[5][2:6]) == (1400,)
    assert options[25][6:] == socket.inet_pton(socket.AF_INET6, "fec0::3")


@pytest.mark.parametrize(("length", "told", "flags"), [(48, 64, 0xC0), (64, 64, 0xC0), (80, 80, 0x80)])
def test_a_prefix_of_any_length_is_advertised(net, length, told, flags):
    net.serve(ipv6=True, ipv6_prefix="fd00:1::", ipv6_prefixlen=length)
    _, fixed, options = advertised(net.guest(1))
    assert struct.unpack(">H", fixed[2:4]) == (1800,)
    assert tuple(options[3][:2]) == (told, flags)
    assert options[3][14:30] == socket.inet_pton(socket.AF_INET6, "fd00:1::")


def test_what_a_restricted_network_does_not_tell(net):
    net.serve(restrict=True)
    client = net.client(1)
    assert {3, 6}.isdisjoint(client.ask(DISCOVER).options)
    _, fixed, options = advertised(net.guest(2))
    assert fixed[1] == 0
    assert 25 not in options


def test_tftp_reads_from_one_port(net, tmp_path):
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot" / "loader").write_bytes(bytes(range(256)) * 8)
    net.serve(tftp=str(tmp_path / "boot"))
    guest = net.guest(1)
    guest.run("ip", "addr", "add", "10.0.2.15/24", "dev", "eth0")
    with tftp(guest) as client:
        client.send(b"\0\x01loader\0octet\0tsize\x000\0blksize\x001024\0")
        assert client.recv(2000) == b"\0\x06blksize\x001024\0tsize\x002048\0"
        for block in (0, 1):
            client.send(b"\0\x04" + struct.pack(">H", block))
            assert client.recv(2000) == b"\0\x03" + struct.pack(">H", block + 1) + bytes(range(256)) * 4
    with tftp(guest) as client:
        client.send(b"\0\x02new\0octet\0")
        assert client.recv(2000)[:2] == b"\0\x05"
    assert not (tmp_path / "boot" / "new").exists()
