"""Commands about netdevs, the network side of links."""

from typing import Annotated, Any

from msgspec import Meta

from netd.backends import BACKENDS, LATER
from netd.backends.base import NetdevOptions
from netd.errors import NetdError
from netd.monitor.command import Call, command
from netd.schema.base import Arguments

NETDEV_TYPES = {str(backend.Options.__struct_config__.tag): backend for backend in BACKENDS}
"""Netdev types by name."""

_NOT_BUILT = ("nic", "none")  # in QEMU's schema, but never a netdev


def refuse_absent(given: dict[str, Any]) -> None:
    """Say it clearly when a type is QEMU's but not netd's."""
    kind = given.get("type")
    if kind in _NOT_BUILT and "id" in given:
        raise NetdError(f"network backend '{kind}' is not compiled into this binary")
    if kind in LATER and "id" in given:
        have = ", ".join(NETDEV_TYPES)
        raise NetdError(f"network backend '{kind}' is not in this version of netd yet; it has: {have}")


@command(
    "netdev_add",
    tuple(backend.Options for backend in BACKENDS),
    precheck=refuse_absent,
)
async def netdev_add(call: Call, args: NetdevOptions) -> None:
    """Add a netdev."""
    backend = NETDEV_TYPES[str(args.__struct_config__.tag)](args)
    async with call.lab.alone:
        await call.lab.become(call.lab.network.add_netdev(args.id, backend, backend.peer))


class NetdevDel(Arguments, frozen=True):
    """Which one."""

    id: Annotated[str, Meta(description="name of the netdev")]


@command("netdev_del", NetdevDel)
async def netdev_del(call: Call, args: NetdevDel) -> None:
    """Remove a netdev. A NIC plugged into it stays, its link down, until nic-plug gives it another."""
    async with call.lab.alone:
        await call.lab.become(call.lab.network.del_netdev(args.id))


class SetLink(Arguments, frozen=True):
    """Whose link, and how it shall be."""

    name: Annotated[str, Meta(description="name of a NIC or netdev")]
    up: Annotated[bool, Meta(description="true to bring the link up, false to take it down")]


@command("set_link", SetLink)
async def set_link(call: Call, args: SetLink) -> None:
    """Take a client's link down or bring it up; a NIC follows the netdev it is plugged into."""
    async with call.lab.alone:
        await call.lab.become(call.lab.network.set_link(args.name, up=args.up))


COMMANDS = (set_link, netdev_add, netdev_del)
