"""Links between two ports, and link state.

A redirect is a u32 filter at a port's ingress that matches every frame and sends it out through
the other port (``tc-mirred(8)``). The filter has a fixed handle: replacing it under that handle
re-plugs a running guest without losing a frame. A redirect whose target is gone swallows
everything, so it goes before the target does.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator

from netd.kernel.links import IFLA_LINK
from netd.kernel.rtnl import Rtnl
from netd.kernel.site import Site
from netd.kernel.steps import Step, remake, tolerating, unless_gone
from netd.plan.objects import Redirect, Up

CLSACT = 0xFFFFFFF1  # <linux/pkt_sched.h>: TC_H_CLSACT
INGRESS = 0xFFFFFFF2  # TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)
ETH_P_ALL = 0x0003  # <linux/if_ether.h>
HANDLE = 0x80000800  # tc's 800::800, the first filter of the first table


IFLA_LINK_NETNSID = 37  # <linux/if_link.h>: the other end is in another namespace


class Redirects:
    """Makes :class:`Redirect` objects real."""

    def __init__(self, site: Site) -> None:
        self._rtnl = site.rtnl

    def make(self, redirect: Redirect) -> Iterator[Step]:
        """All of a port's ingress to another port's egress."""
        yield Step(
            f"open the ingress of port '{redirect.port}'",
            lambda: self._open(redirect.port),
            lambda: self._close(redirect.port),
        )
        yield Step(
            f"redirect port '{redirect.port}' to port '{redirect.target}'", lambda: self._lead(redirect)
        )

    def change(self, was: Redirect, becomes: Redirect) -> Iterator[Step]:
        """To another target, between two frames."""
        yield Step(
            f"redirect port '{becomes.port}' to port '{becomes.target}'",
            lambda: self._lead(becomes),
            lambda: self._lead(was),
        )

    def remove(self, redirect: Redirect) -> Iterator[Step]:
        """What arrives on the port goes nowhere again."""
        yield Step(
            f"end the redirect of port '{redirect.port}'",
            lambda: self._close(redirect.port),
            remake(self, redirect),
        )

    def _open(self, port: str) -> None:
        with tolerating(errno.EEXIST):
            self._rtnl.tc("add", "clsact", self._rtnl.index(port))

    def _close(self, port: str) -> None:
        with unless_gone():
            close_ingress(self._rtnl, self._rtnl.index(port))

    def _lead(self, redirect: Redirect) -> None:
        target = self._rtnl.index(redirect.target)
        self._rtnl.tc(
            "replace-filter",
            "u32",
            self._rtnl.index(redirect.port),
            HANDLE,
            parent=INGRESS,
            prio=1,
            protocol=ETH_P_ALL,
            target=0,
            keys=["0x0/0x0+0"],
            action={"kind": "mirred", "direction": "egress", "action": "redirect", "ifindex": target},
        )


class Ups:
    """Makes :class:`Up` objects real."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rtnl = site.rtnl

    def make(self, up: Up) -> Iterator[Step]:
        """The port has link."""
        yield Step(
            f"set the link of port '{up.port}' up",
            lambda: self._up(up.port),
            lambda: self._down(up.port),
        )

    def change(self, was: Up, becomes: Up) -> Iterator[Step]:
        """There is nothing to change."""
        yield from ()

    def remove(self, up: Up) -> Iterator[Step]:
        """The port has no link: a namespace guest sees no carrier, a VMM's guest is cut off."""
        yield Step(f"set the link of port '{up.port}' down", lambda: self._down(up.port), remake(self, up))

    def _up(self, port: str) -> None:
        self._set(port, "up")
        settle(self._site, port)

    def _down(self, port: str) -> None:
        with unless_gone():
            self._set(port, "down")

    def _set(self, port: str, state: str) -> None:
        self._rtnl.link("set", index=self._rtnl.index(port), state=state)


def close_ingress(rtnl: Rtnl, index: int) -> None:
    """Take away the interface's ingress, and the redirect in it; nothing if it has none."""
    with unless_gone(errno.EINVAL):
        rtnl.tc("del", "clsact", index)


def settle(site: Site, port: str) -> None:
    """Have the kernel act on a carrier that has just come.

    It would by itself a moment later, and drop frames until then. Asking for one interface
    makes it at once, since Linux 6.9 (``rtnl_getlink`` in ``net/core/rtnetlink.c``). The two ends
    of a veth in the fabric get their carriers together, when the second is set up.
    """
    link = site.links.get(site.rtnl.index(port))
    if link.kind == "veth" and IFLA_LINK_NETNSID not in link.where:
        with unless_gone():
            site.links.get(link.number(IFLA_LINK))
