"""What keeps the fabric deaf and dumb: sysctls of its namespace.

It has no IPv6 at all, forwards nothing, and no bridge of it hands frames to a packet filter.
The last is br_netfilter's, which switches itself on in *every* namespace whenever it is loaded;
its settings appear only then. So they are written again on every occasion.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

ROOT = "/proc/sys"
"""``/proc/sys/net`` is that of the network namespace of the thread that looks."""

QUIET = (
    ("net.ipv6.conf.all.disable_ipv6", "1"),
    ("net.ipv6.conf.default.disable_ipv6", "1"),
    ("net.ipv6.conf.all.forwarding", "0"),
    ("net.ipv4.ip_forward", "0"),  # a new namespace inherits the host's
)
"""For a new fabric. What this kernel does not have is quiet already."""

BRIDGE_QUIET = tuple(
    f"net.bridge.bridge-nf-call-{tables}" for tables in ("iptables", "ip6tables", "arptables")
)
"""0, whenever br_netfilter is there."""


def be_quiet(more: Iterable[tuple[str, str]] = ()) -> None:
    """Set everything, and the sysctls ``more`` (name, value). Raises :class:`OSError`."""
    for name, value in QUIET:
        with contextlib.suppress(FileNotFoundError):
            _write(name, value)
    keep_quiet()
    for name, value in more:
        _write(name, value)


def keep_quiet() -> None:
    """Set again what a module loaded since may have changed; cheap."""
    for name in BRIDGE_QUIET:
        with contextlib.suppress(FileNotFoundError):
            _write(name, "0")


def _write(name: str, value: str) -> None:
    fd = os.open(f"{ROOT}/{name.replace('.', '/')}", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, value.encode())
    finally:
        os.close(fd)
