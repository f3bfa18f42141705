"""``query-network``: everything netd knows of its network, in one answer."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType, field

from netd.kernel.links import LinkState
from netd.monitor.command import Call, NoArguments, command
from netd.plan import names, planner
from netd.schema.base import Arguments
from netd.schema.scalars import AnyValue
from netd.topology.clients import Client, Nic
from netd.topology.network import Hub, Network
from netd.topology.warnings import warnings


class Traffic(Arguments, frozen=True):
    """What went one way."""

    frames: Annotated[int, Meta(description="frames")]
    octets: Annotated[int, Meta(description="bytes of Ethernet frames")] = field(name="bytes")
    dropped: Annotated[int, Meta(description="frames lost for want of room or of a receiver")]


class ClientInfo(Arguments, frozen=True, kw_only=True):
    """A net client."""

    id: Annotated[str, Meta(description="its name")]
    kind: Annotated[Literal["nic", "netdev"], Meta(description="which side of a link it is")]
    type: Annotated[str, Meta(description="model of a NIC, type of a netdev")]
    path: Annotated[str | UnsetType, Meta(description="QOM path of a NIC")] = UNSET
    options: Annotated[AnyValue, Meta(description="what the user said")]
    peer: Annotated[str | UnsetType, Meta(description="the other end of its link")] = UNSET
    hub: Annotated[int | UnsetType, Meta(description="the hub it is on")] = UNSET
    link: Annotated[bool, Meta(description="false when set_link took it down, or its netdev was deleted")]
    mac: Annotated[str | UnsetType, Meta(description="MAC address of a NIC")] = UNSET
    mtu: Annotated[int | UnsetType, Meta(description="largest payload it can carry, bytes")] = UNSET
    port: Annotated[str | UnsetType, Meta(description="its interface in the fabric")] = UNSET
    attached: Annotated[bool | UnsetType, Meta(description="whether a guest holds the NIC")] = UNSET
    pid: Annotated[int | UnsetType, Meta(description="the process that holds the NIC, if known")] = UNSET
    received: Annotated[Traffic | UnsetType, Meta(description="what went to the client")] = UNSET
    sent: Annotated[Traffic | UnsetType, Meta(description="what came from the client")] = UNSET


class HubInfo(Arguments, frozen=True):
    """A hub."""

    id: Annotated[int, Meta(description="its number")]
    ports: Annotated[list[str], Meta(description="its ports, oldest first")]
    bridges: Annotated[list[str], Meta(description="the bridges that carry it in the fabric")]


class NetworkInfo(Arguments, frozen=True):
    """The whole network."""

    instance: Annotated[str, Meta(description="this netd's mark on its kernel objects")]
    fabric: Annotated[str, Meta(description="the network namespace of all ports, as ip-netns(8) knows it")]
    clients: Annotated[list[ClientInfo], Meta(description="every client, oldest first")]
    hubs: Annotated[list[HubInfo], Meta(description="every hub, oldest first")]
    warnings: Annotated[list[str], Meta(description="what looks wrong")]


@command("query-network", returns=NetworkInfo)
async def query_network(call: Call, args: NoArguments) -> NetworkInfo:
    """Every client, hub and warning, with counters."""
    lab = call.lab
    links = await lab.links()
    network = lab.network
    return NetworkInfo(
        instance=lab.instance,
        fabric=lab.instance,
        clients=[_client(call, network, client, links) for client in network.clients.values()],
        hubs=[_hub(hub) for hub in network.hubs.values()],
        warnings=list(warnings(network)),
    )


def _hub(hub: Hub) -> HubInfo:
    return HubInfo(
        id=hub.id,
        ports=list(hub.ports),
        bridges=[names.bridge(hub.id, segment) for segment in range(planner.segments(hub))],
    )


def _client(call: Call, network: Network, client: Client, links: dict[str, LinkState]) -> ClientInfo:
    port = planner.port(client)
    state = links.get(port) if port is not None else None
    hub, peer = network.hub_of(client), network.peer(client)
    common: dict[str, Any] = {
        "id": client.name,
        "peer": UNSET if peer is None else peer.name,
        "hub": UNSET if hub is None else hub,
        "link": client.link,
        "port": UNSET if port is None else port,
        "received": UNSET
        if state is None
        else Traffic(frames=state.tx_packets, octets=state.tx_bytes, dropped=state.tx_dropped),
        "sent": UNSET
        if state is None
        else Traffic(frames=state.rx_packets, octets=state.rx_bytes, dropped=state.rx_dropped),
    }
    if not client.is_nic:
        backend = client.backend
        return ClientInfo(kind="netdev", type=backend.kind, options=dict(backend.shown), **common)
    return ClientInfo(
        kind="nic",
        type=client.model,
        path=client.path,
        options={**client.properties, **client.attachment.shown},
        mac=client.mac,
        mtu=client.attachment.guest_mtu,
        attached=state is not None and client.attachment.is_attached(carrier=state.carrier),
        pid=_holder(call, client, state),
        **common,
    )


def _holder(call: Call, nic: Nic, state: LinkState | None) -> int | UnsetType:
    if state is None:
        return UNSET
    if nic.attachment.pid is not None:
        return nic.attachment.pid
    pid = call.lab.holders.pid(nic.key) if state.carrier else None
    return UNSET if pid is None else pid


COMMANDS = (query_network,)
