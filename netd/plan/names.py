"""Names in the kernel: which interface is whose.

All of an instance's interfaces are in its own fabric, so a name need only be unique there. A
NIC's port is called as the NIC; an interface of a netdev, which may have the same name, gets a
plus sign before it, a hub's bridge an underscore: no id begins with either. What does not fit in
15 bytes is cut and gets a hash.

Every interface also carries its owner in its ``ifalias``: ``netd:<instance>:<client>``.
"""

from __future__ import annotations

from hashlib import blake2b

from netd.topology.macs import FABRIC_PREFIX

IFNAME_MAX = 15  # IFNAMSIZ less the NUL, linux/if.h
ALIAS_MAX = 240  # IFALIASZ is 256; what is said of a tap that was given up has to fit, too
_RESERVED = frozenset({"lo", "all", "default"})  # names the kernel gives a meaning of its own


def fit(name: str) -> str:
    """The name itself, or a name of 15 characters that only this one is cut to."""
    if len(name) <= IFNAME_MAX and name not in _RESERVED:
        return name
    return f"{name[:8]}~{_digest(name, 3)}"


def nic(name: str) -> str:
    """The port of a NIC."""
    return fit(name)


def netdev(name: str) -> str:
    """The interface of a netdev."""
    return fit(f"+{name}")


def bridge(hubid: int, segment: int) -> str:
    """The bridge that carries one segment of a hub: ``_hub0``, ``_hub0.1``…"""
    return fit(f"_hub{hubid}" if segment == 0 else f"_hub{hubid}.{segment}")


def joint(hubid: int, segment: int) -> tuple[str, str]:
    """The veth pair from a segment of a hub to the next one."""
    return fit(f"_up{hubid}.{segment}"), fit(f"_dn{hubid}.{segment + 1}")


def alias(instance: str, owner: str) -> str:
    """The owner mark of an interface; a name that is too long for one is cut and gets a hash."""
    mark = f"netd:{instance}:{owner}"
    return mark if len(mark) <= ALIAS_MAX else f"{mark[: ALIAS_MAX - 9]}~{_digest(owner, 4)}"


def mac(instance: str, port: str) -> str:
    """The MAC of a port or bridge of the fabric, always the same for the same name."""
    tail = _digest(f"{instance}/{port}", 3)
    return f"{FABRIC_PREFIX}{tail[0:2]}:{tail[2:4]}:{tail[4:6]}"


def _digest(text: str, octets: int) -> str:
    return blake2b(text.encode(), digest_size=octets).hexdigest()
