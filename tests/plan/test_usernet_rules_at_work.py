"""The rules in a kernel: what a guest's packets meet, and what meets the guest."""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import replace

import pytest

from netd.plan.usernet_rules import ruleset
from tests.support.gate import GATEWAY, GUEST_IPV4, GUEST_IPV6, Gate, destination, fragments
from tests.support.process import tool
from tests.support.usernets import DOORS, GOLDEN, WANTED

pytestmark = pytest.mark.kernel

OUTSIDE = ("203.0.113.9", "2001:db8:9::9")
DENIED = ("198.51.100.9", "2001:db8:dead::9")
DENY = ("198.51.100.0/24", "2001:db8:dead::/48")
ECHO4, ECHO6 = b"\x08\0\xf7\xff\0\0\0\0", b"\x80\0\0\0\0\0\0\0"


@pytest.fixture
def gate(hosts, request):
    """A gate of the network that the test's parameter names, or of the usual one."""
    gate = Gate(hosts, **getattr(request, "param", {}))
    yield gate
    gate.close()


def network(**options):
    return pytest.mark.parametrize("gate", [options], indirect=True)


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def begin(gate, address, port=80):
    """A guest's socket that begins to connect."""
    client = gate.open(socket.SOCK_STREAM, family(address))
    client.setblocking(False)
    client.connect_ex((address, port))
    return client


def refused(gate, address, port=80):
    """Whether a connection is reset at once."""
    client = gate.open(socket.SOCK_STREAM, family(address))
    try:
        client.connect((address, port))
    except ConnectionRefusedError:
        return True
    return False


def datagram(gate, address, data=b"hello", port=5000):
    """A guest's UDP socket that has sent this."""
    client = gate.open(socket.SOCK_DGRAM, family(address))
    client.connect((address, port))
    client.send(data)
    return client


def ping(gate, address):
    """A guest's raw ICMP socket that has sent an echo request."""
    six = ":" in address
    protocol = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    sock = gate.open(socket.SOCK_RAW, family(address), protocol)
    sock.sendto(ECHO6 if six else ECHO4, (address, 0))
    return sock


def answer(sock, *kinds):
    """Sender, type and code of the next ICMP message of these types."""
    while True:
        data, sender = sock.recvfrom(1 << 16)
        message = data if sock.family == socket.AF_INET6 else data[20:]
        if message[0] in kinds:
            return sender[0], message[0], message[1]


def mapped(address):
    return address if ":" in address else f"::ffff:{address}"


def received(gate):
    """The next datagram at the transparent socket: data and original destination."""
    gate.udp.settimeout(10)
    data, extra, _, _ = gate.udp.recvmsg(1 << 16, 256)
    for level, _, value in extra:
        port = struct.unpack_from(">H", value, 2)[0]
        if level == socket.SOL_IP:
            return data, socket.inet_ntop(socket.AF_INET, value[4:8]), port
        return data, socket.inet_ntop(socket.AF_INET6, value[8:24]), port
    raise AssertionError


def nothing(sock):
    """Whether nothing waits at a socket."""
    sock.setblocking(False)
    try:
        sock.accept() if sock.type == socket.SOCK_STREAM else sock.recv(1)
    except BlockingIOError:
        return True
    return False


@pytest.mark.parametrize("name", WANTED)
def test_nft_takes_the_golden_texts(hosts, name):
    host = hosts("net")
    host.run("ip", "link", "add", DOORS.gateway, "type", "veth", "peer", "name", DOORS.gate)
    host.run(tool("nft", "nftables"), "-c", "-f", str(GOLDEN / f"{name}.nft"))


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_connection_is_accepted_when_its_syn_comes_back(gate, address):
    client = begin(gate, address)
    frame = gate.read()
    assert destination(frame[24:]) == address
    assert nothing(gate.tcp)
    os.write(gate.tap, frame)
    worker = gate.accept()
    assert worker.getsockname()[:2] == (mapped(address), 80)
    client.settimeout(10)
    client.sendall(b"question")
    assert worker.recv(100) == b"question"
    worker.sendall(b"answer")
    assert client.recv(100) == b"answer"


@network(deny=DENY)
def test_what_is_denied_is_refused_and_counted(gate):
    for number, address in enumerate(DENIED):
        assert refused(gate, address)
        client = datagram(gate, address)
        with pytest.raises(OSError, match=r"No route to host|Permission denied"):
            client.recv(1)
        router, *told = answer(ping(gate, address), 3, 1)
        assert (router, *told) == [("10.0.2.2", 3, 13), ("fec0::2", 1, 1)][number]
        assert gate.hits()[f"deny{number}"] == 3
    assert not gate.at_gate()
    assert nothing(gate.tcp)
    assert nothing(gate.udp)


@network(allow=("203.0.113.0/24", "tcp:[2001:db8:9::]:80", "2001:db8:9::/64"), deny=("udp:0.0.0.0/0:53",))
def test_what_is_allowed_is_counted_once_and_all_else_denied(gate):
    for address in OUTSIDE:
        begin(gate, address)
        os.write(gate.tap, gate.read())
        gate.accept()
        ping(gate, address)
        gate.packet()
        datagram(gate, address)
        received(gate)
    assert refused(gate, DENIED[0])
    assert refused(gate, "10.0.2.2")
    assert +gate.hits() == {"allow0": 3, "allow2": 3, "others": 2}


def test_echo_of_the_outside_is_for_the_gate_and_the_gateways_for_the_kernel(gate):
    for own in ("10.0.2.2", "10.0.2.3", "fec0::2", "fec0::3"):
        assert answer(ping(gate, own), 0, 129)[0] == own
    for address in OUTSIDE:
        ping(gate, address)
        assert destination(gate.packet()) == address
    assert not gate.at_gate()


@pytest.mark.parametrize("address", OUTSIDE)
@pytest.mark.parametrize("size", [5, 4000])
def test_datagrams_have_their_destination_and_a_flow_its_socket(gate, address, size):
    client = datagram(gate, address, b"x" * size)
    assert received(gate) == (b"x" * size, address, 5000)
    worker = gate.flow((address, 5000), client.getsockname()[:2])
    worker.send(b"answer")
    assert client.recv(100) == b"answer"
    client.send(b"more")
    assert worker.recv(100) == b"more"
    assert nothing(gate.udp)


def test_the_kernel_refuses_what_is_not_served(gate):
    assert refused(gate, "10.0.2.3", 80)
    assert refused(gate, "fec0::3", 80)
    for own in ("10.0.2.3", "fec0::3"):
        with pytest.raises(ConnectionRefusedError):
            datagram(gate, own).recv(1)
    gate.guest.run("ip", "neigh", "add", "10.0.2.77", "lladdr", GATEWAY, "dev", "eth0")
    with pytest.raises(OSError, match="No route to host"):
        refused(gate, "10.0.2.77")
    assert not gate.at_gate()


def test_what_is_not_for_the_gateway_is_nobodys_business(gate):
    begin(gate, OUTSIDE[0], 1)
    frame = gate.read()[10:]
    wire = gate.guest.wire("eth0")
    wire.send(bytes.fromhex("525400000099") + frame[6:])  # another guest's MAC address
    for daddr in ("127.0.0.1", "0.0.0.0"):
        wire.send(frame[:30] + socket.inet_aton(daddr) + frame[34:])
    begin(gate, OUTSIDE[0], 2)
    seen = [gate.packet()]
    while struct.unpack(">H", seen[-1][22:24]) != (2,):
        seen.append(gate.packet())
    assert {destination(packet) for packet in seen} == {OUTSIDE[0]}
    assert not any(packet[:20] == frame[14:34] for packet in seen)


def test_a_syn_in_fragments_reaches_nobody(gate):
    wire = gate.guest.wire("eth0")
    for frame in fragments(OUTSIDE[0], 80):
        wire.send(frame)
    datagram(gate, OUTSIDE[0])
    received(gate)
    assert nothing(gate.tcp)
    assert not gate.at_gate()


def test_the_gateway_calls_itself_a_router(gate):
    assert answer(ping(gate, "fec0::2"), 129)[0] == "fec0::2"
    assert "router" in gate.guest.run("ip", "-6", "neigh", "show", "fec0::2", "dev", "eth0")


@network(restrict=True, tftp="/srv", guestfwd=("tcp:10.0.2.100:7-cmd:cat",))
def test_what_a_restricted_guest_can_reach(gate):
    for address in (*OUTSIDE, "10.0.2.2", "fec0::2", "10.0.2.3", "fec0::3", "10.0.2.100"):
        assert refused(gate, address)
        datagram(gate, address)
        datagram(gate, address, port=53)
    ping(gate, OUTSIDE[0])
    assert nothing(gate.udp)
    assert not gate.at_gate()
    for own in ("10.0.2.2", "10.0.2.3", "fec0::2", "fec0::3"):
        assert answer(ping(gate, own), 0, 129)[0] == own
    with pytest.raises(ConnectionRefusedError):  # TFTP, which nobody serves here
        datagram(gate, "10.0.2.2", port=69).recv(1)
    begin(gate, "10.0.2.100", 7)
    os.write(gate.tap, gate.read())
    assert gate.accept().getsockname()[:2] == ("::ffff:10.0.2.100", 7)


@network(restrict=True)
@pytest.mark.parametrize(("client", "guest"), [(OUTSIDE[0], GUEST_IPV4), (OUTSIDE[1], GUEST_IPV6)])
def test_host_forwards_work_both_ways_though_restricted(gate, client, guest):
    server = gate.open(socket.SOCK_DGRAM, family(guest))
    server.bind((guest, 9))
    worker = gate.flow((client, 4444), (guest, 9))
    worker.send(b"question")
    data, sender = server.recvfrom(100)
    assert (data, sender[:2]) == (b"question", (client, 4444))
    server.sendto(b"answer", sender)
    assert worker.recv(100) == b"answer"
    server.close()
    worker.send(b"question")
    with pytest.raises(ConnectionRefusedError):
        worker.recv(100)


@network(deny=("0.0.0.0/0", "::/0"))
def test_forwards_are_not_egress(gate):
    server = gate.open(socket.SOCK_STREAM)
    server.bind((GUEST_IPV4, 9))
    server.listen()
    gate.flow(("203.0.113.5", 4444), (GUEST_IPV4, 9), socket.SOCK_STREAM)
    client, sender = server.accept()
    client.close()
    assert sender == ("203.0.113.5", 4444)
    rule = gate.network.guest_forward("tcp:10.0.2.100:7-cmd:cat")
    gate.network = replace(gate.network, guestfwds=(rule,))
    gate.host.run("ip", "addr", "add", "10.0.2.100/32", "dev", "gw")
    gate.put_forwards()
    begin(gate, "10.0.2.100", 7)
    os.write(gate.tap, gate.read())
    gate.accept()
    assert not +gate.hits()


def test_rules_replace_themselves_under_an_open_flow(gate):
    client = begin(gate, OUTSIDE[0])
    os.write(gate.tap, gate.read())
    worker = gate.accept()
    gate.load(ruleset(gate.network, DOORS))
    client.settimeout(10)
    client.sendall(b"question")
    assert worker.recv(100) == b"question"
