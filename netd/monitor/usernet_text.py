"""The text of ``info usernet``, as QEMU prints it (``slirp_connection_info``, libslirp). Pure.

QEMU prints nonsense for IPv6; here an IPv6 address stands where an IPv4 address would, and
pushes what follows to the right if it is long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from netd.wire.inet import ANY, Address

Protocol: TypeAlias = Literal["tcp", "udp", "icmp"]

FORWARD = "HOST_FORWARD"
"""The state of a host forward that waits for connections or datagrams."""

HEADER = "  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ"

_ORDER: tuple[Protocol, ...] = ("tcp", "udp", "icmp")
_LABEL_WIDTH = 19


@dataclass(frozen=True, slots=True)
class Row:
    """A flow or a host forward.

    ``state`` is TCP's, such as ``ESTABLISHED``, or :data:`FORWARD`, or the seconds a flow has left.
    ``source`` is the guest, or for a forward and what came in through it the host's side (the
    path of a Unix socket). A port is ``None`` where there is none. ``received`` are the bytes
    from the guest that the host has not taken yet, ``sent`` those that the guest has not taken.
    """

    protocol: Protocol
    state: str | int
    fd: int
    source: Address | str
    source_port: int | None
    dest: Address
    dest_port: int | None
    received: int = 0
    sent: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """What one user network has: ``hub`` is the hub it is plugged into, rows newest first."""

    name: str
    hub: int | None
    rows: tuple[Row, ...] = ()


def usernet_text(tables: Iterable[Table]) -> str:
    """The answer to ``info usernet``, lines ending in CR LF."""
    return "".join(f"{line}\r\n" for table in tables for line in _lines(table))


def _lines(table: Table) -> Iterator[str]:
    yield f"Hub {-1 if table.hub is None else table.hub} ({table.name}):"
    yield HEADER
    for row in sorted(table.rows, key=lambda row: _ORDER.index(row.protocol)):
        yield _line(row)


def _line(row: Row) -> str:
    state = f"{row.state} sec" if isinstance(row.state, int) else row.state
    label = f"  {row.protocol.upper()}[{state}]"[:_LABEL_WIDTH]
    source = f"{_address(row.source):>15}{_port(row.source_port)}"
    dest = f"{_address(row.dest):>15}{_port(row.dest_port)}"
    return f"{label:<{_LABEL_WIDTH}} {row.fd:3} {source}{dest}{row.received:5} {row.sent:5}"


def _address(address: Address | str) -> str:
    return "*" if address == ANY else str(address)


def _port(port: int | None) -> str:
    """The column with the blanks around it."""
    return "  -    " if port is None else f" {port:5} "
