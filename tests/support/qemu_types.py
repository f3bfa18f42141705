"""QEMU 7.2's netdevs and some of its objects, written with netd.schema.

What a real QEMU says of them ours must say too. From QEMU's ``qapi/net.json``,
``qapi/sockets.json`` and ``qapi/qom.json``.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from netd.schema.base import Arguments
from netd.schema.scalars import Identifier, Int32, Size, UInt16, UInt32, UInt64


class String(Arguments, frozen=True):
    str: str


# -- addresses ------------------------------------------------------------------------------


class SocketAddress(Arguments, frozen=True, tag_field="type"):
    """The base of the four."""


class InetAddress(SocketAddress, frozen=True, tag="inet", rename="kebab"):
    host: str
    port: str
    numeric: bool | None = None
    to: UInt16 | None = None
    ipv4: bool | None = None
    ipv6: bool | None = None
    keep_alive: bool | None = None
    mptcp: bool | None = None


class UnixAddress(SocketAddress, frozen=True, tag="unix"):
    path: str
    abstract: bool | None = None
    tight: bool | None = None


class VsockAddress(SocketAddress, frozen=True, tag="vsock"):
    cid: str
    port: str


class FdAddress(SocketAddress, frozen=True, tag="fd"):
    str: str


Address = InetAddress | UnixAddress | VsockAddress | FdAddress


# -- netdevs --------------------------------------------------------------------------------


class Netdev(Arguments, frozen=True, tag_field="type"):
    id: Annotated[Identifier, Meta(description="its name")]


class NoNetdev(Netdev, frozen=True, tag="none"):
    pass


class NicNetdev(Netdev, frozen=True, tag="nic"):
    netdev: str | None = None
    macaddr: str | None = None
    model: str | None = None
    addr: str | None = None
    vectors: UInt32 | None = None


class User(Netdev, frozen=True, tag="user", rename="kebab"):
    hostname: str | None = None
    restrict: Annotated[bool, Meta(description="isolate the guest")] = False
    ipv4: bool | None = None
    ipv6: bool | None = None
    ip: str | None = None
    net: str | None = None
    host: str | None = None
    tftp: str | None = None
    bootfile: str | None = None
    dhcpstart: str | None = None
    dns: str | None = None
    dnssearch: tuple[String, ...] = ()
    domainname: str | None = None
    ipv6_prefix: str | None = None
    ipv6_prefixlen: int | None = None
    ipv6_host: str | None = None
    ipv6_dns: str | None = None
    smb: str | None = None
    smbserver: str | None = None
    hostfwd: tuple[String, ...] = ()
    guestfwd: tuple[String, ...] = ()
    tftp_server_name: str | None = None


class Tap(Netdev, frozen=True, tag="tap", kw_only=True):
    ifname: str | None = None
    fd: str | None = None
    fds: str | None = None
    script: str | None = None
    downscript: str | None = None
    br: str | None = None
    helper: str | None = None
    sndbuf: Size | None = None
    vnet_hdr: bool | None = None
    vhost: bool | None = None
    vhostfd: str | None = None
    vhostfds: str | None = None
    vhostforce: bool | None = None
    queues: UInt32 | None = None
    poll_us: UInt32 | None = field(default=None, name="poll-us")


class L2tpv3(Netdev, frozen=True, tag="l2tpv3", kw_only=True):
    src: str
    dst: str
    srcport: str | None = None
    dstport: str | None = None
    ipv6: bool | None = None
    udp: bool | None = None
    cookie64: bool | None = None
    counter: bool | None = None
    pincounter: bool | None = None
    txcookie: UInt64 | None = None
    rxcookie: UInt64 | None = None
    txsession: UInt32
    rxsession: UInt32 | None = None
    offset: UInt32 | None = None


class Socket(Netdev, frozen=True, tag="socket"):
    fd: str | None = None
    listen: str | None = None
    connect: str | None = None
    mcast: str | None = None
    localaddr: str | None = None
    udp: str | None = None


class Stream(Netdev, frozen=True, tag="stream"):
    addr: Address
    server: bool = False


class Dgram(Netdev, frozen=True, tag="dgram"):
    local: Address | None = None
    remote: Address | None = None


class Vde(Netdev, frozen=True, tag="vde"):
    sock: str | None = None
    port: UInt16 | None = None
    group: str | None = None
    mode: UInt16 | None = None


class Bridge(Netdev, frozen=True, tag="bridge"):
    br: str | None = None
    helper: str | None = None


class Hubport(Netdev, frozen=True, tag="hubport"):
    hubid: Annotated[Int32, Meta(description="number of the hub")]
    netdev: str | None = None


class Netmap(Netdev, frozen=True, tag="netmap"):
    ifname: str
    devname: str | None = None


class VhostUser(Netdev, frozen=True, tag="vhost-user"):
    chardev: str
    vhostforce: bool | None = None
    queues: int | None = None


class VhostVdpa(Netdev, frozen=True, tag="vhost-vdpa", rename="kebab"):
    vhostdev: str | None = None
    vhostfd: str | None = None
    queues: int | None = None
    x_svq: bool | None = None


NETDEVS = (
    NicNetdev, User, Tap, L2tpv3, Socket, Stream, Dgram, Vde, Bridge, Hubport, Netmap, VhostUser, VhostVdpa,
    NoNetdev,
)  # fmt: skip


# -- objects --------------------------------------------------------------------------------


class QomObject(Arguments, frozen=True, tag_field="qom-type"):
    tag_first = True

    id: Identifier


class Filter(QomObject, frozen=True):
    netdev: str
    queue: Literal["all", "rx", "tx"] = "all"
    status: str | None = None
    position: str | None = None
    insert: Literal["before", "behind"] = "behind"


class FilterDump(Filter, frozen=True, tag="filter-dump", kw_only=True):
    file: str
    maxlen: UInt32 | None = None


class FilterBuffer(Filter, frozen=True, tag="filter-buffer", kw_only=True):
    interval: UInt32


class MemoryBackend(QomObject, frozen=True, tag="memory-backend-ram", rename="kebab", kw_only=True):
    dump: bool | None = None
    host_nodes: tuple[UInt16, ...] = ()
    merge: bool | None = None
    policy: Literal["default", "preferred", "bind", "interleave"] | None = None
    prealloc: bool | None = None
    prealloc_threads: UInt32 | None = None
    share: bool | None = None
    reserve: bool | None = None
    size: Size


OBJECTS = (FilterDump, FilterBuffer, MemoryBackend)
"""Those that tests make. QEMU has more."""
