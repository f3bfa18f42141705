"""A guest's own side of a veth: addresses, MTU and gateway in a namespace that is not ours.

Everything is done by a thread in that namespace (:meth:`netd.kernel.site.Site.guest`). The
interface is found by its number, since the guest may call it as it likes.
"""

from __future__ import annotations

import errno
import ipaddress
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from netd.kernel.links import IFLA_LINK, LinkTable
from netd.kernel.rtnl import Rtnl
from netd.kernel.site import Site
from netd.kernel.steps import Step, tolerating, unless_gone
from netd.plan.objects import GuestVeth

IFA_F_NODAD = 0x02  # <linux/if_addr.h>: usable at once
DEFAULT = {4: "0.0.0.0/0", 6: "::/0"}


class GuestSide:
    """The steps that are taken in a guest's namespace."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def furnish(self, veth: GuestVeth) -> Iterator[Step]:
        """Address a new interface, and set it up. It all goes with the interface."""
        yield from self._give(veth, veth.addresses)
        yield self._step(veth, "set up", lambda rtnl, index: rtnl.link("set", index=index, state="up"))
        if veth.gateway:
            yield self._gateway(veth)

    def change(self, was: GuestVeth, becomes: GuestVeth) -> Iterator[Step]:
        """Whatever is different on the guest's side, one by one."""
        if (was.guest_mac, was.guest_mtu) != (becomes.guest_mac, becomes.guest_mtu):
            yield self._step(
                becomes,
                "change",
                lambda rtnl, index: _set(rtnl, index, becomes),
                lambda rtnl, index: _set(rtnl, index, was),
                in_parts=True,
            )
        more = becomes.addresses[len(was.addresses) :]
        if (was.addresses + more, was.gateway) == (becomes.addresses, becomes.gateway):
            yield from self._give(becomes, more)
        else:
            yield from self._readdress(was, becomes)

    def _readdress(self, was: GuestVeth, becomes: GuestVeth) -> Iterator[Step]:
        """All anew and in order: an IPv4 address may take others of its subnet with it, and the gateway."""
        if was.gateway:
            yield self._gateway(was, add=False)
        for address in reversed(was.addresses):
            yield self._address(was, address, add=False)
        yield from self._give(becomes, becomes.addresses)
        if becomes.gateway:
            yield self._gateway(becomes)

    def _give(self, veth: GuestVeth, addresses: tuple[str, ...]) -> Iterator[Step]:
        if any(":" in address for address in (*addresses, veth.gateway)):
            yield self._step(veth, "allow IPv6 on", lambda rtnl, index: _allow_ipv6(veth.ifname))
        for address in addresses:
            yield self._address(veth, address)

    def _address(self, veth: GuestVeth, address: str, *, add: bool = True) -> Step:
        def give(rtnl: Rtnl, index: int) -> None:
            _give_address(rtnl, index, address)

        def take(rtnl: Rtnl, index: int) -> None:
            with unless_gone(errno.EADDRNOTAVAIL):
                rtnl.addr("del", index=index, address=address)

        if add:
            return self._step(veth, f"give address {address} to", give, take)
        return self._step(veth, f"take address {address} from", take, give)

    def _gateway(self, veth: GuestVeth, *, add: bool = True) -> Step:
        version = ipaddress.ip_address(veth.gateway).version
        route = {"dst": DEFAULT[version], "gateway": veth.gateway}

        def give(rtnl: Rtnl, index: int) -> None:
            rtnl.route("add", oif=index, **route)

        def take(rtnl: Rtnl, index: int) -> None:
            with unless_gone(errno.ESRCH):
                rtnl.route("del", oif=index, **route)

        if add:
            return self._step(veth, f"route by gateway {veth.gateway} through", give, take)
        return self._step(veth, f"unroute gateway {veth.gateway} through", take, give)

    def _step(
        self,
        veth: GuestVeth,
        doing: str,
        do: Callable[[Rtnl, int], Any],
        undo: Callable[[Rtnl, int], Any] | None = None,
        *,
        in_parts: bool = False,
    ) -> Step:
        text = f"{doing} '{veth.ifname}' in network namespace '{veth.netns.path}'"
        if undo is None:
            return Step(text, lambda: self._in_guest(veth, do))
        return Step(
            text, lambda: self._in_guest(veth, do), lambda: self._in_guest(veth, undo), in_parts=in_parts
        )

    def _in_guest(self, veth: GuestVeth, job: Callable[[Rtnl, int], Any]) -> None:
        port = self._site.links.get(self._site.rtnl.index(veth.name))
        thread = self._site.guest(veth.netns)

        def work() -> None:
            with closing(LinkTable()) as links:
                end = links.get(port.number(IFLA_LINK))
                if (end.kind, end.number(IFLA_LINK)) != ("veth", port.index):
                    raise OSError(errno.ENODEV, "the interface has left the namespace")
            job(thread.rtnl, end.index)

        thread.call(work)


def _give_address(rtnl: Rtnl, index: int, address: str) -> None:
    if ":" in address:
        rtnl.addr("add", index=index, address=address, flags=IFA_F_NODAD)
    else:
        rtnl.addr("add", index=index, address=address)


def _set(rtnl: Rtnl, index: int, veth: GuestVeth) -> None:
    rtnl.link("set", index=index, address=veth.guest_mac, mtu=veth.guest_mtu)


def _allow_ipv6(ifname: str) -> None:
    """Container runtimes switch it off by default; who asks for an address wants it."""
    with tolerating(errno.ENOENT):
        Path(f"/proc/sys/net/ipv6/conf/{ifname}/disable_ipv6").write_text("0")
