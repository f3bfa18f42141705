"""The options of the ``user`` netdev: QEMU's, in its order and with its names, then our own."""

from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import asdict

from netd.backends.base import NetdevOptions
from netd.plan.usernet import Wanted
from netd.schema.scalars import Int64
from netd.schema.strings import String, texts


class UserOptions(NetdevOptions, frozen=True, tag="user", tag_field="type", rename="kebab"):
    """Give guests a private network with DHCP, DNS and a way out, and nothing to set up on the host."""

    hostname: Annotated[str | None, Meta(description="name that DHCP gives the guest")] = None
    restrict: Annotated[bool, Meta(description="isolate the guest from host and outside")] = False
    ipv4: Annotated[bool | None, Meta(description="IPv4 (on; off where only ipv6=on is said)")] = None
    ipv6: Annotated[bool | None, Meta(description="IPv6 (on; off where only ipv4=on is said)")] = None
    ip: Annotated[str | None, Meta(description="old name of net, without a length")] = None
    net: Annotated[str | None, Meta(description="IPv4 network (10.0.2.0/24)")] = None
    host: Annotated[str | None, Meta(description="the gateway, i.e. the host (x.x.2.2)")] = None
    tftp: Annotated[str | None, Meta(description="directory to serve by TFTP")] = None
    bootfile: Annotated[str | None, Meta(description="file name that BOOTP and DHCP give")] = None
    dhcpstart: Annotated[str | None, Meta(description="first address leased (x.x.2.15)")] = None
    dns: Annotated[str | None, Meta(description="the name server guests see (x.x.2.3)")] = None
    dnssearch: Annotated[tuple[String, ...], Meta(description="domains that DHCP tells to search")] = ()
    domainname: Annotated[str | None, Meta(description="domain that DHCP gives the guest")] = None
    ipv6_prefix: Annotated[str | None, Meta(description="IPv6 prefix (fec0::)")] = None
    ipv6_prefixlen: Annotated[Int64 | None, Meta(description="bits of the IPv6 prefix (64)")] = None
    ipv6_host: Annotated[str | None, Meta(description="the gateway's IPv6 address (xxxx::2)")] = None
    ipv6_dns: Annotated[str | None, Meta(description="the name server's IPv6 address (xxxx::3)")] = None
    smb: Annotated[str | None, Meta(description="directory to share by SMB")] = None
    smbserver: Annotated[str | None, Meta(description="address of the SMB server (x.x.2.4)")] = None
    hostfwd: Annotated[
        tuple[String, ...],
        Meta(description="[tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport: connections to let in"),
    ] = ()
    guestfwd: Annotated[
        tuple[String, ...],
        Meta(description="[tcp]:[server]:port-target: connections to carry to something of the host's"),
    ] = ()
    tftp_server_name: Annotated[str | None, Meta(description="TFTP server name that DHCP gives")] = None

    mtu: Annotated[Int64 | None, Meta(description="bytes of an IP packet, 576 to 65520 (1500)")] = None
    dhcpend: Annotated[str | None, Meta(description="last address leased (dhcpstart + 15)")] = None
    file_user: Annotated[
        str | None, Meta(description="user as whom root's tftp and smb directories are read (nobody)")
    ] = None
    allow: Annotated[
        tuple[String, ...],
        Meta(description="[tcp|udp|icmp:]CIDR[:port[..port]]: where guests may connect to, all else denied"),
    ] = ()
    deny: Annotated[tuple[String, ...], Meta(description="where guests may not, in the same form")] = ()

    @property
    def wanted(self) -> Wanted:
        """The same without the netdev's own: what :func:`netd.plan.usernet.user_network` works on."""
        values: dict[str, Any] = asdict(self)
        del values["id"]
        return Wanted(**values | {name: texts(values[name]) for name in _LISTS})


_LISTS = ("dnssearch", "hostfwd", "guestfwd", "allow", "deny")
