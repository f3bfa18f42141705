"""The addresses of a user network: what the user says, and QEMU's defaults for what is left out.

The order of the checks and their texts are QEMU's (``net_slirp_init``, ``net/slirp.c``). Where
QEMU goes on with what cannot work, a text of ours says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, TypeVar

from netd.errors import NetdError
from netd.wire import inet
from netd.wire.inet import ANY, Address

if TYPE_CHECKING:
    from netd.plan.usernet import Wanted

A = TypeVar("A", IPv4Address, IPv6Address)

ROUTER = IPv6Address("fe80::2")
"""The link-local address that IPv6 guests have for their gateway."""

LEASES = 16
"""Addresses that DHCP gives away unless ``dhcpend`` says how many."""

_NET = IPv4Network("10.0.2.0/24")
_PREFIX, _PREFIXLEN = IPv6Address("fec0::"), 64
_HOST, _DNS, _SMB, _LEASE = 0x0202, 0x0203, 0x0204, 0x020F

_RANGES = (
    (IPv4Network("0.0.0.0/1"), 8),
    (IPv4Network("172.16.0.0/12"), 12),
    (IPv4Network("128.0.0.0/2"), 16),
    (IPv4Network("192.168.0.0/16"), 16),
    (IPv4Network("198.18.0.0/16"), 15),
    (IPv4Network("224.0.0.0/3"), 24),
    (IPv4Network("0.0.0.0/0"), 28),
)
"""The length of a network that is given without one: the first range it is in decides."""


@dataclass(frozen=True, slots=True)
class Ipv4:
    """The IPv4 side. ``dns`` may be outside the network; ``smb`` counts only with a shared directory.

    ``first_lease`` to ``last_lease`` are what DHCP gives away, both included.
    """

    network: IPv4Network
    host: IPv4Address
    dns: IPv4Address
    smb: IPv4Address
    first_lease: IPv4Address
    last_lease: IPv4Address


@dataclass(frozen=True, slots=True)
class Ipv6:
    """The IPv6 side: what router advertisements tell. ``dns`` may be outside, or be the host."""

    network: IPv6Network
    host: IPv6Address
    dns: IPv6Address
    router: IPv6Address = ROUTER


def families(wanted: Wanted) -> tuple[bool, bool]:
    """Whether there is IPv4 and whether there is IPv6: one alone switched on switches the other off."""
    ipv4 = wanted.ipv6 is not True if wanted.ipv4 is None else wanted.ipv4
    ipv6 = wanted.ipv4 is not True if wanted.ipv6 is None else wanted.ipv6
    named4 = (wanted.net, wanted.ip, wanted.host, wanted.dns)
    if not ipv4 and any(option is not None for option in named4):
        raise NetdError("IPv4 disabled but netmask/host/dns provided")
    if not ipv6 and any(option is not None for option in named_ipv6(wanted)):
        raise NetdError("IPv6 disabled but prefix/host6/dns6 provided")
    if not ipv4 and not ipv6:
        raise NetdError("IPv4 and IPv6 disabled")
    return ipv4, ipv6


def named_ipv6(wanted: Wanted) -> tuple[str | None, ...]:
    """The addresses of the IPv6 side that the user gave."""
    return wanted.ipv6_prefix, wanted.ipv6_host, wanted.ipv6_dns


def ipv4(wanted: Wanted) -> Ipv4:
    """The IPv4 side; QEMU's checks, which are made also where IPv4 is off.

    Here ``last_lease`` is as ``dhcpend`` says or by default; :func:`check_ipv4` looks at it.
    """
    network = _network(wanted)
    host = _either(inet.ipv4, wanted.host, _default(network, _HOST), "Failed to parse host")
    _require(host in network, "Host doesn't belong to network")
    dns = _either(inet.ipv4, wanted.dns, _default(network, _DNS), "Failed to parse DNS")
    _require(dns in network or not wanted.restrict, "DNS doesn't belong to network")
    _require(dns != host, "DNS must be different from host")
    first = _either(
        inet.ipv4, wanted.dhcpstart, _default(network, _LEASE), "Failed to parse DHCP start address"
    )
    _require(first in network, "DHCP doesn't belong to network")
    _require(first not in {host, dns}, "DHCP must be different from host and DNS")
    smb = _either(inet.ipv4, wanted.smbserver, ANY, "Failed to parse SMB address")
    if smb == ANY:
        smb = service_address(network)
    if wanted.dhcpstart is None and is_edge(network, first):
        first = _start_of_small(network, {host, dns}) or first
    last = _either(inet.ipv4, wanted.dhcpend, _last(network, first), "Failed to parse DHCP end address")
    return Ipv4(network, host, dns, smb, first, last)


def ipv6(wanted: Wanted) -> Ipv6:
    """The IPv6 side; QEMU's checks, which are made also where IPv6 is off."""
    prefix = _either(inet.ipv6, wanted.ipv6_prefix, _PREFIX, "Failed to parse IPv6 prefix")
    length = wanted.ipv6_prefixlen or _PREFIXLEN
    _require(
        0 <= length <= 126,
        "Invalid IPv6 prefix provided (IPv6 prefix length must be between 0 and 126)",
    )
    network = IPv6Network((prefix, length), strict=False)
    host = _either(inet.ipv6, wanted.ipv6_host, _numbered(prefix, 2), "Failed to parse IPv6 host")
    _require(host in network, "IPv6 Host doesn't belong to network")
    dns = _either(inet.ipv6, wanted.ipv6_dns, _numbered(prefix, 3), "Failed to parse IPv6 DNS")
    _require(dns in network or not wanted.restrict, "IPv6 DNS doesn't belong to network")
    return Ipv6(network, host, dns)


def check_ipv4(side: Ipv4) -> None:
    """Refuse IPv4 addresses that QEMU takes and with which no guest could work."""
    network = side.network
    if side.host.is_loopback or side.host.is_multicast:
        raise NetdError(f"Invalid network provided ({network} is no network of hosts)")
    _require(side.last_lease in network, "DHCP end doesn't belong to network")
    _require(side.first_lease <= side.last_lease, "DHCP end must not be before DHCP start")
    named = {
        "Host": side.host,
        "DNS": side.dns,
        "DHCP start": side.first_lease,
        "DHCP end": side.last_lease,
    }
    for name, address in named.items():
        if is_edge(network, address):
            raise NetdError(f"{name} must not be the first or the last address of {network}, is {address}")


def check_ipv6(side: Ipv6) -> None:
    """Refuse IPv6 prefixes that QEMU takes and with which no guest could work."""
    if side.host.is_loopback or side.host.is_multicast or side.host.is_link_local:
        raise NetdError(f"Invalid IPv6 prefix provided ({side.network} is no network of hosts)")


def is_edge(network: IPv4Network, address: IPv4Address) -> bool:
    """Whether the address means the network itself or all its hosts; networks of two have no such."""
    return network.prefixlen <= 30 and address in {network.network_address, network.broadcast_address}


def moved_start(wanted: Wanted, side: Ipv4) -> Iterator[str]:
    """The warning that the first lease is not where QEMU has it."""
    usual = _default(side.network, _LEASE)
    if wanted.dhcpstart is None and side.first_lease != usual:
        yield f"DHCP starts at {side.first_lease}, for {usual} is the broadcast address of {side.network}"


def service_address(network: IPv4Network) -> IPv4Address:
    """Where the SMB server and guest forwards are found unless the user says so: 10.0.2.4."""
    return _default(network, _SMB)


def mac(address: Address) -> str:
    """The MAC address of one of the network's own IP addresses, as libslirp's: 52:55:0a:00:02:02."""
    family = b"\x52\x55" if address.version == 4 else b"\x52\x56"
    return (family + address.packed[-4:]).hex(":")


def _network(wanted: Wanted) -> IPv4Network:
    text = wanted.net
    if text is None:
        if wanted.ip is None:
            return _NET
        text = f"{wanted.ip}/24"
    written, slash, mask = text.partition("/")
    base = _either(inet.ipv4, written, ANY, "Failed to parse netmask")
    length = _length(mask) if slash else next(length for around, length in _RANGES if base in around)
    return IPv4Network((base, length), strict=False)


def _length(text: str) -> int:
    """A network's length, given as such or as a mask."""
    try:
        length = inet.decimal(text or "0")
    except ValueError:
        mask = int(_either(inet.ipv4, text, ANY, "Failed to parse netmask (trailing chars)"))
        length = mask.bit_count()
        if mask != (1 << 32) - (1 << (32 - length)):
            reason = f"{IPv4Address(mask)} has ones after zeros"
            raise NetdError(f"Invalid netmask provided ({reason})") from None
    _require(4 <= length <= 32, "Invalid netmask provided (must be in range 4-32)")
    return length


def _start_of_small(network: IPv4Network, taken: set[IPv4Address]) -> IPv4Address | None:
    """Where leases start in a network of 8 or 16 addresses, whose last one QEMU starts at."""
    free = (address for address in network.hosts() if address not in taken)
    return next((address for address in free if address > service_address(network)), None)


def _last(network: IPv4Network, first: IPv4Address) -> IPv4Address:
    """The sixteenth lease, or the last there can be."""
    end = int(network.broadcast_address) - (network.prefixlen <= 30)
    return IPv4Address(max(int(first), min(int(first) + LEASES - 1, end)))


def _default(network: IPv4Network, number: int) -> IPv4Address:
    return IPv4Address(int(network.network_address) | (number & int(network.hostmask)))


def _numbered(prefix: IPv6Address, number: int) -> IPv6Address:
    return IPv6Address(int(prefix) | number)


def _either(read: Callable[[str], A], text: str | None, default: A, refusal: str) -> A:
    """The address that the text is, or the default where there is no text."""
    if text is None:
        return default
    try:
        return read(text)
    except ValueError:
        raise NetdError(refusal) from None


def _require(condition: bool, refusal: str) -> None:
    if not condition:
        raise NetdError(refusal)
