"""Guests that come and go: who takes a NIC or leaves it is told to every session.

The kernel tells of every change of the fabric's interfaces (:mod:`netd.kernel.watch`); whether
a NIC is attached by that is its attachment's to say. ``query-network`` shows the same at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netd.kernel.watch import LinkChanged, Resync, Watch
from netd.monitor.events import Event
from netd.plan import planner

if TYPE_CHECKING:
    from netd.kernel.links import LinkState
    from netd.kernel.watch import News
    from netd.monitor.events import Events
    from netd.monitor.lab import Lab
    from netd.topology.clients import Nic


@dataclass(slots=True)
class Attendance:
    """Which NICs have their guest."""

    lab: Lab
    events: Events
    _present: set[str] = field(default_factory=set)

    async def watch(self) -> None:
        """Follow the fabric until cancelled."""
        async with Watch.on(self.lab.fabric.thread) as changes:
            async for news in changes:
                if isinstance(news, Resync):
                    await self.look_again()
                else:
                    self.take(news)

    def take(self, news: News) -> None:
        """Take note of one change, and tell if a guest came or went by it."""
        if isinstance(news, Resync) or (nic := self._nic_at(news.name)) is None:
            return
        self._note(nic, news.state if isinstance(news, LinkChanged) else None)

    async def look_again(self) -> None:
        """Take note of how every NIC is now."""
        links = await self.lab.links()
        for nic in self.lab.network.nics():
            self._note(nic, links.get(str(planner.port(nic))))

    def _note(self, nic: Nic, state: LinkState | None) -> None:
        attached = state is not None and nic.attachment.is_attached(carrier=state.carrier)
        if attached == (nic.key in self._present):
            return
        if attached:
            self._present.add(nic.key)
        else:
            self._present.discard(nic.key)
        self.events.emit(Event("NIC_ATTACHED" if attached else "NIC_DETACHED", nic.event_data))

    def _nic_at(self, port: str) -> Nic | None:
        """The NIC of a port: the one of that name, or the one whose longer name was cut to it."""
        if not port[0].isalpha():
            return None  # a hub's bridge, a netdev's interface, a tap given up
        client = self.lab.network.clients.get(f"/machine/peripheral/{port}")
        if client is not None and client.is_nic:
            return client
        return next((nic for nic in self.lab.network.nics() if planner.port(nic) == port), None)
