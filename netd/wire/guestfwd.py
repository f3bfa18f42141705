"""Guest forwarding rules: ``guestfwd=tcp:10.0.2.100:80-cmd:cat``.

A connection of a guest to an address inside its network is carried to something of the host's::

    rule     = [ "tcp" ] ":" [ server ] ":" port "-" target
    target   = "tcp:" host ":" port         a TCP address: IPv4, IPv6 in brackets, or a name
             | "unix:" path                 a Unix stream socket, by its absolute path
             | "cmd:" command               a command on a pair of sockets

Each connection opens its own. QEMU takes any character device for a target and shares it among
all connections; there are no character devices here. Texts of refusals are QEMU's
(``net/slirp.c``), with the reason where QEMU writes it to its standard error.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TypeAlias

from netd.errors import NetdError
from netd.wire import inet
from netd.wire.hostfwd import MAX_PATH
from netd.wire.inet import ANY, MAX_PORT, Address

_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?")


@dataclass(frozen=True, slots=True)
class TcpTarget:
    """A TCP address of the host's: ``host`` is an :data:`Address`, or a name to look up each time."""

    host: Address | str
    port: int

    def __str__(self) -> str:
        host = self.host if isinstance(self.host, str) else inet.written(self.host)
        return f"tcp:{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class UnixTarget:
    """A Unix stream socket of the host's, by its absolute path."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


@dataclass(frozen=True, slots=True)
class CommandTarget:
    """A command, run anew for each connection, which is its standard input, output and error."""

    command: str

    def __str__(self) -> str:
        return f"cmd:{self.command}"

    @property
    def argv(self) -> tuple[str, ...]:
        """The command's words: a shell's quoting, but no shell."""
        return tuple(shlex.split(self.command))


Target: TypeAlias = TcpTarget | UnixTarget | CommandTarget


@dataclass(frozen=True, slots=True)
class GuestPort:
    """Where guests find a target: it names the forward. ``server`` is ``None`` for the usual address."""

    server: IPv4Address | None
    port: int

    def __str__(self) -> str:
        return f"tcp:{self.server or ''}:{self.port}"


@dataclass(frozen=True, slots=True)
class GuestForward:
    """One rule."""

    guest: GuestPort
    target: Target

    def __str__(self) -> str:
        return f"{self.guest}-{self.target}"


def parse(rule: str) -> GuestForward:
    """Read a rule. Raises :class:`NetdError`, with QEMU's text."""
    try:
        head, target = _halves(rule)
        guest = _guest(head)
    except ValueError as error:
        raise invalid(rule) from error
    try:
        return GuestForward(guest, _target(target))
    except ValueError as error:
        raise NetdError(
            f"Could not open guest forwarding device 'guestfwd.tcp.{guest.port}': {error}"
        ) from error


def parse_guest(text: str) -> GuestPort:
    """Read the guest's side alone, ``[tcp]:[server]:port``, to remove a rule.

    Raises :class:`NetdError`, ``invalid format``.
    """
    try:
        return _guest(text)
    except ValueError as error:
        raise NetdError("invalid format") from error


def invalid(rule: str) -> NetdError:
    """The error for a rule that cannot be meant, in QEMU's words."""
    return NetdError(f"Invalid guest forwarding rule '{rule}'")


def conflicting(rule: str) -> NetdError:
    """The error for a place that is not in the network or already taken, in QEMU's words."""
    return NetdError(f"Conflicting/invalid host:port in guest forwarding rule '{rule}'")


def _halves(rule: str) -> tuple[str, str]:
    """The rule cut at the dash that ends the port, i.e. the first after the second colon."""
    protocol, server, rest = rule.split(":", 2)
    port, target = rest.split("-", 1)
    return f"{protocol}:{server}:{port}", target


def _guest(text: str) -> GuestPort:
    protocol, server, number = text.split(":", 2)
    port = _port(number)
    if protocol not in {"", "tcp"}:
        raise ValueError(text)
    address = inet.ipv4(server) if server else ANY
    return GuestPort(None if address == ANY else address, port)


def _target(text: str) -> Target:
    kind, _, rest = text.partition(":")
    match kind:
        case "cmd":
            return _command(rest)
        case "tcp":
            return _tcp(rest)
        case "unix":
            return _unix(rest)
    raise ValueError(f"'{text}' is none of tcp:HOST:PORT, unix:/PATH and cmd:COMMAND; there are no chardevs")


def _command(text: str) -> CommandTarget:
    target = CommandTarget(text)
    if "\0" in text or not target.argv:
        raise ValueError("there is no command after 'cmd:'")
    return target


def _tcp(text: str) -> TcpTarget:
    _refuse_options(text)
    host, number = inet.cut(text, ":") or ("", "")
    try:
        return TcpTarget(_host(host), _port(number))
    except ValueError:
        raise ValueError(f"'{text}' is not HOST:PORT") from None


def _host(text: str) -> Address | str:
    try:
        return inet.address(text)
    except ValueError:
        if not _NAME.fullmatch(text) or text.replace(".", "").isdigit():
            raise
        return text


def _unix(text: str) -> UnixTarget:
    _refuse_options(text)
    if not text.startswith("/") or "\0" in text:
        raise ValueError(f"'{text}' is not an absolute path")
    if len(text.encode(errors="replace")) > MAX_PATH:
        raise ValueError(f"'{text}' is longer than {MAX_PATH} bytes")
    return UnixTarget(text)


def _refuse_options(text: str) -> None:
    """QEMU would read what follows a comma as the chardev's options."""
    if "," in text:
        raise ValueError(f"'{text}' has options, and there are none: each connection opens its own")


def _port(text: str) -> int:
    port = inet.decimal(text)
    if not 1 <= port <= MAX_PORT:
        raise ValueError(text)
    return port
