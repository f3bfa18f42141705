"""Default MAC addresses, as QEMU assigns them.

QEMU hands out 52:54:00:12:34:56 … 34:fe, always the lowest that no NIC has, and gives every
further NIC 34:ff. A lab host has more NICs than that, so netd goes on with 52:54:00:12:35:00.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count

from netd.errors import NetdError

QEMU_START = "52:54:00:12:34:56"
_QEMU_SHARED = "52:54:00:12:34:ff"  # what QEMU gives to everyone once it has run out

FABRIC_PREFIX = "fe:6e:64:"
"""The first octets of every port and bridge of the fabric; never a guest's."""


def parse_start(text: str) -> str:
    """The first default MAC for a ``mac-prefix`` of one to six octets, zeros filled in.

    Raises :class:`NetdError` when it is not octets, is multicast or the fabric's own.
    """
    octets = text.lower().replace("-", ":").split(":")
    good = 1 <= len(octets) <= 6 and all(len(o) == 2 and set(o) <= set("0123456789abcdef") for o in octets)
    if not good:
        raise NetdError(f"mac-prefix '{text}' is not one to six octets such as 52:54:00:12:35")
    start = ":".join(octets + ["00"] * (6 - len(octets)))
    if int(octets[0], 16) & 1:
        raise NetdError(f"mac-prefix '{text}' is multicast: the first octet must be even")
    if start.startswith(FABRIC_PREFIX):
        raise NetdError(f"mac-prefix '{text}' is netd's own for the ports of its fabric")
    return start


def default_mac(used: Collection[str], start: str = QEMU_START) -> str:
    """The lowest address from ``start`` on that is not in ``used``."""
    return next(mac for mac in _from(start) if mac not in used)


def _from(start: str) -> Iterator[str]:
    for number in count(int(start.replace(":", ""), 16)):
        mac = number.to_bytes(6, "big").hex(":")
        if mac != _QEMU_SHARED:
            yield mac
