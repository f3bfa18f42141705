"""Networks in the making, without a kernel: topologies for the pure floors' tests."""

from __future__ import annotations

from netd.backends.hubport import Hubport, HubportOptions
from netd.nics.netns import NetnsAttachment
from netd.nics.tap import TapAttachment
from netd.plan.objects import NetnsRef
from netd.topology.clients import AttachmentKind
from netd.topology.macs import default_mac
from netd.topology.network import Network, make_nic


def hubport(network: Network, name: str, hubid: int, peer: str | None = None) -> Network:
    """The network with another hub port."""
    return network.add_netdev(name, Hubport(HubportOptions(id=name, hubid=hubid, netdev=peer)), peer)


def nic(
    network: Network,
    name: str | None,
    peer: str | None = None,
    *,
    model: str = "e1000",
    mac: str | None = None,
    attachment: AttachmentKind | None = None,
) -> Network:
    """The network with another NIC."""
    used = {known.mac for known in network.nics()}
    return network.add_nic(
        make_nic(
            network,
            ident=name,
            model=model,
            mac=mac or default_mac(used),
            attachment=attachment or TapAttachment(),
            properties={},
            peer=peer,
        )
    )


def in_netns(ifname: str = "eth0") -> NetnsAttachment:
    """A guest that is a namespace."""
    return NetnsAttachment(
        NetnsRef("/run/netns/guest", 4026532000), ifname, "guest", ("192.0.2.1/24",), "192.0.2.254"
    )


def lab_of_two() -> Network:
    """Two VMM guests on hub 0."""
    network = Network()
    for number in (0, 1):
        network = hubport(network, f"h{number}", 0)
        network = nic(network, f"n{number}", f"h{number}")
    return network
