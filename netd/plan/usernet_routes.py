"""What a user network's namespace needs beside its rules: addresses, policy routing and settings.

The order is that of doing: settings before the interfaces are up, addresses, routes, rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface
from typing import Literal, TypeAlias

from netd.plan.usernet import UserNetwork
from netd.plan.usernet_rules import MARK, Doors, own_ipv4

ROUTES = 100
"""The number of the routing table in which every address is local."""

Family: TypeAlias = Literal[4, 6]


@dataclass(frozen=True, slots=True)
class MarkRule:
    """Packets with this firewall mark are routed by this table: ``ip rule add fwmark 1 lookup 100``."""

    family: Family
    mark: int
    table: int


@dataclass(frozen=True, slots=True)
class LocalRoute:
    """A destination is taken for local: ``ip route add local 0.0.0.0/0 dev lo table 100``."""

    family: Family
    destination: str
    device: str
    table: int


def settings(doors: Doors) -> Iterator[tuple[str, str]]:
    """Sysctls by their paths below ``/proc/sys``, once both interfaces are there.

    Packets from the gate have guests' source addresses, which are routed to the gateway; so there is
    no reverse path filter. ``addr_gen_mode`` 1 leaves the link-local address to be :func:`addresses`'.
    IPv6 forwarding makes the gateway call itself a router in its neighbour advertisements, else guests
    forget their default route (RFC 4861, section 7.2.5); nothing is forwarded while ``all`` is off.
    """
    yield "net/ipv4/ip_forward", "0"
    yield "net/ipv6/conf/all/forwarding", "0"
    for interface in ("all", doors.gateway, doors.gate):
        yield f"net/ipv4/conf/{interface}/rp_filter", "0"
    for interface in (doors.gateway, doors.gate):
        for name, value in (("disable_ipv6", 0), ("addr_gen_mode", 1), ("accept_dad", 0), ("accept_ra", 0)):
            yield f"net/ipv6/conf/{interface}/{name}", str(value)
    yield f"net/ipv6/conf/{doors.gateway}/forwarding", "1"


def addresses(network: UserNetwork) -> Iterator[IPv4Interface | IPv6Interface]:
    """The gateway interface's, in the order of adding, so that its ICMP errors come from the host's.

    The kernel takes the first IPv4 address for that, and of IPv6 addresses with the longest common prefix
    (RFC 6724, rule 8, where an address's own length is the limit) the last.
    """
    if network.ipv4 is not None:
        host = network.ipv4.host
        yield IPv4Interface((host, network.ipv4.network.prefixlen))
        yield from (IPv4Interface((own, 32)) for own in own_ipv4(network) if own != host)
    if network.ipv6 is not None:
        side = network.ipv6
        length = side.network.prefixlen
        if side.dns != side.host:
            yield IPv6Interface((side.dns, length if side.dns in side.network else 128))
        yield IPv6Interface((side.host, length))
        yield IPv6Interface((side.router, 64))


def routes(network: UserNetwork) -> Iterator[LocalRoute]:
    """The routes that make any address local."""
    everything = {4: "0.0.0.0/0", 6: "::/0"}
    return (LocalRoute(family, everything[family], "lo", ROUTES) for family in _families(network))


def rules(network: UserNetwork) -> Iterator[MarkRule]:
    """The rules by which marked packets find these routes."""
    return (MarkRule(family, MARK, ROUTES) for family in _families(network))


def _families(network: UserNetwork) -> Iterator[Family]:
    if network.ipv4 is not None:
        yield 4
    if network.ipv6 is not None:
        yield 6
