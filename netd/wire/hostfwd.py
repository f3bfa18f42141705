"""Host forwarding rules: ``hostfwd=tcp::2222-:22`` and what ``hostfwd_remove`` takes.

::

    rule     = host "-" [ address ] ":" ports           the guest's side; no address: its first lease
    host     = [ "tcp" | "udp" ] ":" [ address ] ":" ports
             | "unix:" path
    address  = IPv4 | "[" IPv6 "]"
    ports    = number | number ".." number              as many on both sides

The order in which a rule is read, and the reasons for which it is refused, are QEMU's
(``net/slirp.c``); brackets and ranges are ours. Host port 0, or none, is one of the kernel's
choice. A path may contain a dash: the last one ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, TypeVar

from netd.errors import NetdError
from netd.wire import inet
from netd.wire.inet import ANY, Address, Ports

T = TypeVar("T")

Protocol: TypeAlias = Literal["tcp", "udp"]

_PROTOCOLS: dict[str, Protocol] = {"": "tcp", "tcp": "tcp", "udp": "udp"}

MAX_PATH = 107
"""Bytes of a Unix socket's path (``sun_path`` without its end)."""

NOT_A_SOCKET = "file exists and it's not unix socket"
"""QEMU's reason for a path that is taken; for who looks at the file system."""


@dataclass(frozen=True, slots=True)
class HostPorts:
    """TCP or UDP ports of the host. Port 0 is one that the kernel picks."""

    protocol: Protocol
    address: Address
    ports: Ports

    def __str__(self) -> str:
        address = "" if self.address == ANY else inet.written(self.address)
        return f"{self.protocol}:{address}:{self.ports}"

    def collides(self, other: HostSide) -> bool:
        """Whether both want a port of the same address; the kernel knows of more collisions."""
        return (
            isinstance(other, HostPorts)
            and (self.protocol, self.address) == (other.protocol, other.address)
            and self.ports.first > 0
            and self.ports.meets(other.ports)
        )


@dataclass(frozen=True, slots=True)
class HostSocket:
    """A Unix stream socket of the host, by its absolute path."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"

    @property
    def protocol(self) -> Protocol:
        """What the guest is spoken to in."""
        return "tcp"

    def collides(self, other: HostSide) -> bool:
        """Whether both want the same path."""
        return self == other


HostSide: TypeAlias = HostPorts | HostSocket
"""Where a forward listens: no two forwards have it in common, so it also names one."""


@dataclass(frozen=True, slots=True)
class HostForward:
    """One rule. ``guest`` is ``None`` for the address of the first lease.

    ``guest_ports`` are as many as the host's ports.
    """

    host: HostSide
    guest: Address | None
    guest_ports: Ports

    def __str__(self) -> str:
        guest = "" if self.guest is None else inet.written(self.guest)
        return f"{self.host}-{guest}:{self.guest_ports}"

    @property
    def protocol(self) -> Protocol:
        """``tcp`` or ``udp``."""
        return self.host.protocol

    def each(self) -> Iterator[HostForward]:
        """The forward of each port by itself."""
        if isinstance(self.host, HostSocket):
            yield self
            return
        for step in range(len(self.guest_ports)):
            here, there = self.host.ports.first + step, self.guest_ports.first + step
            yield HostForward(replace(self.host, ports=Ports(here, here)), self.guest, Ports(there, there))


def parse(rule: str) -> HostForward:
    """Read a rule. Raises :class:`NetdError` with QEMU's text and reason."""
    try:
        return _rule(rule)
    except ValueError as error:
        raise invalid(rule, str(error)) from error


def parse_host(text: str) -> HostSide:
    """Read the host's side alone, as ``hostfwd_remove`` takes it: ports in decimal only.

    A port that cannot be is no error, it is one that no forward has. Raises :class:`NetdError`
    with QEMU's text, ``invalid format``.
    """
    try:
        return _host_alone(text)
    except ValueError as error:
        raise NetdError("invalid format") from error


def invalid(rule: str, reason: str) -> NetdError:
    """The error for a rule that cannot be meant, in QEMU's words."""
    return NetdError(f"Invalid host forwarding rule '{rule}' ({reason})")


def failed(rule: str, reason: str) -> NetdError:
    """The error for a rule that cannot be had, in QEMU's words and with the reason, which QEMU keeps."""
    return NetdError(f"Could not set up host forwarding rule '{rule}': {reason}")


def _rule(rule: str) -> HostForward:
    word, rest = _cut(rule, ":", "No : separators")
    if word == "unix":
        path, dash, rest = rest.rpartition("-")
        if not dash:
            raise ValueError("Missing - separator")
        return HostForward(HostSocket(_path(path)), *_guest(rest))
    protocol = _read(_PROTOCOLS.__getitem__, word, "Bad protocol name")
    text, rest = _cut(rest, ":", "Missing : separator")
    address = _read(inet.address, text, "Bad host address") if text else ANY
    text, rest = _cut(rest, "-", "Bad host port separator")
    ports = _read(lambda text: inet.ports(text, low=0), text or "0", "Bad host port")
    guest, guest_ports = _guest(rest)
    if len(ports) != len(guest_ports):
        raise ValueError("Port ranges differ in length")
    return HostForward(HostPorts(protocol, address, ports), guest, guest_ports)


def _guest(text: str) -> tuple[Address | None, Ports]:
    word, rest = _cut(text, ":", "Missing guest address")
    address = _read(inet.address, word, "Bad guest address") if word else ANY
    if address.version == 6 and address.is_unspecified:
        raise ValueError("Bad guest address")
    return None if address == ANY else address, _read(inet.ports, rest, "Bad guest port")


def _host_alone(text: str) -> HostSide:
    word, rest = _cut(text, ":", "No : separators")
    if word == "unix":
        return HostSocket(_path(rest))
    protocol = _read(_PROTOCOLS.__getitem__, word, "Bad protocol name")
    word, rest = _cut(rest, ":", "Missing : separator")
    address = inet.address(word) if word else ANY
    if ".." in rest:
        return HostPorts(protocol, address, inet.ports(rest, number=inet.decimal))
    port = inet.decimal(rest)
    if not -(2**31) <= port < 2**31:  # qemu_strtoi()
        raise ValueError(rest)
    return HostPorts(protocol, address, Ports(port, port))


def _path(text: str) -> str:
    if not text:
        raise ValueError("Missing unix socket path")
    if not text.startswith("/"):
        raise ValueError("unix socket path must be absolute")
    if len(text.encode(errors="replace")) > MAX_PATH:
        raise ValueError("Unix socket path is too long")
    if "\0" in text:
        raise ValueError("Bad unix socket path")
    return text


def _cut(text: str, mark: str, reason: str) -> tuple[str, str]:
    parts = inet.cut(text, mark)
    if parts is None:
        raise ValueError(reason)
    return parts


def _read(reader: Callable[[str], T], text: str, reason: str) -> T:
    try:
        return reader(text)
    except (ValueError, KeyError):
        raise ValueError(reason) from None
