"""The network: every client, and who is plugged into whom.

A :class:`Network` never changes; each method that changes something returns the next one.
What cannot be is refused here, in QEMU's words, before anything is touched.

**Hubs** have no existence of their own: the first port makes one, the last takes it away.
A port has a *slot* on its hub, the lowest free one when it comes; it keeps the slot as long as
it lives. The plan lays slots out on bridges, so a port never moves because another one went.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

from netd.errors import DeviceNotFound, NetdError
from netd.topology.clients import Client, Netdev, Nic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netd.topology.clients import AttachmentKind, BackendKind


@dataclass(frozen=True, slots=True)
class Hub:
    """A repeater. ``ports`` maps each port's name to its slot, oldest first."""

    id: int
    ports: dict[str, int]

    @property
    def width(self) -> int:
        """One more than the highest slot in use."""
        return max(self.ports.values()) + 1


@dataclass(frozen=True, slots=True)
class Network:
    """Clients by key and hubs by number, both in the order they were made.

    A netdev's key is its name, a NIC's its QOM path: the two may have the same name.
    """

    clients: dict[str, Client] = field(default_factory=dict)
    hubs: dict[int, Hub] = field(default_factory=dict)

    # -- looking up ------------------------------------------------------------------------

    def netdev(self, name: str) -> Netdev:
        """The netdev of that name, or :class:`DeviceNotFound`."""
        client = self.clients.get(name)
        if client is None or client.is_nic:
            raise DeviceNotFound.named(name)
        return client

    def nic(self, name: str) -> Nic:
        """The NIC of that id or QOM path, or :class:`DeviceNotFound`.

        The name QEMU shows for a NIC without an id is not one: such a NIC is reached by path.
        """
        client = self.clients.get(name if name.startswith("/") else f"/machine/peripheral/{name}")
        if client is None or not client.is_nic:
            raise DeviceNotFound.named(name)
        return client

    def named(self, name: str) -> list[Client]:
        """The clients of that name: none, one, or a netdev and a NIC."""
        return [client for client in self.clients.values() if client.name == name]

    def peer(self, client: Client) -> Client | None:
        """The other end of the client's link."""
        return None if client.peer is None else self.clients[client.peer]

    def nics(self) -> list[Nic]:
        """Every NIC, oldest first."""
        return [client for client in self.clients.values() if client.is_nic]

    def netdevs(self) -> list[Netdev]:
        """Every netdev, oldest first."""
        return [client for client in self.clients.values() if not client.is_nic]

    def hub_of(self, client: Client) -> int | None:
        """The hub a client is on: its own when it is a port, else the one its peer is a port of."""
        for side in (client, self.peer(client)):
            if side is not None and not side.is_nic and side.backend.hubid is not None:
                return side.backend.hubid
        return None

    # -- netdevs ---------------------------------------------------------------------------

    def add_netdev(self, name: str, backend: BackendKind, peer: str | None = None) -> Network:
        """Add a netdev; ``peer`` is the netdev to plug into it (``hubport,netdev=``)."""
        if self.named(name):
            raise NetdError(f"Duplicate ID '{name}'")
        if peer is not None:
            self._check_joinable(backend, peer)
        new = Netdev(name, backend)
        hubs = dict(self.hubs)
        if backend.hubid is not None:
            hub = hubs.get(backend.hubid, Hub(backend.hubid, {}))
            taken = set(hub.ports.values())
            new = replace(new, slot=next(slot for slot in count() if slot not in taken))
            hubs[hub.id] = Hub(hub.id, {**hub.ports, name: new.slot})
        network = Network({**self.clients, name: new}, hubs)
        return network if peer is None else network._joined(name, peer)

    def del_netdev(self, name: str) -> Network:
        """Remove a netdev. A NIC plugged into it stays, without a peer and with its link down."""
        gone = self.netdev(name)
        clients = dict(self.clients)
        del clients[name]
        peer = self.peer(gone)
        if peer is not None:
            alone = replace(peer, peer=None)
            clients[peer.key] = replace(alone, link=False, cut=True) if alone.is_nic else alone
        hubs = dict(self.hubs)
        if gone.backend.hubid is not None:
            hub = hubs[gone.backend.hubid]
            ports = {port: slot for port, slot in hub.ports.items() if port != name}
            if ports:
                hubs[hub.id] = Hub(hub.id, ports)
            else:
                del hubs[hub.id]
        return Network(clients, hubs)

    def _check_joinable(self, backend: BackendKind, peer: str) -> None:
        other = self.clients.get(peer)
        if other is None or other.is_nic:
            raise NetdError(f"netdev '{peer}' not found")
        if other.peer is not None:
            raise self._in_use(other)
        ours, theirs = backend.hubid, other.backend.hubid
        if ours is None or theirs is None:
            return
        if ours == theirs:
            raise NetdError(f"hub {ours} cannot be joined to itself")
        if ours in self._reachable(theirs):
            raise NetdError(f"hub {ours} and hub {theirs} are already joined: a second join would be a loop")

    def _reachable(self, start: int) -> set[int]:
        """The hubs that a frame on hub ``start`` reaches."""
        seen, todo = {start}, [start]
        while todo:
            for port in self.hubs[todo.pop()].ports:
                far = self.peer(self.clients[port])
                if far is None or far.is_nic or far.backend.hubid is None or far.backend.hubid in seen:
                    continue
                seen.add(far.backend.hubid)
                todo.append(far.backend.hubid)
        return seen

    # -- NICs ------------------------------------------------------------------------------

    def new_nic_name(self, model: str) -> str:
        """The name of the next NIC of a model that has no id, as QEMU counts: ``e1000.0``.

        The count is of the NICs of that model, so a name can be taken; the next free one is used.
        """
        start = sum(1 for nic in self.nics() if nic.model == model)
        taken = {client.name for client in self.clients.values()}
        return next(name for n in count(start) if (name := f"{model}.{n}") not in taken)

    def new_anonymous_path(self) -> str:
        """The QOM path of the next NIC without an id."""
        paths = (f"/machine/peripheral-anon/device[{n}]" for n in count())
        return next(path for path in paths if path not in self.clients)

    def add_nic(self, nic: Nic) -> Network:
        """Add a NIC, plugged into ``nic.peer`` when that is given."""
        if nic.key in self.clients:
            raise NetdError(f"Duplicate device ID '{nic.name}'")
        network = Network({**self.clients, nic.key: replace(nic, peer=None)}, self.hubs)
        return network if nic.peer is None else network._joined(nic.key, nic.peer)

    def del_nic(self, name: str) -> Network:
        """Remove a NIC; its netdev survives and can be used again."""
        gone = self.nic(name)
        clients = dict(self.clients)
        del clients[gone.key]
        if gone.peer is not None:
            clients[gone.peer] = replace(clients[gone.peer], peer=None)
        return Network(clients, self.hubs)

    def plug(self, name: str, netdev: str) -> Network:
        """Plug a NIC into another netdev, out of the one it had; a link that a deletion cut is back."""
        nic, other = self.nic(name), self.netdev(netdev)
        if other.peer == nic.key:
            return self
        if other.peer is not None:
            raise self._in_use(other)
        clients = dict(self.clients)
        if nic.peer is not None:
            clients[nic.peer] = replace(clients[nic.peer], peer=None)
        clients[nic.key] = replace(nic, peer=None, link=nic.link or nic.cut, cut=False)
        return Network(clients, self.hubs)._joined(nic.key, netdev)

    # -- links -----------------------------------------------------------------------------

    def set_link(self, name: str, *, up: bool) -> Network:
        """QEMU's rule: all clients of the name, and the first one's peer when that is a NIC."""
        named = self.named(name)
        if not named:
            raise DeviceNotFound.named(name)
        peer = self.peer(named[0])
        followers = [peer] if peer is not None and peer.is_nic else []
        clients = dict(self.clients)
        for client in (*named, *followers):
            lit = replace(client, link=up)
            clients[client.key] = replace(lit, cut=False) if lit.is_nic else lit
        return Network(clients, self.hubs)

    def has_link(self, client: Client) -> bool:
        """Whether frames pass between this client and its peer, as far as ``set_link`` goes."""
        peer = self.peer(client)
        return client.link and (peer is None or peer.link)

    def _in_use(self, netdev: Netdev) -> NetdError:
        peer = self.peer(netdev)
        assert peer is not None  # who asks has seen it
        return NetdError(f"netdev '{netdev.name}' is in use: '{peer.name}' is plugged into it")

    def _joined(self, one: str, other: str) -> Network:
        clients = dict(self.clients)
        clients[one] = replace(clients[one], peer=other)
        clients[other] = replace(clients[other], peer=one)
        return Network(clients, self.hubs)


def make_nic(
    network: Network,
    *,
    ident: str | None,
    model: str,
    mac: str,
    attachment: AttachmentKind,
    properties: Mapping[str, object],
    peer: str | None,
) -> Nic:
    """A NIC with the names that QEMU would give it in this network."""
    return Nic(
        name=ident if ident is not None else network.new_nic_name(model),
        model=model,
        mac=mac,
        attachment=attachment,
        path=f"/machine/peripheral/{ident}" if ident is not None else network.new_anonymous_path(),
        properties=properties,
        peer=peer,
    )
