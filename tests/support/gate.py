"""A user network's namespace as its worker finds it: rules loaded, gate and transparent sockets open."""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from netd.kernel import tun
from netd.plan.usernet import Wanted, user_network
from netd.plan.usernet_routes import addresses, routes, rules, settings
from netd.plan.usernet_rules import guest_forwards, ruleset
from tests.support.carrier import until_up
from tests.support.hosts import PATIENCE, MakeHost
from tests.support.process import tool
from tests.support.usernets import DOORS

IP_TRANSPARENT = 19  # linux/in.h
IP_RECVORIGDSTADDR = 20
IPV6_RECVORIGDSTADDR = 74  # linux/in6.h
GATEWAY, GUEST = "52:55:0a:00:02:02", "52:54:00:00:00:01"
GUEST_IPV4, GUEST_IPV6 = "10.0.2.15", "fec0::15"


class Gate:
    """A user network with one guest, ``eth0`` of the host ``guest``. Closed with `close`."""

    def __init__(self, hosts: MakeHost, **options: object) -> None:
        self.network = user_network(Wanted(**options))  # type: ignore[arg-type]  # a test's own options
        self.host, self.guest = hosts("net"), hosts("guest")
        self._wire()
        self._prepare()
        self.load(ruleset(self.network, DOORS))
        self.tap = self.host.call(tun.attach, DOORS.gate)
        until_up(self.host, DOORS.gate)
        self.tcp = self.host.call(transparent, socket.SOCK_STREAM)
        self.tcp.bind(("::", DOORS.tcp))
        self.tcp.listen()
        self.udp = self.host.call(transparent, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_IP, IP_RECVORIGDSTADDR, 1)
        self.udp.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, 1)
        self.udp.bind(("::", DOORS.udp))
        self.sockets = [self.tcp, self.udp]

    def close(self) -> None:
        for sock in self.sockets:
            sock.close()
        os.close(self.tap)

    def load(self, text: str) -> None:
        """Give nft a text in the namespace."""
        nft = tool("nft", "nftables")
        done = self.host.call(lambda: subprocess.run([nft, "-f-"], input=text, text=True, check=False))
        assert done.returncode == 0, text

    def put_forwards(self) -> None:
        """Put the network's guest forwards in force."""
        self.load(guest_forwards(self.network))

    def hits(self) -> Counter[str]:
        """Packets by counters, of both tables."""
        listed = json.loads(self.host.run(tool("nft", "nftables"), "-j", "list", "counters"))
        found: Counter[str] = Counter()
        for item in listed["nftables"]:
            if "counter" in item:
                found[item["counter"]["name"]] += item["counter"]["packets"]
        return found

    def read(self) -> bytes:
        """What the worker reads next at the gate, with its virtio_net_hdr."""
        readable, _, _ = select.select([self.tap], [], [], PATIENCE)
        assert readable, "nothing came to the gate"
        return os.read(self.tap, 1 << 17)

    def packet(self) -> bytes:
        """The IP packet of the next frame at the gate."""
        return self.read()[tun.PLAIN_HEADER + 14 :]

    def at_gate(self) -> bool:
        """Whether something waits there."""
        return bool(select.select([self.tap], [], [], 0)[0])

    def open(self, kind: int, family: int = socket.AF_INET, protocol: int = 0) -> socket.socket:
        """A socket of the guest's."""
        return self._kept(self.guest.call(socket.socket, family, kind, protocol))

    def flow(
        self, source: tuple[str, int], guest: tuple[str, int], kind: int = socket.SOCK_DGRAM
    ) -> socket.socket:
        """The worker's socket, connected to the guest in another's name."""
        family = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
        sock = self._kept(self.host.call(transparent, kind, family))
        sock.bind(source)
        sock.connect(guest)
        return sock

    def accept(self) -> socket.socket:
        """The next connection that the listener has."""
        self.tcp.settimeout(PATIENCE)
        return self._kept(self.tcp.accept()[0])

    def _kept(self, sock: socket.socket) -> socket.socket:
        sock.settimeout(PATIENCE)
        self.sockets.append(sock)
        return sock

    def _wire(self) -> None:
        guest = self.guest
        guest.run("ip", "link", "add", "eth0", "address", GUEST, "type", "veth", "peer", "name", "port")
        guest.run(
            "ip", "link", "set", "port", "address", GATEWAY, "netns", self.host.path, "name", DOORS.gateway
        )
        self.host.call(tun.create, DOORS.gate)
        self.host.run("ip", "link", "set", DOORS.gate, "address", GATEWAY)

    def _prepare(self) -> None:
        host, guest = self.host, self.guest
        for name, value in settings(DOORS):
            host.call(Path("/proc/sys", name).write_text, value)
        for interface in (DOORS.gateway, DOORS.gate):
            host.run("ip", "link", "set", interface, "up")
        guest.run("ip", "link", "set", "eth0", "up")
        until_up(guest, "eth0")
        until_up(host, DOORS.gateway)
        for address in addresses(self.network):
            host.run("ip", "addr", "add", str(address), "dev", DOORS.gateway)
        for route in routes(self.network):
            where = ("dev", route.device, "table", str(route.table))
            host.run("ip", f"-{route.family}", "route", "add", "local", route.destination, *where)
        for rule in rules(self.network):
            mark = ("fwmark", str(rule.mark), "lookup", str(rule.table))
            host.run("ip", f"-{rule.family}", "rule", "add", *mark)
        guest.run("ip", "addr", "add", f"{GUEST_IPV4}/24", "dev", "eth0")
        guest.run("ip", "addr", "add", f"{GUEST_IPV6}/64", "dev", "eth0", "nodad")
        guest.run("ip", "route", "add", "default", "via", "10.0.2.2")
        guest.run("ip", "-6", "route", "add", "default", "via", "fe80::2", "dev", "eth0")


def transparent(kind: int, family: int = socket.AF_INET6) -> socket.socket:
    """A transparent socket of the calling thread's namespace; of both families if it is IPv6."""
    sock = socket.socket(family, kind)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_IP, IP_TRANSPARENT, 1)
    return sock


def destination(packet: bytes) -> str:
    """The address that an IP packet is for."""
    if packet[0] >> 4 == 4:
        return socket.inet_ntop(socket.AF_INET, packet[16:20])
    return socket.inet_ntop(socket.AF_INET6, packet[24:40])


def fragments(address: str, port: int) -> Iterator[bytes]:
    """A SYN in two IPv4 fragments, the first too short to show that it is one; whole frames."""
    syn = struct.pack(">HHIIBBHHH", 4000, port, 1, 0, 5 << 4, 2, 1024, 0, 0) + bytes(8)
    ends = socket.inet_aton(GUEST_IPV4) + socket.inet_aton(address)
    ethernet = bytes.fromhex((GATEWAY + GUEST).replace(":", "")) + b"\x08\0"
    whole = struct.pack(">BBH", 0, 6, len(syn)) + syn
    syn = syn[:16] + checksum(ends + whole) + syn[18:]
    for offset, part in ((0, syn[:8]), (8, syn[8:])):
        more = 0x2000 if offset == 0 else 0
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(part), 7, more | offset // 8, 64, 6, 0) + ends
        yield ethernet + head[:10] + checksum(head) + head[12:] + part


def checksum(data: bytes) -> bytes:
    """The Internet's checksum (RFC 1071)."""
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF)
