"""What a user network's dnsmasq is told: DHCP, router advertisements, DNS and TFTP as libslirp has them.

:func:`configuration` gives the whole configuration, :func:`reservations` the one file that changes
while dnsmasq runs: it is read again on SIGHUP.

Read with dnsmasq's own rules (``read_file`` in its ``option.c``): a line is cut at commas, and what
follows a blank and ``#`` is no more read, except in double quotes, where a backslash takes the
meaning from a quote or a backslash. So every text of the user's is quoted. A quoted text is also never
taken for a number or an address.

dnsmasq gives options only to a guest that asks for them. libslirp asks nobody, hence ``-force``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network

from netd.errors import NetdError
from netd.plan.usernet import UserNetwork
from netd.plan.usernet_addresses import Ipv4, Ipv6, is_edge
from netd.wire import inet
from netd.wire.inet import Address

LEASE_TIME = 86400
"""Seconds; libslirp's, also for the prefix that is advertised."""

RA_INTERVAL, ROUTER_LIFETIME = 600, 1800
"""Seconds; libslirp's are 200 to 600 at random, and 1800 (RFC 4861, section 6.2.1)."""

OPTION_MAX = 255
"""Bytes of a DHCP option (RFC 2132, section 2)."""

LINE_MAX = 1023
"""Bytes of a line of the configuration (``MAXDNAME`` less the end of line and of string)."""

_SLAAC = 64  # bits of a prefix that guests make addresses from, RFC 4862 with Ethernet's RFC 2464
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where dnsmasq runs. Files are absolute paths as it sees them.

    ``interface`` is the gateway's; ``upstream`` is the address and UDP port, in the network's own namespace,
    of who asks the host's resolver. The file of reservations must be there when it starts.
    ``tftp`` is where the network's TFTP directory is found, if not under its own path.
    """

    interface: str
    upstream: tuple[Address, int]
    lease_file: str
    reservations_file: str
    tftp: str | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """What DHCP keeps for the guest with this MAC address (lower-case): an address, a name or both."""

    mac: str
    ip: IPv4Address | None = None
    name: str | None = None


def configuration(network: UserNetwork, where: Surroundings) -> str:
    """dnsmasq's whole configuration, for ``--conf-file``; to be written as UTF-8.

    Raises :class:`NetdError` for a path that is too long for dnsmasq.
    """
    sections = [_process(where), _dns(network, where), _dhcp(network, where)]
    if network.ipv6 is not None:
        sections.append(_ipv6(network, network.ipv6, where))
    if network.tftp is not None:
        sections.append(_tftp(where.tftp or network.tftp))
    return "\n".join("".join(map(_line, section)) for section in sections)


def reservations(network: UserNetwork, wanted: Iterable[Reservation]) -> str:
    """The file of reservations. Raises :class:`NetdError` for one that cannot be, or that is there twice."""
    lines, taken = [], set[str]()
    for reservation in wanted:
        _check(network, reservation)
        for what in (reservation.mac, reservation.ip, reservation.name and reservation.name.lower()):
            if what is not None and str(what) in taken:
                raise _refused(reservation, f"{what} is reserved already")
            taken.add(str(what))
        lines.append(_reserved(reservation))
    return "".join(f"{line}\n" for line in lines)


def quoted(text: str) -> str:
    """A text without control characters, so that dnsmasq takes it as it is; lone surrogates are ``?``."""
    text = text.encode(errors="replace").decode()
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def searched(domains: Iterable[str]) -> tuple[str, ...]:
    """As many domains as DHCP's option holds for certain (RFC 3397), from the first on."""
    found, left = [], OPTION_MAX
    for domain in (domain.removesuffix(".") for domain in domains):
        left -= len(domain) + 2  # the length of its first label, and its end
        if left < 0:
            break
        found.append(domain)
    return tuple(found)


def _process(where: Surroundings) -> Iterator[str]:
    """A process that stays what it was started as, logs to its standard error and knows no other file."""
    yield "keep-in-foreground"
    yield "log-facility=-"
    yield "user="
    yield "group="
    yield "pid-file"
    yield f"interface={where.interface}"
    yield "except-interface=lo"
    yield "bind-dynamic"


def _dns(network: UserNetwork, where: Surroundings) -> Iterator[str]:
    """Guests' names, and for all others the upstream, whose answers are not kept: it may change its mind."""
    if network.restrict:
        yield "port=0"
        return
    yield "no-hosts"
    yield "no-resolv"
    yield "no-poll"
    yield "cache-size=0"
    yield "proxy-dnssec"
    address, port = where.upstream
    yield f"server={address}#{port}"
    if network.domainname is not None and _is_domain(network.domainname):
        yield f"domain={network.domainname}"


def _dhcp(network: UserNetwork, where: Surroundings) -> Iterator[str]:
    yield f"dhcp-leasefile={quoted(where.lease_file)}"
    yield f"dhcp-hostsfile={quoted(where.reservations_file)}"
    if network.ipv4 is None:
        return
    yield "dhcp-authoritative"
    yield "dhcp-sequential-ip"
    yield "dhcp-broadcast"
    yield "bootp-dynamic"
    yield "no-ping"
    yield from _ranges(network, network.ipv4)
    yield from _options(network, network.ipv4)
    yield from _boot(network, network.ipv4)


def _ranges(network: UserNetwork, side: Ipv4) -> Iterator[str]:
    """What to give away: dnsmasq starts with the first range."""
    mask = side.network.netmask
    runs = list(network.leases())
    yield f"dhcp-lease-max={1 + int(side.network.broadcast_address) - int(side.network.network_address)}"
    if not runs:
        yield f"dhcp-range={side.network.network_address},static,{mask},{LEASE_TIME}"
    for first, last in runs:
        yield f"dhcp-range={first},{last},{mask},{LEASE_TIME}"


def _options(network: UserNetwork, side: Ipv4) -> Iterator[str]:
    """libslirp's options in its order, and the MTU. Those without a value are kept back."""
    router, dns = ("", "") if network.restrict else (f",{side.host}", f",{side.dns}")
    yield f"dhcp-option-force=option:router{router}"
    yield f"dhcp-option-force=option:dns-server{dns}"
    if network.hostname is not None:
        yield f"dhcp-option-force=tag:!known,12,{quoted(network.hostname)}"
    if network.domainname is not None:
        yield f"dhcp-option-force=option:domain-name,{quoted(network.domainname)}"
    if network.tftp_server_name is not None:
        yield f"dhcp-option-force=option:tftp-server,{quoted(network.tftp_server_name)}"
    if search := searched(network.search):
        yield f"dhcp-option-force=option:domain-search,{','.join(map(quoted, search))}"
    if _is_http(network.bootfile):
        yield "dhcp-option-force=option:vendor-class,HTTPClient"
    yield f"dhcp-option=option:mtu,{network.mtu}"


def _boot(network: UserNetwork, side: Ipv4) -> Iterator[str]:
    """BOOTP's file and server. Also without a file: U-Boot asks the server for one of its own."""
    server = side.host
    with suppress(ValueError):  # a name, which only option 66 can tell
        server = inet.ipv4(network.tftp_server_name or "")
    yield f"dhcp-boot={quoted(network.bootfile or '')},,{server}"


def _ipv6(network: UserNetwork, side: Ipv6, where: Surroundings) -> Iterator[str]:
    """Router advertisements, and DHCPv6 for who asks it; it has no addresses to give."""
    length = max(side.network.prefixlen, _SLAAC)
    prefix = IPv6Network((side.host, length), strict=False).network_address
    if length > _SLAAC:
        yield "enable-ra"
        yield f"dhcp-range={prefix},static,{length},{LEASE_TIME}"
    else:
        modes = "ra-only" if network.restrict else "ra-stateless,ra-names"
        yield f"dhcp-range={prefix},{modes},{length},{LEASE_TIME}"
    yield f"ra-param={where.interface},mtu:{network.mtu},{RA_INTERVAL},{ROUTER_LIFETIME}"
    if network.restrict:
        yield "dhcp-option=option6:dns-server"
        return
    yield f"dhcp-option=option6:dns-server,[{side.dns}]"
    if search := searched(network.search):
        yield f"dhcp-option=option6:domain-search,{','.join(map(quoted, search))}"
    if network.bootfile is not None:
        url = network.bootfile
        if not _is_http(url):
            url = f"tftp://[{side.host.exploded}]/{url}"
        yield f"dhcp-option=option6:bootfile-url,{quoted(url)}"


def _tftp(directory: str) -> Iterator[str]:
    """As libslirp from one port only: what is sent to any other of the gateway's is for the host."""
    yield "enable-tftp"
    yield "tftp-no-fail"
    yield "tftp-single-port"
    yield f"tftp-root={quoted(directory)}"


def _line(text: str) -> str:
    """The line, ended. What dnsmasq did not read of a longer one would be the next line."""
    if len(text.encode()) > LINE_MAX:
        raise NetdError(f"{text.partition('=')[0]}: the path is too long for dnsmasq")
    return f"{text}\n"


def _is_http(bootfile: str | None) -> bool:
    """Whether UEFI's HTTP boot is wanted, which looks for a vendor class of this name."""
    return bootfile is not None and bootfile.startswith(("http://", "https://"))


def _is_domain(text: str) -> bool:
    """Whether guests' names can be below it; DHCP tells any text."""
    return len(text) <= 253 and all(map(_LABEL.fullmatch, text.split(".")))


def _check(network: UserNetwork, reservation: Reservation) -> None:
    if not _MAC.fullmatch(reservation.mac):
        raise _refused(reservation, "the MAC address is none")
    if reservation.ip is None and reservation.name is None:
        raise _refused(reservation, "it needs an address or a name")
    if reservation.name is not None and not _LABEL.fullmatch(reservation.name):
        raise _refused(reservation, f"'{reservation.name}' is no host name")
    if reservation.ip is None:
        return
    if network.ipv4 is None or reservation.ip not in network.ipv4.network:
        raise _refused(reservation, f"{reservation.ip} is not in the network")
    if reservation.ip in network.own_ipv4 or is_edge(network.ipv4.network, reservation.ip):
        raise _refused(reservation, f"{reservation.ip} is the network's own")


def _reserved(reservation: Reservation) -> str:
    words = [reservation.mac]
    words += [str(what) for what in (reservation.ip, reservation.name) if what is not None]
    return ",".join(words)


def _refused(reservation: Reservation, reason: str) -> NetdError:
    return NetdError(f"Invalid reservation for '{reservation.mac}' ({reason})")
