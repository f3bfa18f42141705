"""Commands about NICs, the guest side of links."""

from itertools import count
from typing import Annotated, Literal, Self

import trio
from msgspec import Meta, field

from netd.errors import AccessDenied, HostError, NetdError
from netd.kernel import netns
from netd.monitor.access import Role
from netd.monitor.announce import Rounds
from netd.monitor.command import Call, command
from netd.monitor.events import Event
from netd.monitor.holders import name_of
from netd.nics import models
from netd.nics.netns import NetnsAttachment
from netd.nics.own import OwnProperties, read_own
from netd.nics.properties import read
from netd.nics.tap import TapAttachment
from netd.plan import planner
from netd.plan.objects import Tap
from netd.schema.base import Arguments
from netd.schema.scalars import AnyValue, Identifier, Int64
from netd.topology.clients import AttachmentKind, Nic
from netd.topology.macs import FABRIC_PREFIX, default_mac
from netd.topology.network import Network, make_nic


class DeviceAdd(Arguments, frozen=True):
    """A NIC; beyond these, the properties of its model and netd's own."""

    driver: Annotated[str, Meta(description="the model")]
    bus: Annotated[str | None, Meta(description="handed on to the guest's machine")] = None
    id: Annotated[Identifier | None, Meta(description="its name")] = None


@command("device_add", DeviceAdd, free_form=True, features=("json-cli", "json-cli-hotplug"))
async def device_add(call: Call, args: DeviceAdd) -> None:
    """Add a NIC. ``device_add DRIVER,help`` of the human monitor lists a model's properties."""
    await add(call, args, typed=True)


async def add(call: Call, args: DeviceAdd, *, typed: bool) -> None:
    """Add a NIC whose properties, in ``call.extra``, are QMP's values (``typed``) or option text.

    What is looked at first is QEMU's order: the model, the id, the properties.
    """
    model = models.creatable(args.driver)
    given = call.extra if args.bus is None else {"bus": args.bus, **call.extra}
    guest = await _look_for_guest(call.extra.get("netns", ""))
    async with call.lab.alone:
        network = call.lab.network
        if args.id is not None and f"/machine/peripheral/{args.id}" in network.clients:
            raise NetdError(f"Duplicate device ID '{args.id}'")
        properties = read(model, given, typed=typed, netdev=lambda name: _netdev_state(network, name))
        own = read_own(model, given, properties, typed=typed)
        peer = properties.pop("netdev", None)
        nic = make_nic(
            network,
            ident=args.id,
            model=model.name,
            mac=_mac(call, model, properties.pop("mac", None)),
            attachment=await _attachment(call, own, guest),
            properties=properties,
            peer=None if peer is None else str(peer),
        )
        await call.lab.become(network.add_nic(nic))


def _mac(call: Call, model: models.Model, asked: object) -> str:
    if asked is None:
        return default_mac({nic.mac for nic in call.lab.network.nics()}, call.lab.mac_start)
    mac = str(asked)
    if mac.startswith(FABRIC_PREFIX):
        why = f"addresses with {FABRIC_PREFIX} are of the fabric's own ports"
        raise NetdError(f"Property '{model.path('mac')}' doesn't take value '{mac}': {why}")
    return mac


def _netdev_state(network: Network, name: str) -> Literal["free", "busy", "missing"]:
    client = network.clients.get(name)
    if client is None or client.is_nic:
        return "missing"
    return "free" if client.peer is None else "busy"


async def _look_for_guest(where: object) -> netns.Netns | NetdError:
    """The namespace asked for, or why it cannot be had: to be told when its turn comes.

    A path may lead anywhere, also to a file server that is down. So it is followed in a thread, and
    before anyone else has to wait for this command.
    """
    text = str(where[-1] if isinstance(where, list) and where else where)
    if not text:
        return NetdError("no network namespace was named")
    try:
        return await trio.to_thread.run_sync(netns.identify, text, abandon_on_cancel=True)
    except NetdError as error:
        return error
    except ValueError:  # a NUL, which read_own refuses in better words
        return NetdError(f"network namespace {text!r} cannot be")


async def _attachment(call: Call, own: OwnProperties, found: netns.Netns | NetdError) -> AttachmentKind:
    if own.attach == "tap":
        return TapAttachment(queues=own.queues, mtu=own.mtu)
    assert own.netns is not None  # read_own sees to it
    if isinstance(found, NetdError):
        raise found
    if call.session.role is not Role.ROOT and found.owner != call.peer.uid:
        whose = f"Network namespace '{own.netns}' is not user '{call.peer.user}'s own"
        raise AccessDenied(f"{whose}: it takes root to put a NIC there")
    return NetnsAttachment(
        netns=found.ref,
        ifname=own.ifname or await _free_ifname(call, found),
        asked=own.netns,
        addresses=own.ip,
        gateway=own.gateway or "",
        mtu=own.mtu,
    )


async def _free_ifname(call: Call, guest: netns.Netns) -> str:
    taken = await call.lab.fabric.thread.run(call.lab.fabric.guest_ifnames, guest.ref)
    return next(name for n in count() if (name := f"eth{n}") not in taken)


class DeviceDel(Arguments, frozen=True):
    """Which one."""

    id: Annotated[str, Meta(description="its id or its QOM path")]


@command("device_del", DeviceDel)
async def device_del(call: Call, args: DeviceDel) -> None:
    """Remove a NIC at once. A machine that holds it is cut off; its netdev can be used again."""
    async with call.lab.alone:
        nic = call.lab.network.nic(args.id)
        await call.lab.become(call.lab.network.del_nic(args.id))
    call.after_reply(Event("DEVICE_DELETED", nic.event_data))


class NicPlug(Arguments, frozen=True):
    """Which NIC, and into what."""

    id: Annotated[str, Meta(description="the NIC's id or QOM path")]
    netdev: Annotated[str, Meta(description="the netdev to plug it into")]


@command("nic-plug", NicPlug)
async def nic_plug(call: Call, args: NicPlug) -> None:
    """Plug a NIC into another netdev. The guest's own interface stays as it is."""
    async with call.lab.alone:
        await call.lab.become(call.lab.network.plug(args.id, args.netdev))


class NicOpen(Arguments, frozen=True):
    """Which one."""

    id: Annotated[str, Meta(description="the NIC's id or QOM path")]


class NicOpened(Arguments, frozen=True):
    """A NIC that was opened; its descriptors come along with the reply (SCM_RIGHTS)."""

    id: Annotated[str, Meta(description="its name")]
    model: Annotated[str, Meta(description="its model")]
    mac: Annotated[str, Meta(description="its MAC address")]
    mtu: Annotated[int, Meta(description="the largest payload its port takes, bytes")]
    queues: Annotated[int, Meta(description="how many descriptors there are")]
    vnet_hdr: Annotated[bool, Meta(description="whether frames carry a virtio-net header")] = field(
        name="vnet-hdr"
    )
    properties: Annotated[AnyValue, Meta(description="the model's properties that were set")]


@command("nic-open", NicOpen, returns=NicOpened)
async def nic_open(call: Call, args: NicOpen) -> NicOpened:
    """Hand out the descriptors of a NIC's tap, one a queue. Refused while a process holds them."""
    lab = call.lab
    async with lab.alone:
        nic = lab.network.nic(args.id)
        tap = next(iter(planner.own_port(lab.instance, nic)))
        if not isinstance(tap, Tap):
            raise NetdError(
                f"NIC '{nic.name}' is its guest's already (attach=netns): there is nothing to open"
            )
        try:
            call.reply_fds = await lab.fabric.thread.run(lab.fabric.open_queues, tap)
        except HostError as error:
            holder = lab.holders.pid(nic.key)
            if holder is None:
                raise
            raise NetdError(f"NIC '{nic.name}' is held by process {holder} ({name_of(holder)})") from error
        lab.holders.handed(nic.key, call.peer.pid)
    return NicOpened(
        id=nic.name,
        model=nic.model,
        mac=nic.mac,
        mtu=nic.attachment.guest_mtu,
        queues=nic.attachment.queues,
        vnet_hdr=True,
        properties=dict(nic.properties),
    )


class RxFilterQuery(Arguments, frozen=True):
    """Whose."""

    name: Annotated[str | None, Meta(description="a NIC; all by default")] = None


RxState = Literal["normal", "none", "all"]


class RxFilterInfo(Arguments, frozen=True, kw_only=True):
    """What a NIC's guest wants to receive."""

    name: Annotated[str, Meta(description="the NIC")]
    promiscuous: Annotated[bool, Meta(description="whether everything")]
    multicast: Annotated[RxState, Meta(description="which multicast frames")]
    unicast: Annotated[RxState, Meta(description="which unicast frames")]
    vlan: Annotated[RxState, Meta(description="which VLANs")]
    broadcast_allowed: Annotated[bool, Meta(description="QEMU's flag for no broadcast")] = field(
        name="broadcast-allowed"
    )
    multicast_overflow: Annotated[bool, Meta(description="whether the multicast table is full")] = field(
        name="multicast-overflow"
    )
    unicast_overflow: Annotated[bool, Meta(description="whether the unicast table is full")] = field(
        name="unicast-overflow"
    )
    main_mac: Annotated[str, Meta(description="the NIC's own address")] = field(name="main-mac")
    vlan_table: Annotated[list[int], Meta(description="the VLANs")] = field(name="vlan-table")
    unicast_table: Annotated[list[str], Meta(description="further addresses")] = field(name="unicast-table")
    multicast_table: Annotated[list[str], Meta(description="multicast addresses")] = field(
        name="multicast-table"
    )

    @classmethod
    def untouched(cls, nic: Nic) -> Self:
        """The filter of a NIC that its guest has not touched."""
        return cls(
            name=nic.name,
            promiscuous=True,
            multicast="normal",
            unicast="normal",
            vlan="all",
            broadcast_allowed=False,
            multicast_overflow=False,
            unicast_overflow=False,
            main_mac=nic.mac,
            vlan_table=list(range(4095, -1, -1)),
            unicast_table=[],
            multicast_table=[],
        )


@command("query-rx-filter", RxFilterQuery, returns=list[RxFilterInfo])
async def query_rx_filter(call: Call, args: RxFilterQuery) -> list[RxFilterInfo]:
    """The receive filters of NICs whose model has one.

    What a guest sets in its NIC is known to its VMM alone; netd reports the filter of a NIC that
    its guest has not touched, with its own MAC address.
    """
    network = call.lab.network
    if args.name is None:
        asked = [nic for nic in network.nics() if has_rx_filter(nic.model)]
    else:
        asked = [_filtering(network, args.name)]
    return [RxFilterInfo.untouched(nic) for nic in asked]


def _filtering(network: Network, name: str) -> Nic:
    named = network.named(name)
    if not named:
        raise NetdError(f"invalid net client name: {name}")
    nic = next((client for client in named if client.is_nic), None)
    if nic is None:
        raise NetdError(f"net client({name}) isn't a NIC")
    if not has_rx_filter(nic.model):
        raise NetdError(f"net client({name}) doesn't support rx-filter querying")
    return nic


def has_rx_filter(model: str) -> bool:
    """Whether QEMU's model tells its filter: the virtio ones do (hw/net/virtio-net.c)."""
    return model.startswith("virtio-net")


class AnnounceParameters(Arguments, frozen=True):
    """When to announce, and whom."""

    initial: Annotated[Int64, Meta(description="first delay between two rounds, ms")]
    max: Annotated[Int64, Meta(description="longest delay, ms")]
    rounds: Annotated[Int64, Meta(description="how many times; 0 stops the series of this id")]
    step: Annotated[Int64, Meta(description="how much longer each delay is, ms")]
    interfaces: Annotated[list[str] | None, Meta(description="NICs; all by default")] = None
    id: Annotated[str | None, Meta(description="name of the series")] = None


@command("announce-self", AnnounceParameters)
async def announce_self(call: Call, args: AnnounceParameters) -> None:
    """Tell the segments where their guests are: a RARP frame from each NIC, in rounds."""
    when = Rounds(args.initial, args.max, args.rounds, args.step)
    call.session.server.announcer.start(args.id or "", when, args.interfaces)


COMMANDS = (query_rx_filter, announce_self, device_add, device_del, nic_plug, nic_open)
