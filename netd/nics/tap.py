"""Attachment ``tap``: the guest is a VMM that holds the descriptors of a tap.

The tap is made with the NIC and stays for as long as the NIC exists, whether a VMM holds it or
not; ``nic-open`` hands its descriptors out. The default for every QEMU model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from netd.plan.objects import KernelObject, Tap
from netd.plan.planner import Place

TAP_MTU = 65521
"""The largest MTU the kernel allows on a tap: 65535 less an Ethernet header."""


@dataclass(frozen=True, slots=True)
class TapAttachment:
    """``queues`` descriptors, one per queue pair; ``mtu`` lowers the port's MTU."""

    queues: int = 1
    mtu: int | None = None

    kind = "tap"
    pid = None

    @property
    def guest_mtu(self) -> int:
        """The port's MTU; a VMM's guest chooses its own up to that."""
        return self.mtu or TAP_MTU

    def is_attached(self, *, carrier: bool) -> bool:
        """A tap has carrier while somebody holds a descriptor of it."""
        return carrier

    @property
    def shown(self) -> Mapping[str, Any]:
        """What the user asked for."""
        shown: dict[str, Any] = {"attach": self.kind, "queues": self.queues}
        return shown if self.mtu is None else {**shown, "mtu": self.mtu}

    def plan(self, place: Place) -> Iterator[KernelObject]:
        """One tap."""
        yield Tap(place.port, place.port_mac, self.guest_mtu, self.queues, place.alias)
