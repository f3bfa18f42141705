"""The lab: the network as it is, and the kernel it is real in.

One change at a time. A change is first made in the topology, which refuses what cannot be;
then the kernel is brought from the old plan to the new one; only then the new topology is
the lab's. When the kernel refuses, it has been put back and nothing has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
import trio

from netd.monitor.holders import Holders
from netd.plan import planner
from netd.topology.macs import QEMU_START
from netd.topology.network import Network

if TYPE_CHECKING:
    from netd.kernel.fabric import Fabric
    from netd.kernel.links import LinkState

log = structlog.get_logger()


class Lab:
    """What one netd instance owns.

    ``instance`` is the name that all its kernel objects carry, and the fabric's. ``alone`` is
    held while a command changes the network, so that what it looked up stays true until
    :meth:`become`.
    """

    def __init__(
        self, fabric: Fabric, instance: str, *, mac_start: str = QEMU_START, name: str | None = None
    ) -> None:
        self.fabric = fabric
        self.instance = instance
        self.mac_start = mac_start
        self.name = name
        self.network = Network()
        self.holders = Holders()
        self.alone = trio.Lock()

    async def become(self, network: Network) -> None:
        """Make the network so, in the kernel and here. Call with :attr:`alone` held.

        Raises :class:`~netd.errors.HostError` when the kernel refuses; nothing has changed then.
        """
        old, new = planner.changed(self.instance, self.network, network)
        with trio.CancelScope(shield=True):  # a client that goes away does not tear a change in two
            await self.fabric.thread.run(self.fabric.apply, old, new)
            self.network = network
        self.holders.keep(self.network.clients)

    async def links(self) -> dict[str, LinkState]:
        """Every interface of the fabric by name, with its counters."""
        return await self.fabric.thread.run(self.fabric.links)

    async def teardown(self) -> None:
        """Remove everything, as fast as the kernel can."""
        async with self.alone:
            with trio.CancelScope(shield=True):
                await self.fabric.thread.run(self.fabric.clear)
                self.network = Network()
            self.holders.keep({})
