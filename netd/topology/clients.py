"""The net clients: what has a peer.

A *netdev* is the network side of a link, a *NIC* the guest side. What a netdev type or an
attachment does in the kernel is its own file's business (``netd/backends``, ``netd/nics``);
the topology sees it through :class:`BackendKind` and :class:`AttachmentKind` and asks
questions, it never switches on a name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


class BackendKind(Protocol):
    """What the topology asks of a netdev type."""

    @property
    def kind(self) -> str:
        """The type's name on the wire: ``hubport``, ``user``…"""

    @property
    def host_side(self) -> bool:
        """Whether it connects a hub to the host network, in the sense of QEMU's warning."""

    @property
    def hubid(self) -> int | None:
        """The hub it is a port of; ``None`` for a netdev that has an interface of its own."""

    @property
    def info(self) -> str:
        """What ``info network`` prints after the type."""

    @property
    def shown(self) -> Mapping[str, Any]:
        """The options as the user gave them, for ``query-network``."""


class AttachmentKind(Protocol):
    """What the topology asks of the way a guest holds its NIC."""

    @property
    def kind(self) -> str:
        """``tap`` or ``netns``."""

    @property
    def queues(self) -> int:
        """How many queues the NIC has."""

    @property
    def guest_mtu(self) -> int:
        """The largest payload the guest can send, bytes."""

    @property
    def pid(self) -> int | None:
        """The process the user named as the guest."""

    def is_attached(self, *, carrier: bool) -> bool:
        """Whether a guest holds the NIC, for a port that exists and has carrier or not."""

    @property
    def shown(self) -> Mapping[str, Any]:
        """Its options as the user gave them, for ``query-network``."""


@dataclass(frozen=True, slots=True)
class Netdev:
    """The network side of a link.

    ``peer`` is the key of the other side, ``link`` what ``set_link`` said, ``slot`` a hub port's
    place on its hub (see :class:`~netd.topology.network.Hub`).
    """

    name: str
    backend: BackendKind
    peer: str | None = None
    link: bool = True
    slot: int = -1

    is_nic: Literal[False] = field(default=False, init=False)

    @property
    def key(self) -> str:
        """What it is known by among all clients: its name."""
        return self.name


@dataclass(frozen=True, slots=True)
class Nic:
    """The guest side of a link.

    ``name`` is the id, or ``<model>.<n>`` for a NIC without one; a netdev may have the same.
    ``path`` is its QOM path, by which ``device_del`` also knows it. ``properties`` are the model's
    own that the user set, ``peer`` is the key of the other side. ``cut`` says that its netdev was
    deleted under it: QEMU forces its link down then.
    """

    name: str
    model: str
    mac: str
    attachment: AttachmentKind
    path: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    peer: str | None = None
    link: bool = True
    cut: bool = False

    is_nic: Literal[True] = field(default=True, init=False)

    @property
    def key(self) -> str:
        """What it is known by among all clients: its path."""
        return self.path

    @property
    def id(self) -> str | None:
        """The id the user gave, ``None`` for an anonymous NIC."""
        return self.name if self.path == f"/machine/peripheral/{self.name}" else None

    @property
    def event_data(self) -> dict[str, str]:
        """What events say of it: the id, if it has one, and the path."""
        return {"path": self.path} if self.id is None else {"device": self.id, "path": self.path}


Client: TypeAlias = Netdev | Nic
