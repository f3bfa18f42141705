"""Topology in, kernel objects out.

Every piece of the network is planned by itself: a hub, a client's own port, a link between
two clients. So the objects that a command changes are found by planning only the pieces whose
clients or hubs are not the same as before, and a command costs the same in a lab of one NIC
and of a thousand.

A **hub** is a bridge that floods, or a chain of them: one bridge takes 1,023 ports and a flood
to more than about a thousand loses copies (``net.core.netdev_max_backlog``), so a hub's slots
are laid out 512 to a bridge and neighbouring bridges are joined by a veth.

A **link** is, between a NIC or a netdev with an interface of its own and a hub port, that
interface's membership in the hub's bridge; between two such interfaces, a pair of ingress
redirects; between two hub ports, a veth from bridge to bridge.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from netd.plan import names
from netd.plan.objects import Bridge, KernelObject, Member, Redirect, Up, Veth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netd.topology.clients import Client, Netdev
    from netd.topology.network import Hub, Network

K = TypeVar("K")
V = TypeVar("V")

SEGMENT = 512
"""Hub slots on one bridge."""

VETH_MTU = 65535
"""The largest MTU the kernel allows on a veth."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a client stands, for the file that plans its port.

    ``port`` is the name of its interface in the fabric, ``port_mac`` that interface's address,
    ``alias`` its owner mark; ``guest_mac`` is the NIC's own address (``""`` for a netdev).
    """

    port: str
    port_mac: str
    alias: str
    guest_mac: str = ""


class Plannable(Protocol):
    """A kind that has an interface of its own in the fabric."""

    def plan(self, place: Place) -> Iterable[KernelObject]:
        """The objects of that interface, without its links."""


def whole(instance: str, network: Network) -> list[KernelObject]:
    """Every object of a network."""
    return list(_pieces(instance, network, network.clients, network.hubs))


def changed(instance: str, old: Network, new: Network) -> tuple[list[KernelObject], list[KernelObject]]:
    """The objects of all that differs between two networks, as it was and as it shall be.

    What both lists hold is not to be touched.
    """
    touched = _differing(old.clients, new.clients)
    for network in (old, new):
        peers = {network.clients[key].peer for key in touched if key in network.clients}
        touched |= {peer for peer in peers if peer is not None}
    hubs = _differing(old.hubs, new.hubs)
    return (
        list(_pieces(instance, old, touched, hubs)),
        list(_pieces(instance, new, touched, hubs)),
    )


def port(client: Client) -> str | None:
    """The client's interface in the fabric; ``None`` for a hub port, which is only a place."""
    return _name(client) if _has_port(client) else None


def own_port(instance: str, client: Client) -> Iterable[KernelObject]:
    """The objects of a client's interface, whatever its links."""
    name = _name(client)
    kind = cast("Plannable", client.attachment if client.is_nic else client.backend)
    guest_mac = client.mac if client.is_nic else ""
    return kind.plan(Place(name, names.mac(instance, name), names.alias(instance, client.name), guest_mac))


def neighbours(network: Network, client: Client) -> list[str]:
    """The interfaces through which what a client sends leaves the fabric or goes on in it.

    Sending a frame out of each of them is, for everyone else, as if the client had sent it.
    """
    peer = network.peer(client)
    if peer is None or not network.has_link(client):
        return []
    if peer.is_nic or peer.backend.hubid is None:
        return [_name(peer)]
    hub, segment = network.hubs[peer.backend.hubid], peer.slot // SEGMENT
    ports = [_port_on(network, name) for name, slot in hub.ports.items() if slot // SEGMENT == segment]
    joints = [names.joint(hub.id, segment)[0]] if segment + 1 < segments(hub) else []
    joints += [names.joint(hub.id, segment - 1)[1]] if segment else []
    return [name for name in ports if name is not None and name != port(client)] + joints


# -- pieces ------------------------------------------------------------------------------------


def _pieces(
    instance: str, network: Network, clients: Iterable[str], hubs: Iterable[int]
) -> Iterator[KernelObject]:
    for number in hubs:
        if number in network.hubs:
            yield from _hub(instance, network.hubs[number])
    present = [network.clients[key] for key in clients if key in network.clients]
    yield from chain.from_iterable(_own(instance, network, client) for client in present)
    yield from chain.from_iterable(_link(instance, network, client) for client in present)


def _hub(instance: str, hub: Hub) -> Iterator[KernelObject]:
    mark = names.alias(instance, f"hub{hub.id}")
    for segment in range(segments(hub)):
        name = names.bridge(hub.id, segment)
        yield Bridge(name, names.mac(instance, name), mark)
    for segment in range(segments(hub) - 1):
        ends = names.joint(hub.id, segment)
        yield from _cable(
            instance, ends, (names.bridge(hub.id, segment), names.bridge(hub.id, segment + 1)), mark
        )


def _own(instance: str, network: Network, client: Client) -> Iterator[KernelObject]:
    name = port(client)
    if name is None:
        return
    yield from own_port(instance, client)
    if network.has_link(client):
        yield Up(name)


def _link(instance: str, network: Network, client: Client) -> Iterator[KernelObject]:
    """What this side of a link contributes; both sides together are the link."""
    peer = network.peer(client)
    if peer is None:
        return
    near, far = port(client), port(peer)
    if near is not None and far is not None:
        yield Redirect(near, far)
    elif near is not None:
        yield Member(near, _bridge(cast("Netdev", peer)))
    elif far is None and client.key < peer.key:
        yield from _join(instance, network, cast("Netdev", client), cast("Netdev", peer))


def _join(instance: str, network: Network, one: Netdev, other: Netdev) -> Iterator[KernelObject]:
    """Two hub ports plugged into each other."""
    ends = _name(one), _name(other)
    mark = names.alias(instance, one.name)
    yield from _cable(instance, ends, (_bridge(one), _bridge(other)), mark, up=network.has_link(one))


def _cable(
    instance: str, ends: tuple[str, str], bridges: tuple[str, str], mark: str, *, up: bool = True
) -> Iterator[KernelObject]:
    near, far = ends
    yield Veth(near, names.mac(instance, near), far, names.mac(instance, far), VETH_MTU, mark)
    for end, bridge in zip(ends, bridges, strict=True):
        yield Member(end, bridge)
        if up:
            yield Up(end)


# -- small questions ---------------------------------------------------------------------------


def _differing(old: dict[K, V], new: dict[K, V]) -> set[K]:
    return {key for key in old.keys() | new.keys() if old.get(key) is not new.get(key)}


def _name(client: Client) -> str:
    return names.nic(client.name) if client.is_nic else names.netdev(client.name)


def _has_port(client: Client) -> bool:
    return client.is_nic or client.backend.hubid is None


def segments(hub: Hub) -> int:
    """How many bridges carry a hub."""
    return -(-hub.width // SEGMENT)


def _bridge(hubport: Netdev) -> str:
    assert hubport.backend.hubid is not None  # only hub ports get here
    return names.bridge(hubport.backend.hubid, hubport.slot // SEGMENT)


def _port_on(network: Network, hubport: str) -> str | None:
    """The interface that stands on the hub for a hub port: its peer's, or the end of a join."""
    place = network.clients[hubport]
    peer = network.peer(place)
    if peer is None:
        return None
    return port(peer) if _has_port(peer) else _name(place)
