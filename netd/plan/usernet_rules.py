"""A user network's nft rules: what its guests send goes to the worker, but for the network's own services.

Theory of operation
-------------------
The namespace has three interfaces: the *gateway*, where guests are; the *gate*, a tap that the
worker reads; and ``lo``. A guest's packet passes two chains.

**At the gate** (``netdev``, ingress of the gateway) the first packet of a TCP connection and every
echo request to the outside are put into the tap instead of being received. The worker connects on
the host's side, and only on success writes that very frame back into the tap. So it arrives anew, by
the gate, and is accepted.

**In prerouting** (``inet``) each packet finds its receiver, in this order: the network's own services;
an open flow (ICMP errors about one too); for a connection that comes by the gate, the worker's
transparent listener; for what is denied, a refusal; for a UDP flow's first datagram, the worker's
transparent socket. What remains is dropped: no first packet reaches the listener past the gate, be it
cut into fragments.

What goes to a transparent socket is given :data:`MARK`, which the policy routing sends to the local
table. Therefore every socket of the worker that guests' packets are for must be ``IP_TRANSPARENT``,
the one bound to the gateway's address too.

Egress rules look at what starts a flow; who replaces them ends the flows that are denied now. Forwards
are asked for before. With ``restrict=on`` nothing is left but DHCP, TFTP over IPv4, echo of the network's
own addresses and forwards; as in libslirp TCP is reset and the rest is dropped.

On a hub the gateway sees frames between guests, too: only those that are for its own MAC address count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from netd.plan import usernet_egress as egress
from netd.plan.usernet import SMB_PORTS, UserNetwork
from netd.plan.usernet_addresses import Ipv4, Ipv6, is_edge

MARK = 1
"""The firewall mark of what transparent sockets receive."""

TABLE = "netd"
"""The name of both tables."""

_SYN = "tcp flags & (syn | ack) == syn"
_NOT_SYN = "tcp flags & (syn | ack) != syn"
_ERRORS4 = "icmp type { destination-unreachable, time-exceeded, parameter-problem }"
_ERRORS6 = "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem }"

_NOWHERE4 = ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255")
"""Addresses that no guest means but that a host's socket takes for its loopback or its network."""

_NOWHERE6 = ("::/127", "::ffff:0:0/96", "fe80::/10", "ff00::/8")
"""The same, with the mapped ones: connected to, they are IPv4 (RFC 4291, section 2.5.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The interfaces and the TCP and UDP ports where the worker's two transparent sockets are.

    Each socket is for both families and bound to no address. Both interfaces must be there when the
    rules are loaded, with the same MAC address.
    """

    gateway: str
    gate: str
    tcp: int
    udp: int


def ruleset(network: UserNetwork, doors: Doors) -> str:
    """All rules, for ``nft -f`` in the network's namespace. Loaded again they replace themselves at once.

    That puts all counters to zero; :func:`guest_forwards` does not.
    """
    gate = [_counters(network), _forward_set(network)]
    gate += [_chain("gate", _gate(network, doors)), _chain("outward", _outward(network, doors))]
    guests = [_counters(network), _forward_set(network), _own_set(network)]
    guests += [_chain(name, rules) for name, rules in _prerouting(network, doors)]
    return _table("netdev", gate) + _table("inet", guests)


def guest_forwards(network: UserNetwork) -> str:
    """What puts the network's guest forwards in force in place of those before, for ``nft -f``."""
    lines: list[str] = []
    for family in ("netdev", "inet"):
        lines += _refill(f"{family} {TABLE} forwards", _forwards(network))
    lines += _refill(f"inet {TABLE} own", map(str, own_ipv4(network)))
    return "".join(f"{line}\n" for line in lines)


def own_ipv4(network: UserNetwork) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that the gateway interface must have: the name server's also when it is outside."""
    if network.ipv4 is None:
        return ()
    return tuple(sorted({*network.own_ipv4, network.ipv4.dns}))


def _gate(network: UserNetwork, doors: Doors) -> Iterator[str]:
    yield f'type filter hook ingress device "{doors.gateway}" priority filter; policy accept;'
    yield "meta pkttype != host accept"
    if network.ipv4 is not None:
        yield f'ip daddr . tcp dport @forwards {_SYN} fwd to "{doors.gate}"'
        yield from _gate4(network, network.ipv4)
    if network.ipv6 is not None:
        yield from _gate6(network, network.ipv6)


def _gate4(network: UserNetwork, side: Ipv4) -> Iterator[str]:
    if network.restrict:
        return
    yield f"ip daddr {_set(_NOWHERE4)} accept"
    yield f"ip daddr {_any(_closed(side))} ip daddr != {side.host} accept"
    yield f"meta protocol ip {_SYN} goto outward"
    yield f"ip daddr {side.host} accept"
    yield "icmp type echo-request goto outward"
    yield "meta l4proto icmp ip frag-off & 0x1fff != 0 goto outward"


def _gate6(network: UserNetwork, side: Ipv6) -> Iterator[str]:
    if network.restrict:
        return
    yield f"ip6 daddr {_set(_NOWHERE6)} accept"
    yield f"ip6 daddr {_any(_closed(side))} ip6 daddr != {side.host} accept"
    if side.dns == side.host:
        yield f"ip6 daddr {side.dns} tcp dport 53 accept"
    yield f"meta protocol ip6 {_SYN} goto outward"
    yield f"ip6 daddr {side.host} accept"
    yield "icmpv6 type echo-request goto outward"
    yield "meta l4proto ipv6-icmp frag frag-off != 0 goto outward"


def _outward(network: UserNetwork, doors: Doors) -> Iterator[str]:
    return egress.choosing(network.egress, f'fwd to "{doors.gate}"')


def _prerouting(network: UserNetwork, doors: Doors) -> Iterator[tuple[str, Iterator[str]]]:
    """The chains by their names; those that others go to come first."""
    yield "worker", _worker(doors)
    yield "refuse", _refuse()
    yield "egress", egress.refusing(network.egress)
    if network.ipv4 is not None:
        yield "ipv4", _ipv4(network, network.ipv4, doors)
    if network.ipv6 is not None:
        yield "ipv6", _ipv6(network, network.ipv6, doors)
    yield "guests", _guests(network)


def _guests(network: UserNetwork) -> Iterator[str]:
    yield "type filter hook prerouting priority mangle; policy drop;"
    yield 'iifname "lo" accept'
    if network.ipv4 is not None:
        yield "meta nfproto ipv4 goto ipv4"
    if network.ipv6 is not None:
        yield "meta nfproto ipv6 goto ipv6"


def _worker(doors: Doors) -> Iterator[str]:
    for protocol, port in (("tcp", doors.tcp), ("udp", doors.udp)):
        yield f"meta l4proto {protocol} meta mark set {MARK} tproxy to :{port} accept"
    yield "drop"


def _refuse() -> Iterator[str]:
    yield "meta l4proto tcp reject with tcp reset"
    yield "reject with icmpx admin-prohibited"


def _ipv4(network: UserNetwork, side: Ipv4, doors: Doors) -> Iterator[str]:
    yield "ip daddr 255.255.255.255 udp dport 67 accept"
    yield f"ip daddr {_set((*_NOWHERE4, *_broadcast(side)))} drop"
    yield f"ip daddr {side.host} udp dport {_any(['67', *(['69'] if network.tftp else [])])} accept"
    if network.smb is not None:
        yield f"ip daddr {side.smb} tcp dport {_set(map(str, SMB_PORTS))} accept"
    if not network.restrict:
        yield f"ip daddr {side.dns} meta l4proto {{ tcp, udp }} th dport 53 accept"
    yield f"{_ERRORS4} meta mark set {MARK} accept"
    yield from _open_flows(doors)
    yield "ip daddr . tcp dport @forwards drop"
    yield "ip daddr @own meta l4proto icmp accept"
    if network.restrict:
        yield "meta l4proto tcp reject with tcp reset"
        return
    yield f"ip daddr @own ip daddr != {side.host} meta l4proto tcp reject with tcp reset"
    yield f"ip daddr @own ip daddr != {side.host} reject with icmp port-unreachable"
    yield f"ip daddr {side.network} ip daddr != {side.host} reject with icmp host-unreachable"
    yield from _new_flows()


def _ipv6(network: UserNetwork, side: Ipv6, doors: Doors) -> Iterator[str]:
    own = list(dict.fromkeys(str(address) for address in (side.host, side.dns, side.router)))
    yield "ip6 daddr ff00::/8 meta l4proto ipv6-icmp accept"
    if not network.restrict:
        yield "ip6 daddr ff02::1:2 udp dport 547 accept"
        yield f"ip6 daddr {side.dns} meta l4proto {{ tcp, udp }} th dport 53 accept"
        if network.tftp is not None:
            yield f"ip6 daddr {side.host} udp dport 69 accept"
    yield f"ip6 daddr {_set(own)} meta l4proto ipv6-icmp accept"
    yield f"ip6 daddr {_set(_NOWHERE6)} drop"
    yield f"{_ERRORS6} meta mark set {MARK} accept"
    yield from _open_flows(doors)
    if network.restrict:
        yield "meta l4proto tcp reject with tcp reset"
        return
    if side.dns != side.host:
        yield f"ip6 daddr {side.dns} meta l4proto tcp reject with tcp reset"
        yield f"ip6 daddr {side.dns} reject with icmpv6 port-unreachable"
    yield f"ip6 daddr {side.network} ip6 daddr != {side.host} reject with icmpv6 addr-unreachable"
    yield from _new_flows()


def _open_flows(doors: Doors) -> Iterator[str]:
    """What belongs to a flow, or to none that is known: the listener's TCP answers that."""
    yield f"meta l4proto udp socket transparent 1 socket wildcard 0 meta mark set {MARK} accept"
    yield f"{_NOT_SYN} goto worker"
    yield f'iifname "{doors.gate}" goto worker'


def _new_flows() -> Iterator[str]:
    yield "jump egress"
    yield "meta l4proto udp goto worker"


def _broadcast(side: Ipv4) -> Iterator[str]:
    address = side.network.broadcast_address
    if is_edge(side.network, address):
        yield str(address)


def _closed(side: Ipv4 | Ipv6) -> tuple[str, ...]:
    """Where nothing of the outside is, as nft's set wants it: no address twice."""
    return (str(side.network), *([str(side.dns)] if side.dns not in side.network else []))


def _counters(network: UserNetwork) -> str:
    return "".join(f"\tcounter {item.counter} {{ }}\n" for item in egress.counted(network.egress))


def _forward_set(network: UserNetwork) -> str:
    return _named_set("forwards", "ipv4_addr . inet_service", _forwards(network))


def _own_set(network: UserNetwork) -> str:
    return _named_set("own", "ipv4_addr", map(str, own_ipv4(network)))


def _forwards(network: UserNetwork) -> list[str]:
    return [f"{rule.guest.server} . {rule.guest.port}" for rule in network.guestfwds]


def _table(family: str, parts: Iterable[str]) -> str:
    body = "\n".join(part for part in parts if part)
    return f"table {family} {TABLE}\ndelete table {family} {TABLE}\ntable {family} {TABLE} {{\n{body}}}\n"


def _chain(name: str, rules: Iterable[str]) -> str:
    body = "".join(f"\t\t{rule}\n" for rule in rules)
    return f"\tchain {name} {{\n{body}\t}}\n"


def _named_set(name: str, of: str, elements: Iterable[str]) -> str:
    filled = "".join(f"\t\telements = {_set(some)}\n" for some in [list(elements)] if some)
    return f"\tset {name} {{\n\t\ttype {of}\n{filled}\t}}\n"


def _refill(name: str, elements: Iterable[str]) -> Iterator[str]:
    yield f"flush set {name}"
    if some := list(elements):
        yield f"add element {name} {_set(some)}"


def _set(elements: Iterable[str]) -> str:
    return f"{{ {', '.join(elements)} }}"


def _any(elements: Sequence[str]) -> str:
    return elements[0] if len(elements) == 1 else _set(elements)
