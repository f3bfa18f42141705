"""What QEMU warns about at start-up, for a network at any time.

The texts and their order are QEMU's (``net_check_clients``): hub by hub, then client by
client. netd adds one of its own: the same MAC address twice on one hub.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netd.topology.clients import Client
    from netd.topology.network import Hub, Network


def warnings(network: Network) -> Iterator[str]:
    """Every warning there is, in QEMU's words."""
    for hub in reversed(network.hubs.values()):
        yield from _of_hub(network, hub)
    for client in network.clients.values():
        if client.peer is None:
            yield f"{'nic' if client.is_nic else 'netdev'} {client.name} has no peer"


def _of_hub(network: Network, hub: Hub) -> Iterator[str]:
    guests: list[Client] = []
    to_host = False
    for port in reversed(hub.ports):
        peer = network.peer(network.clients[port])
        if peer is None:
            yield f"hub port {port} has no peer"
        elif peer.is_nic:
            guests.append(peer)
        else:
            to_host = to_host or peer.backend.host_side
    if to_host and not guests:
        yield f"hub {hub.id} with no nics"
    if guests and not to_host:
        yield f"hub {hub.id} is not connected to host network"
    for mac, times in Counter(nic.mac for nic in guests if nic.is_nic).items():
        if times > 1:
            names = ", ".join(sorted(nic.name for nic in guests if nic.is_nic and nic.mac == mac))
            yield f"hub {hub.id} has MAC address {mac} {times} times: {names}"
