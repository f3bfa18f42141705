"""The kernel objects a plan is made of.

Each is a frozen value: equal values mean "nothing to do". Two objects with the same
:attr:`key` are the same thing in the kernel, perhaps in another state; the kernel's
floor turns the old state into the new one in place where it can.

Objects are listed, made and undone in the order of :data:`KINDS`: what stands on
something else comes after it.

Interface names are at most 15 bytes (``IFNAMSIZ``); MAC addresses are lower-case with
colons; MTUs are bytes of Ethernet payload.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NetnsRef:
    """A network namespace of somebody else's: where it is found and which one it was.

    ``inode`` is the namespace's number (``stat`` of the nsfs file); a path that leads to
    another namespace by the time it is used is an error, not a surprise.
    """

    path: str
    inode: int


@dataclass(frozen=True, slots=True)
class Bridge:
    """A Linux bridge that behaves as a hub: no learning, no ageing, floods everything."""

    name: str
    mac: str
    alias: str

    @property
    def key(self) -> Key:
        """One bridge of a name."""
        return ("bridge", self.name)


@dataclass(frozen=True, slots=True)
class Tap:
    """A persistent tap in the fabric, multi-queue and with vnet_hdr, held by nobody or a VMM.

    ``queues`` is how many descriptors ``nic-open`` hands out. The port is always multi-queue
    in the kernel, also for one queue: only then can the daemon reach a tap that a VMM holds.
    """

    name: str
    mac: str
    mtu: int
    queues: int
    alias: str

    @property
    def key(self) -> Key:
        """One interface of a name."""
        return ("port", self.name)


@dataclass(frozen=True, slots=True)
class Veth:
    """A veth pair with both ends in the fabric: two hubs joined, or two bridges of one hub."""

    name: str
    mac: str
    peer: str
    peer_mac: str
    mtu: int
    alias: str

    @property
    def key(self) -> Key:
        """One interface of a name."""
        return ("port", self.name)


@dataclass(frozen=True, slots=True)
class GuestVeth:
    """A veth whose other end is a guest's interface, put, named and addressed there.

    ``addresses`` are CIDR strings, v4 or v6; ``gateway`` an address for the default route of
    its family, or ``""``. ``mac`` is the fabric side's, ``guest_mac`` the guest's own.
    """

    name: str
    mac: str
    mtu: int
    alias: str
    netns: NetnsRef
    ifname: str
    guest_mac: str
    guest_mtu: int
    addresses: tuple[str, ...] = ()
    gateway: str = ""

    @property
    def key(self) -> Key:
        """One interface of a name."""
        return ("port", self.name)


@dataclass(frozen=True, slots=True)
class Member:
    """A port is a member of a bridge. Changing ``bridge`` moves it in one step."""

    port: str
    bridge: str

    @property
    def key(self) -> Key:
        """A port is on one bridge at a time."""
        return ("member", self.port)


@dataclass(frozen=True, slots=True)
class Redirect:
    """All that arrives on ``port`` leaves through ``target``: one direction of a link."""

    port: str
    target: str

    @property
    def key(self) -> Key:
        """A port's ingress goes one way."""
        return ("redirect", self.port)


@dataclass(frozen=True, slots=True)
class Up:
    """The port has link. Without this object it is down, and a namespace guest sees no carrier."""

    port: str

    @property
    def key(self) -> Key:
        """A port is up or it is not."""
        return ("up", self.port)


KernelObject: TypeAlias = Bridge | Tap | Veth | GuestVeth | Member | Redirect | Up

KINDS: tuple[type[KernelObject], ...] = (Bridge, Tap, Veth, GuestVeth, Member, Redirect, Up)
"""Every kind, in the order of making."""


@dataclass(frozen=True, slots=True)
class FabricSpec:
    """The fabric itself: netd's own network namespace.

    ``name`` is what ``ip netns`` shows, ``instance`` the owner mark (``ifalias`` of its ``lo``
    reads ``netd:<instance>``).
    """

    name: str
    instance: str
    sysctls: tuple[tuple[str, str], ...] = ()
