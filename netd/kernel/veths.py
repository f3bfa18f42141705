"""Veth pairs: two bridges joined, or a port whose other end is a guest's interface.

A guest's end is never in the fabric, nor anywhere but where it belongs: the message that makes
the pair names the guest's namespace, the interface's name and its addresses.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator

from netd.kernel.bridges import forget_port
from netd.kernel.guests import GuestSide
from netd.kernel.rtnl import Rtnl
from netd.kernel.site import GROUP, Site
from netd.kernel.steps import Step, remake, unless_gone
from netd.plan.objects import GuestVeth, Veth

MAX_MTU = 65535
"""The largest MTU the kernel gives a veth."""


class Veths:
    """Makes :class:`Veth` objects real."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rtnl = site.rtnl

    def make(self, veth: Veth) -> Iterator[Step]:
        """Both ends in the fabric, without link."""
        yield Step(
            f"create veth '{veth.name}' with '{veth.peer}'",
            lambda: self._create(veth),
            lambda: delete(self._rtnl, veth.name),
        )
        yield Step(f"mark veth '{veth.name}'", lambda: self._set(veth))

    def change(self, was: Veth, becomes: Veth) -> Iterator[Step]:
        """Other MAC addresses, MTU or mark."""
        yield Step(
            f"change veth '{becomes.name}'",
            lambda: self._change(becomes),
            lambda: self._change(was),
            in_parts=True,
        )

    def remove(self, veth: Veth) -> Iterator[Step]:
        """Both ends."""
        yield Step(f"delete veth '{veth.name}'", lambda: delete(self._rtnl, veth.name), remake(self, veth))

    def _create(self, veth: Veth) -> None:
        self._rtnl.link(
            "add",
            ifname=veth.name,
            kind="veth",
            address=veth.mac,
            mtu=veth.mtu,
            group=GROUP,
            peer={"ifname": veth.peer, "address": veth.peer_mac, "mtu": veth.mtu, "group": GROUP},
        )

    def _change(self, veth: Veth) -> None:
        self._set(veth)
        for name in (veth.name, veth.peer):
            forget_port(self._site, name)

    def _set(self, veth: Veth) -> None:
        for name, mac in ((veth.name, veth.mac), (veth.peer, veth.peer_mac)):
            index = self._rtnl.index(name)
            self._rtnl.link("set", index=index, address=mac, mtu=veth.mtu, ifalias=veth.alias)


class GuestVeths:
    """Makes :class:`GuestVeth` objects real."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rtnl = site.rtnl
        self._guest = GuestSide(site)

    def make(self, veth: GuestVeth) -> Iterator[Step]:
        """A port without link, and the guest's end named, addressed and up."""
        yield Step(
            f"create veth '{veth.name}' with '{veth.ifname}' in network namespace '{veth.netns.path}'",
            lambda: self._create(veth),
            lambda: delete(self._rtnl, veth.name),
        )
        yield Step(f"mark veth '{veth.name}'", lambda: self._set(veth))
        yield from self._guest.furnish(veth)

    def change(self, was: GuestVeth, becomes: GuestVeth) -> Iterator[Step]:
        """What is different, on either side."""
        if (was.mac, was.mtu, was.alias) != (becomes.mac, becomes.mtu, becomes.alias):
            yield Step(
                f"change veth '{becomes.name}'",
                lambda: self._change(becomes),
                lambda: self._change(was),
                in_parts=True,
            )
        yield from self._guest.change(was, becomes)

    def remove(self, veth: GuestVeth) -> Iterator[Step]:
        """Both ends. When the guest's namespace has ended, both are gone already."""
        yield Step(f"delete veth '{veth.name}'", lambda: delete(self._rtnl, veth.name), remake(self, veth))

    def _create(self, veth: GuestVeth) -> None:
        peer = {
            "ifname": veth.ifname,
            "address": veth.guest_mac,
            "mtu": veth.guest_mtu,
            "net_ns_fd": self._site.guest_fd(veth.netns),
        }
        try:
            self._rtnl.link(
                "add",
                ifname=veth.name,
                kind="veth",
                address=veth.mac,
                mtu=veth.mtu,
                group=GROUP,
                peer=peer,
            )
        except OSError as error:
            if error.errno != errno.EEXIST:
                raise
            raise OSError(errno.EEXIST, f"the name '{self._taken(veth)}' is taken") from error

    def _taken(self, veth: GuestVeth) -> str:
        """Which of the two names it was."""
        with unless_gone():
            self._rtnl.index(veth.name)
            return veth.name
        return veth.ifname

    def _change(self, veth: GuestVeth) -> None:
        self._set(veth)
        forget_port(self._site, veth.name)

    def _set(self, veth: GuestVeth) -> None:
        index = self._rtnl.index(veth.name)
        self._rtnl.link("set", index=index, address=veth.mac, mtu=veth.mtu, ifalias=veth.alias)


def delete(rtnl: Rtnl, name: str) -> None:
    """Both ends of the pair; nothing if it is gone."""
    with unless_gone():
        rtnl.link("del", index=rtnl.index(name))
