"""The texts of ``info network``, as QEMU prints them. Pure.

The layout is that of ``net_info`` (``hmp_info_network``): hubs first, the newest on top, each
with its ports; then every client that is not on a hub, a NIC with its peer below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netd.topology.clients import Client
    from netd.topology.network import Hub, Network


def network_text(network: Network) -> str:
    """The answer to ``info network``, lines ending in CR LF."""
    return "".join(f"{line}\r\n" for line in _lines(network))


def client_line(client: Client, queue: int = 0) -> str:
    """One client as QEMU shows it; a NIC's queues above the first have nothing to say."""
    if not client.is_nic:
        return f"{client.name}: index={queue},type={client.backend.kind},{client.backend.info}"
    info = f"model={client.model},macaddr={client.mac}" if queue == 0 else ""
    return f"{client.name}: index={queue},type=nic,{info}"


def _lines(network: Network) -> Iterator[str]:
    for hub in reversed(list(network.hubs.values())):
        yield from _hub_lines(network, hub)
    for client in network.clients.values():
        if client.is_nic:
            yield from _nic_lines(network, client)
        elif client.backend.hubid is None and not _is_shown_elsewhere(network, client):
            yield client_line(client)


def _hub_lines(network: Network, hub: Hub) -> Iterator[str]:
    yield f"hub {hub.id}"
    for port in reversed(hub.ports):
        peer = network.peer(network.clients[port])
        yield f" \\ {port}" if peer is None else f" \\ {port}: {client_line(peer)}"


def _nic_lines(network: Network, nic: Client) -> Iterator[str]:
    peer = network.peer(nic)
    if peer is not None and network.hub_of(nic) is not None:
        return
    yield client_line(nic)
    if peer is not None:
        yield f" \\ {client_line(peer)}"


def _is_shown_elsewhere(network: Network, netdev: Client) -> bool:
    """Below its NIC, or on the hub that it is plugged into."""
    peer = network.peer(netdev)
    return peer is not None and (peer.is_nic or network.hub_of(netdev) is not None)
