"""A user network as it shall be: every address worked out, every rule read, every option checked.

:func:`user_network` goes from what the user wants to a :class:`UserNetwork`, a value that a
worker can be made from. What needs a look at the host (directories, ports that are taken, the
asking user) is not looked at here.

Texts and order of the refusals are QEMU's (``net_slirp_init``, ``net/slirp.c``), those for our own
options come after QEMU's options and before the forwards. QEMU applies forwards from the last
to the first, guest forwards before host forwards; here they are checked so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from netd.errors import NetdError
from netd.plan import usernet_addresses as addresses
from netd.plan.usernet_addresses import Ipv4, Ipv6
from netd.wire import egress, guestfwd, hostfwd
from netd.wire.egress import Egress
from netd.wire.guestfwd import GuestForward, GuestPort
from netd.wire.hostfwd import HostForward

MTU = 1500
LOWEST_MTU, HIGHEST_MTU = 576, 65520
LOWEST_IPV6_MTU = 1280
"""Smaller links cannot carry IPv6 (RFC 8200, section 5)."""

SMB_PORTS = (139, 445)

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the user wants: the options of the ``user`` netdev, their texts unread."""

    hostname: str | None = None
    restrict: bool = False
    ipv4: bool | None = None
    ipv6: bool | None = None
    ip: str | None = None
    net: str | None = None
    host: str | None = None
    tftp: str | None = None
    bootfile: str | None = None
    dhcpstart: str | None = None
    dns: str | None = None
    dnssearch: tuple[str, ...] = ()
    domainname: str | None = None
    ipv6_prefix: str | None = None
    ipv6_prefixlen: int | None = None
    ipv6_host: str | None = None
    ipv6_dns: str | None = None
    smb: str | None = None
    smbserver: str | None = None
    hostfwd: tuple[str, ...] = ()
    guestfwd: tuple[str, ...] = ()
    tftp_server_name: str | None = None
    mtu: int | None = None
    dhcpend: str | None = None
    file_user: str | None = None
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserNetwork:
    """A user network. ``None`` means that there is no such thing, also for texts that were empty.

    ``tftp`` and ``smb`` are absolute directories. In the forwards every address is filled in.
    ``warnings`` are what the user should hear though it works.
    """

    shown: str
    ipv4: Ipv4 | None
    ipv6: Ipv6 | None
    restrict: bool
    mtu: int
    hostname: str | None
    domainname: str | None
    search: tuple[str, ...]
    bootfile: str | None
    tftp: str | None
    tftp_server_name: str | None
    smb: str | None
    file_user: str | None
    egress: Egress
    hostfwds: tuple[HostForward, ...] = ()
    guestfwds: tuple[GuestForward, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def info(self) -> str:
        """What ``info network`` prints; as in QEMU the IPv4 network also where IPv4 is off."""
        return f"net={self.shown},restrict={'on' if self.restrict else 'off'}"

    @property
    def mac(self) -> str:
        """The gateway's MAC address, from which every frame to a guest comes."""
        gateway = self.ipv4 or self.ipv6
        assert gateway is not None  # one of them is always there
        return addresses.mac(gateway.host)

    @property
    def own_ipv4(self) -> frozenset[IPv4Address]:
        """The IPv4 addresses inside the network that are the network's own and no guest's."""
        if self.ipv4 is None:
            return frozenset()
        served = {rule.guest.server for rule in self.guestfwds if rule.guest.server is not None}
        known = {self.ipv4.host, self.ipv4.dns, *served, *([self.ipv4.smb] if self.smb else [])}
        return frozenset(address for address in known if address in self.ipv4.network)

    def leases(self) -> Iterator[tuple[IPv4Address, IPv4Address]]:
        """What DHCP may give away, in order: first and last of each run without an own address."""
        if self.ipv4 is None:
            return
        first, last = self.ipv4.first_lease, self.ipv4.last_lease
        for own in sorted(address for address in self.own_ipv4 if first <= address <= last):
            if first < own:
                yield first, own - 1
            first = own + 1
        if first <= last:
            yield first, last

    def host_forward(self, rule: str, others: Iterable[HostForward] = ()) -> HostForward:
        """Read a rule for this network, where ``others`` are in force. Raises :class:`NetdError`."""
        forward = self._placed(hostfwd.parse(rule), rule)
        for other in others:
            if forward.host.collides(other.host):
                raise hostfwd.failed(rule, f"in use by '{other}'")
        return forward

    def guest_forward(self, rule: str, others: Iterable[GuestForward] = ()) -> GuestForward:
        """Read a rule for this network, where ``others`` are in force. Raises :class:`NetdError`."""
        forward = guestfwd.parse(rule)
        forward = replace(forward, guest=self.guest_port(forward.guest))
        if not self.may_serve(forward.guest) or any(forward.guest == other.guest for other in others):
            raise guestfwd.conflicting(rule)
        return forward

    def guest_port(self, port: GuestPort) -> GuestPort:
        """The same with the server's address filled in."""
        if port.server is not None or self.ipv4 is None:
            return port
        return replace(port, server=addresses.service_address(self.ipv4.network))

    def may_serve(self, port: GuestPort) -> bool:
        """Whether something of the host's can be put there: inside, and not in place of host or DNS."""
        return (
            self.ipv4 is not None
            and port.server is not None
            and port.server in self.ipv4.network
            and port.server not in {self.ipv4.host, self.ipv4.dns}
            and not addresses.is_edge(self.ipv4.network, port.server)
        )

    def _placed(self, forward: HostForward, rule: str) -> HostForward:
        """The forward with the guest's address filled in."""
        family = 4 if forward.guest is None else forward.guest.version
        if (self.ipv4 if family == 4 else self.ipv6) is None:
            raise hostfwd.invalid(rule, f"the network has no IPv{family}")
        if forward.guest is not None or self.ipv4 is None:
            return forward
        return replace(forward, guest=self.ipv4.first_lease)


def user_network(wanted: Wanted) -> UserNetwork:
    """Work out what is wanted. Raises :class:`NetdError` for the first thing that cannot be."""
    has_ipv4, has_ipv6 = addresses.families(wanted)
    ipv4, ipv6 = addresses.ipv4(wanted), addresses.ipv6(wanted)
    _check_texts(wanted)
    mtu = _mtu(wanted)
    warnings = list(_search_warnings(wanted.dnssearch))
    if has_ipv6 and mtu < LOWEST_IPV6_MTU:
        warnings.append(_without_ipv6(wanted, mtu, has_ipv4=has_ipv4))
        has_ipv6 = False
    if has_ipv4:
        addresses.check_ipv4(ipv4)
        warnings += addresses.moved_start(wanted, ipv4)
    if has_ipv6:
        addresses.check_ipv6(ipv6)
    network = UserNetwork(
        shown=str(ipv4.network.network_address),
        ipv4=ipv4 if has_ipv4 else None,
        ipv6=ipv6 if has_ipv6 else None,
        restrict=wanted.restrict,
        mtu=mtu,
        hostname=wanted.hostname or None,
        domainname=wanted.domainname,
        search=tuple(filter(_is_domain, wanted.dnssearch)),
        bootfile=wanted.bootfile or None,
        tftp=wanted.tftp,
        tftp_server_name=wanted.tftp_server_name or None,
        smb=wanted.smb,
        file_user=wanted.file_user,
        egress=egress.parse_all(wanted.allow, wanted.deny),
        warnings=tuple(warnings),
    )
    network = _with_forwards(network, wanted)
    _check_smb(network)
    return network


def _with_forwards(network: UserNetwork, wanted: Wanted) -> UserNetwork:
    guest: list[GuestForward] = []
    host: list[HostForward] = []
    for rule in reversed(wanted.guestfwd):
        guest.insert(0, network.guest_forward(rule, guest))
    for rule in reversed(wanted.hostfwd):
        host.insert(0, network.host_forward(rule, host))
    return replace(network, hostfwds=tuple(host), guestfwds=tuple(guest))


def _check_smb(network: UserNetwork) -> None:
    """QEMU makes the server of two guest forwards."""
    if network.smb is None:
        return
    if network.ipv4 is None:
        raise NetdError("IPv4 disabled but smb provided")
    ports = [GuestPort(network.ipv4.smb, port) for port in SMB_PORTS]
    taken = {forward.guest for forward in network.guestfwds}
    if not network.may_serve(ports[0]) or not taken.isdisjoint(ports):
        raise NetdError("Conflicting/invalid smbserver address")


def _check_texts(wanted: Wanted) -> None:
    """QEMU's checks, with its name for ``hostname``, and ours."""
    if wanted.domainname == "":
        raise NetdError("'domainname' parameter cannot be empty")
    _check_length("domainname", wanted.domainname, 255)
    _check_length("vhostname", wanted.hostname, 255)
    _check_length("tftp-server-name", wanted.tftp_server_name, 255)
    _check_length("bootfile", wanted.bootfile, 127)  # BOOTP's field of 128 bytes with its end, RFC 951
    texts = {
        "domainname": wanted.domainname,
        "hostname": wanted.hostname,
        "tftp-server-name": wanted.tftp_server_name,
        "bootfile": wanted.bootfile,
        "tftp": wanted.tftp,
        "smb": wanted.smb,
        "file-user": wanted.file_user,
    }
    for name, text in texts.items():
        if text is not None and _CONTROL.search(text):
            raise NetdError(f"'{name}' parameter cannot hold control characters")
    for name in ("tftp", "smb"):
        directory = texts[name]
        if directory is not None and not directory.startswith("/"):
            raise NetdError(f"'{name}' parameter must be an absolute path")
    if wanted.file_user == "":
        raise NetdError("'file-user' parameter cannot be empty")


def _check_length(name: str, text: str | None, most: int) -> None:
    if text is not None and len(text.encode(errors="replace")) > most:
        raise NetdError(f"'{name}' parameter cannot exceed {most} bytes")


def _mtu(wanted: Wanted) -> int:
    mtu = MTU if wanted.mtu is None else wanted.mtu
    if not LOWEST_MTU <= mtu <= HIGHEST_MTU:
        raise NetdError(f"Invalid mtu provided (must be in range {LOWEST_MTU}-{HIGHEST_MTU})")
    return mtu


def _without_ipv6(wanted: Wanted, mtu: int, *, has_ipv4: bool) -> str:
    """The warning that a small MTU leaves no IPv6, unless the user asked for it."""
    text = f"IPv6 needs an mtu of at least {LOWEST_IPV6_MTU}"
    if wanted.ipv6 or not has_ipv4 or any(option is not None for option in addresses.named_ipv6(wanted)):
        raise NetdError(text)
    return f"{text}: with mtu={mtu} the network has IPv4 only"


def _is_domain(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    return len(text) <= 254 and all(_LABEL.fullmatch(label) for label in labels)


def _search_warnings(domains: Iterable[str]) -> Iterator[str]:
    """QEMU too leaves them out and goes on."""
    for domain in domains:
        if not _is_domain(domain):
            yield f"failed to parse domain name '{domain}'"
