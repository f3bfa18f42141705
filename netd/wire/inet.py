"""Internet addresses and TCP/UDP port numbers as people write them in rules and options.

Read as C's library reads them, for that is what QEMU uses: ``inet_aton`` for IPv4 (``10.1`` is
10.0.0.1, ``0x0a000202`` is 10.0.2.2), ``inet_pton`` for IPv6, ``strtol`` for numbers. The one
difference: what follows a blank, which ``inet_aton`` does not look at, is refused here.

Every reader raises ``ValueError`` for what it does not take.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from netd.schema.numerals import integer

Address: TypeAlias = IPv4Address | IPv6Address

ANY = IPv4Address(0)
"""0.0.0.0, every address of the host."""

MAX_PORT = 65535

_DECIMAL = re.compile(r"[ \t\n\v\f\r]*[+-]?[0-9]+")
_PART = re.compile(r"0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Ports:
    """Port numbers from ``first`` to ``last``, both included; mostly they are the same."""

    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"

    def meets(self, other: Ports) -> bool:
        """Whether some port is in both."""
        return self.first <= other.last and other.first <= self.last


def ipv4(text: str) -> IPv4Address:
    """An IPv4 address of one to four parts, each decimal, octal or hexadecimal (``inet_aton``)."""
    *heads, tail = [_part(part) for part in text.split(".")]
    room = 4 - len(heads)
    if room < 1 or any(head > 0xFF for head in heads) or tail >= 256**room:
        raise ValueError(text)
    return IPv4Address(bytes(heads) + tail.to_bytes(room, "big"))


def ipv6(text: str) -> IPv6Address:
    """An IPv6 address without a zone (``inet_pton``)."""
    if "%" in text:
        raise ValueError(text)
    return IPv6Address(text)


def address(text: str) -> Address:
    """An IPv4 address, or an IPv6 address in brackets."""
    if text.startswith("[") and text.endswith("]"):
        return ipv6(text[1:-1])
    return ipv4(text)


def written(value: Address) -> str:
    """An address as :func:`address` reads it."""
    return f"[{value}]" if value.version == 6 else str(value)


def decimal(text: str) -> int:
    """A whole number in decimal digits (``strtol`` with base 10)."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return int(text)


def ports(text: str, *, low: int = 1, number: Callable[[str], int] = integer) -> Ports:
    """A port number from ``low`` up, or a range ``first..last``, which has no port 0."""
    first, dots, last = text.partition("..")
    found = Ports(number(first), number(last if dots else first))
    if not max(low, bool(dots)) <= found.first <= found.last <= MAX_PORT:
        raise ValueError(text)
    return found


def cut(text: str, mark: str) -> tuple[str, str] | None:
    """The text before and after the first ``mark`` that is not in leading brackets."""
    at = text.find(mark, text.find("]") + 1 if text.startswith("[") else 0)
    return (text[:at], text[at + 1 :]) if at >= 0 else None


def _part(text: str) -> int:
    if not _PART.fullmatch(text):
        raise ValueError(text)
    return integer(text)
