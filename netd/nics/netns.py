"""Attachment ``netns``: the guest is a network namespace, of a container or a process.

It gets one end of a veth, named and addressed there; the other end is the NIC's port in the
fabric. The way of driver ``veth``, and of any model that says ``attach=netns``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from netd.plan.objects import GuestVeth, KernelObject, NetnsRef
from netd.plan.planner import VETH_MTU, Place

GUEST_MTU = 1500
"""The guest's own MTU where ``mtu=`` says nothing: Ethernet's (RFC 894)."""


@dataclass(frozen=True, slots=True)
class NetnsAttachment:
    """Where the guest is and what its interface shall be.

    ``asked`` is the namespace as the user named it (name, path or pid), ``netns`` what that
    was when it was looked up. ``addresses`` are in CIDR form.
    """

    netns: NetnsRef
    ifname: str
    asked: str
    addresses: tuple[str, ...] = ()
    gateway: str = ""
    mtu: int | None = None

    kind = "netns"
    queues = 1

    @property
    def guest_mtu(self) -> int:
        """The MTU of the guest's interface."""
        return self.mtu or GUEST_MTU

    @property
    def pid(self) -> int | None:
        """The process whose namespace it is, if it was named that way."""
        return int(self.asked) if self.asked.isdecimal() else None

    def is_attached(self, *, carrier: bool) -> bool:
        """The port goes with the guest's namespace: while it is there, so is the guest."""
        return True

    @property
    def shown(self) -> Mapping[str, Any]:
        """What the user asked for, and the name its interface got."""
        shown: dict[str, Any] = {"attach": self.kind, "netns": self.asked, "ifname": self.ifname}
        if self.addresses:
            shown["ip"] = list(self.addresses)
        if self.gateway:
            shown["gateway"] = self.gateway
        return shown if self.mtu is None else {**shown, "mtu": self.mtu}

    def plan(self, place: Place) -> Iterator[KernelObject]:
        """One veth pair, the far end in the guest."""
        yield GuestVeth(
            name=place.port,
            mac=place.port_mac,
            mtu=self.mtu or VETH_MTU,
            alias=place.alias,
            netns=self.netns,
            ifname=self.ifname,
            guest_mac=place.guest_mac,
            guest_mtu=self.guest_mtu,
            addresses=self.addresses,
            gateway=self.gateway,
        )
