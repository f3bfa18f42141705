"""Egress rules: where a user network's guests may connect to.

::

    rule     = [ protocol ":" ] ( network | target ":" ports )
    protocol = "tcp" | "udp" | "icmp"           none: all of them
    network  = address [ "/" length ] | "[" address [ "/" length ] "]"
    target   = network, IPv6 in brackets
    ports    = number [ ".." number ]           tcp and udp only

Addresses are written in full (``10.0.0.0/8``, not ``10/8``); bits after the length do not count,
and no length means one address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network
from typing import Literal, TypeAlias

from netd.errors import NetdError
from netd.wire import inet
from netd.wire.inet import Address, Ports

Protocol: TypeAlias = Literal["tcp", "udp", "icmp"]
Network: TypeAlias = IPv4Network | IPv6Network

_PROTOCOLS: dict[str, Protocol] = {"tcp": "tcp", "udp": "udp", "icmp": "icmp"}
_LENGTH = re.compile(r"[0-9]{1,3}")
_NO_HEX = re.compile(r"[a-z]*[g-z][a-z]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EgressRule:
    """One rule. Without ``protocol`` it is about all of them, or, with ``ports``, TCP and UDP."""

    network: Network
    protocol: Protocol | None = None
    ports: Ports | None = None

    def __str__(self) -> str:
        protocol = "" if self.protocol is None else f"{self.protocol}:"
        if self.ports is None:
            return f"{protocol}{self.network}"
        bracketed = f"[{self.network}]" if self.network.version == 6 else str(self.network)
        return f"{protocol}{bracketed}:{self.ports}"

    def matches(self, protocol: Protocol, address: Address, port: int | None = None) -> bool:
        """Whether it is about this destination; ``port`` is ``None`` for ICMP."""
        return (
            self.protocol in {None, protocol}
            and address in self.network
            and (self.ports is None or (port is not None and port in self.ports))
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a destination is allowed, and the rule that says so; ``None`` where no rule is about it."""

    allowed: bool
    rule: EgressRule | None


@dataclass(frozen=True, slots=True)
class Egress:
    """All rules of a network. A matching deny wins; with any allow, all else is denied."""

    allow: tuple[EgressRule, ...] = ()
    deny: tuple[EgressRule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.allow or self.deny)

    def verdict(self, protocol: Protocol, address: Address, port: int | None = None) -> Verdict:
        """What the rules say of a destination; ``port`` is ``None`` for ICMP."""
        for allowed, rules in ((False, self.deny), (True, self.allow)):
            for rule in rules:
                if rule.matches(protocol, address, port):
                    return Verdict(allowed, rule)
        return Verdict(not self.allow, None)


def parse_all(allow: Iterable[str], deny: Iterable[str]) -> Egress:
    """Read both lists. Raises :class:`NetdError` naming the rule that is wrong."""
    return Egress(tuple(map(parse, allow)), tuple(map(parse, deny)))


def parse(rule: str) -> EgressRule:
    """Read a rule. Raises :class:`NetdError` naming it and the reason."""
    try:
        return _rule(rule)
    except ValueError as error:
        raise NetdError(f"Invalid egress rule '{rule}' ({error})") from error


def _rule(rule: str) -> EgressRule:
    word, colon, rest = rule.partition(":")
    protocol = _PROTOCOLS.get(word) if colon else None
    if colon and _NO_HEX.fullmatch(word) and protocol is None:
        raise ValueError("Bad protocol name")
    network, number = _split(rest if protocol else rule)
    if number is None:
        return EgressRule(_network(network), protocol)
    if protocol == "icmp":
        raise ValueError("ICMP has no ports")
    return EgressRule(_network(network), protocol, _ports(number))


def _split(text: str) -> tuple[str, str | None]:
    """The network without brackets, and what follows its colon."""
    if text.startswith("["):
        inner, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")) or ":" not in inner:
            raise ValueError("Bad network")
        return inner, rest[1:] if rest else None
    if text.count(":") > 1:
        return text, None
    network, colon, number = text.partition(":")
    return network, number if colon else None


def _network(text: str) -> Network:
    written, slash, length = text.partition("/")
    try:
        address = inet.ipv6(written) if ":" in written else IPv4Address(written)
    except ValueError:
        raise ValueError("Bad network") from None
    most = address.max_prefixlen
    if slash and not (_LENGTH.fullmatch(length) and int(length) <= most):
        raise ValueError("Bad prefix length")
    return ip_network((address, int(length) if slash else most), strict=False)


def _ports(text: str) -> Ports:
    try:
        return inet.ports(text, number=inet.decimal)
    except ValueError:
        raise ValueError("Bad port") from None
