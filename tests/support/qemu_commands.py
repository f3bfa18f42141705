"""QEMU 7.2's commands and events that netd has too, written with netd.schema.

From QEMU's ``qapi/net.json``, ``qapi/misc.json``, ``qapi/control.json``, ``qapi/run-state.json`` and others.
"""

from dataclasses import dataclass
from typing import Any, Literal

from msgspec import Struct

from netd.schema.base import Arguments
from netd.schema.scalars import AnyValue, Identifier
from tests.support.qemu_types import NETDEVS, Address


class Id(Arguments, frozen=True):
    id: str


class SetLink(Arguments, frozen=True):
    name: str
    up: bool


class DeviceAdd(Arguments, frozen=True):
    driver: str
    bus: str | None = None
    id: Identifier | None = None


class FdName(Arguments, frozen=True):
    fdname: str


class AddFd(Arguments, frozen=True, rename="kebab"):
    fdset_id: int | None = None
    opaque: str | None = None


class AddfdInfo(Struct, frozen=True, rename="kebab"):
    fdset_id: int
    fd: int


class RemoveFd(Arguments, frozen=True, rename="kebab"):
    fdset_id: int
    fd: int | None = None


class FdsetFd(Struct, frozen=True):
    fd: int
    opaque: str | None = None


class Fdset(Struct, frozen=True, rename="kebab"):
    fdset_id: int
    fds: list[FdsetFd]


class Version(Struct, frozen=True):
    major: int
    minor: int
    micro: int


class VersionInfo(Struct, frozen=True):
    qemu: Version
    package: str


class NameInfo(Struct, frozen=True):
    name: str | None = None


RunState = Literal[
    "debug", "inmigrate", "internal-error", "io-error", "paused", "postmigrate", "prelaunch",
    "finish-migrate", "restore-vm", "running", "save-vm", "shutdown", "suspended", "watchdog",
    "guest-panicked", "colo",
]  # fmt: skip


class StatusInfo(Struct, frozen=True):
    running: bool
    singlestep: bool
    status: RunState


class RxFilter(Arguments, frozen=True):
    name: str | None = None


RxState = Literal["normal", "none", "all"]


class RxFilterInfo(Struct, frozen=True, rename="kebab"):
    name: str
    promiscuous: bool
    multicast: RxState
    unicast: RxState
    vlan: RxState
    broadcast_allowed: bool
    multicast_overflow: bool
    unicast_overflow: bool
    main_mac: str
    vlan_table: list[int]
    unicast_table: list[str]
    multicast_table: list[str]


class AnnounceSelf(Arguments, frozen=True):
    initial: int
    max: int
    rounds: int
    step: int
    interfaces: tuple[str, ...] = ()
    id: str | None = None


class MonitorCommand(Arguments, frozen=True, rename="kebab"):
    command_line: str
    cpu_index: int | None = None


class CommandInfo(Struct, frozen=True):
    name: str


class Capabilities(Arguments, frozen=True):
    enable: tuple[Literal["oob"], ...] = ()


class SchemaInfo(Struct, frozen=True, rename="kebab", tag_field="meta-type", kw_only=True):
    name: str
    features: tuple[str, ...] = ()


class BuiltinInfo(SchemaInfo, frozen=True, rename="kebab", tag="builtin"):
    json_type: Literal["string", "number", "int", "boolean", "null", "object", "array", "value"]


class EnumMemberInfo(Struct, frozen=True):
    name: str
    features: tuple[str, ...] = ()


class EnumInfo(SchemaInfo, frozen=True, tag="enum"):
    members: list[EnumMemberInfo]
    values: list[str]


class ArrayInfo(SchemaInfo, frozen=True, rename="kebab", tag="array"):
    element_type: str


class ObjectMemberInfo(Struct, frozen=True):
    name: str
    type: str
    default: AnyValue = None
    features: tuple[str, ...] = ()


class VariantInfo(Struct, frozen=True):
    case: str
    type: str


class ObjectInfo(SchemaInfo, frozen=True, tag="object"):
    members: list[ObjectMemberInfo]
    tag: str | None = None
    variants: tuple[VariantInfo, ...] = ()


class AlternateMemberInfo(Struct, frozen=True):
    type: str


class AlternateInfo(SchemaInfo, frozen=True, tag="alternate"):
    members: list[AlternateMemberInfo]


class CommandSchema(SchemaInfo, frozen=True, rename="kebab", tag="command"):
    arg_type: str
    ret_type: str
    allow_oob: bool = False


class EventSchema(SchemaInfo, frozen=True, rename="kebab", tag="event"):
    arg_type: str


AnySchemaInfo = BuiltinInfo | EnumInfo | ArrayInfo | ObjectInfo | AlternateInfo | CommandSchema | EventSchema


class YankInstance(Struct, frozen=True, tag_field="type"):
    """What ``yank`` may be told to break."""


class BlockNode(YankInstance, frozen=True, rename="kebab", tag="block-node"):
    node_name: str


class Chardev(YankInstance, frozen=True, tag="chardev"):
    id: str


class Migration(YankInstance, frozen=True, tag="migration"):
    pass


class Yank(Arguments, frozen=True):
    instances: list[BlockNode | Chardev | Migration]


class Shutdown(Arguments, frozen=True):
    guest: bool
    reason: Literal[
        "none", "host-error", "host-qmp-quit", "host-qmp-system-reset", "host-signal", "host-ui",
        "guest-shutdown", "guest-reset", "guest-panic", "subsystem-reset", "snapshot-load",
    ]  # fmt: skip


class DeviceDeleted(Arguments, frozen=True, kw_only=True):
    device: str | None = None
    path: str


class RxFilterChanged(Arguments, frozen=True, kw_only=True):
    name: str | None = None
    path: str


class StreamConnected(Arguments, frozen=True, rename="kebab"):
    netdev_id: str
    addr: Address


class StreamDisconnected(Arguments, frozen=True, rename="kebab"):
    netdev_id: str


@dataclass(frozen=True)
class Command:
    """What introspection asks of a command."""

    name: str
    arguments: Any = None
    returns: Any = None
    allow_oob: bool = False
    features: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """What introspection asks of an event."""

    name: str
    data: Any = None


COMMANDS = (
    Command("query-status", returns=StatusInfo),
    Command("set_link", SetLink),
    Command("netdev_add", NETDEVS),
    Command("netdev_del", Id),
    Command("query-rx-filter", RxFilter, list[RxFilterInfo]),
    Command("announce-self", AnnounceSelf),
    Command("yank", Yank, allow_oob=True),
    Command("qmp_capabilities", Capabilities),
    Command("query-version", returns=VersionInfo),
    Command("query-commands", returns=list[CommandInfo]),
    Command("quit"),
    Command("query-qmp-schema", returns=list[AnySchemaInfo]),
    Command("device_add", DeviceAdd, features=("json-cli", "json-cli-hotplug")),
    Command("query-name", returns=NameInfo),
    Command("human-monitor-command", MonitorCommand, str),
    Command("getfd", FdName),
    Command("closefd", FdName),
    Command("add-fd", AddFd, AddfdInfo),
    Command("remove-fd", RemoveFd),
    Command("query-fdsets", returns=list[Fdset]),
)

EVENTS = (
    Event("SHUTDOWN", Shutdown),
    Event("RESET", Shutdown),
    Event("STOP"),
    Event("RESUME"),
    Event("NIC_RX_FILTER_CHANGED", RxFilterChanged),
    Event("NETDEV_STREAM_CONNECTED", StreamConnected),
    Event("NETDEV_STREAM_DISCONNECTED", StreamDisconnected),
    Event("DEVICE_DELETED", DeviceDeleted),
)
