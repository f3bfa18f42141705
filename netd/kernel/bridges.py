"""Bridges that are hubs, and the ports on them.

A Linux bridge is a hub when it never learns: with ageing 0 every frame is flooded, and the
addresses it knows by itself, its own and its ports', are deleted, else frames to those would
be swallowed. Frames to 01:80:C2:00:00:0X pass as far as the kernel allows: the bridge's mask
excludes 00 to 02, of which STP's (00) passes because STP is off and LACP's (02) by the port's
mask; 802.3x pause (01) never does. ``vlan_filtering`` is not even mentioned: kernels without it
refuse the word. (``Documentation/networking/bridge.rst``, ``net/bridge/br_private.h``.)
"""

from __future__ import annotations

import errno
from collections.abc import Iterator

from netd.kernel.site import GROUP, Site
from netd.kernel.steps import Step, remake, unless_gone
from netd.plan.objects import Bridge, Member

BRIDGE_MASK = 0xFFF8  # all that BR_GROUPFWD_RESTRICTED leaves
PORT_MASK = 0xFFFD  # all that BR_GROUPFWD_MACPAUSE leaves
OLD_PORT_MASK = 0xFFF8  # what kernels take that restrict ports like bridges

HUB = {
    "br_ageing_time": 0,
    "br_stp_state": 0,
    "br_mcast_snooping": 0,
    "br_group_fwd_mask": BRIDGE_MASK,
}
HUB_PORT = {"learning": 0, "unicast_flood": 1, "mcast_flood": 1, "bcast_flood": 1}

NTF_SELF = 0x02  # <linux/neighbour.h>: the bridge's own entries
NTF_MASTER = 0x04  # the entries of its ports


class Bridges:
    """Makes :class:`Bridge` objects real."""

    def __init__(self, site: Site) -> None:
        self._rtnl = site.rtnl

    def make(self, bridge: Bridge) -> Iterator[Step]:
        """A bridge, up, that floods."""
        yield Step(
            f"create bridge '{bridge.name}'",
            lambda: self._rtnl.link(
                "add",
                ifname=bridge.name,
                kind="bridge",
                address=bridge.mac,
                group=GROUP,
                state="up",
                **HUB,
            ),
            lambda: self._delete(bridge),
        )
        yield Step(f"mark bridge '{bridge.name}'", lambda: self._mark(bridge))
        yield Step(f"deafen bridge '{bridge.name}'", lambda: self._forget(bridge))

    def change(self, was: Bridge, becomes: Bridge) -> Iterator[Step]:
        """Another MAC address or mark."""
        yield Step(
            f"change bridge '{becomes.name}'",
            lambda: self._set(becomes),
            lambda: self._set(was),
            in_parts=True,
        )

    def remove(self, bridge: Bridge) -> Iterator[Step]:
        """The bridge and nothing else: its ports are only released."""
        yield Step(f"delete bridge '{bridge.name}'", lambda: self._delete(bridge), remake(self, bridge))

    def _delete(self, bridge: Bridge) -> None:
        with unless_gone():
            self._rtnl.link("del", index=self._rtnl.index(bridge.name))

    def _set(self, bridge: Bridge) -> None:
        self._rtnl.link("set", index=self._rtnl.index(bridge.name), address=bridge.mac)
        self._mark(bridge)
        self._forget(bridge)

    def _mark(self, bridge: Bridge) -> None:
        self._rtnl.link("set", index=self._rtnl.index(bridge.name), ifalias=bridge.alias)

    def _forget(self, bridge: Bridge) -> None:
        """Let frames to the bridge's own address pass like others."""
        with unless_gone():
            self._rtnl.fdb("del", ifindex=self._rtnl.index(bridge.name), lladdr=bridge.mac, flags=NTF_SELF)


class Members:
    """Makes :class:`Member` objects real."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rtnl = site.rtnl
        self._mask = PORT_MASK

    def make(self, member: Member) -> Iterator[Step]:
        """A hub's port: it learns nothing and passes all it may."""
        port = member.port
        yield Step(
            f"plug port '{port}' into bridge '{member.bridge}'",
            lambda: self._enslave(member),
            lambda: self._release(member),
        )
        yield Step(f"set up port '{port}' of bridge '{member.bridge}'", lambda: self._set_up(port))
        yield Step(f"deafen port '{port}' of bridge '{member.bridge}'", lambda: forget_port(self._site, port))

    def change(self, was: Member, becomes: Member) -> Iterator[Step]:
        """To another bridge, in one message: the port's device stays up."""
        yield Step(
            f"move port '{becomes.port}' to bridge '{becomes.bridge}'",
            lambda: self._move(becomes),
            lambda: self._move(was),
            in_parts=True,
        )

    def remove(self, member: Member) -> Iterator[Step]:
        """Off the bridge."""
        yield Step(
            f"unplug port '{member.port}' from bridge '{member.bridge}'",
            lambda: self._release(member),
            remake(self, member),
        )

    def _move(self, member: Member) -> None:
        self._enslave(member)
        self._set_up(member.port)
        forget_port(self._site, member.port)

    def _enslave(self, member: Member) -> None:
        port, bridge = self._rtnl.index(member.port), self._rtnl.index(member.bridge)
        self._rtnl.link("set", index=port, master=bridge)

    def _release(self, member: Member) -> None:
        with unless_gone():
            self._rtnl.link("set", index=self._rtnl.index(member.port), master=0)

    def _set_up(self, port: str) -> None:
        index = self._rtnl.index(port)
        try:
            self._set_port(index)
        except OSError as error:
            if error.errno != errno.EINVAL or self._mask == OLD_PORT_MASK:
                raise
            self._mask = OLD_PORT_MASK
            self._set_port(index)

    def _set_port(self, index: int) -> None:
        self._rtnl.link("set", index=index, kind="bridge_slave", group_fwd_mask=self._mask, **HUB_PORT)


def forget_port(site: Site, port: str) -> None:
    """Let frames to the port's own address pass like others; nothing if it is on no bridge."""
    index = site.rtnl.index(port)
    mac = site.links.get(index).mac
    with unless_gone(errno.EINVAL, errno.EOPNOTSUPP):
        site.rtnl.fdb("del", ifindex=index, lladdr=mac, flags=NTF_MASTER)
