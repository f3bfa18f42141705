"""The ``hubport`` netdev: a port on an emulated hub.

A hub repeats each frame to every port but the one it came from. Hubs have no existence of
their own: the first port makes one, the last takes it away. A NIC plugged into the port is on
the hub; so is a netdev named by ``netdev=``, and another hub port named there joins two hubs.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from msgspec import Meta

from netd.backends.base import Backend, NetdevOptions
from netd.schema.scalars import Int32


class HubportOptions(NetdevOptions, frozen=True, tag="hubport", tag_field="type"):
    """Attach to a hub."""

    hubid: Annotated[Int32, Meta(description="number of the hub")]
    netdev: Annotated[str | None, Meta(description="netdev to plug into this port")] = None


@dataclass(frozen=True)
class Hubport(Backend):
    """A place on a hub. It has no interface: what is plugged into it stands on the hub's bridge."""

    options: HubportOptions

    Options: ClassVar = HubportOptions
    host_side: ClassVar[bool] = False

    @property
    def hubid(self) -> int:
        """The hub."""
        return self.options.hubid

    @property
    def peer(self) -> str | None:
        """What ``netdev=`` names."""
        return self.options.netdev
