"""The human monitor's commands: names, parameters and help texts are QEMU's.

Most are a QMP command with its arguments read from a line; permission is the QMP command's.
"""

from collections.abc import Callable
from typing import Any

import structlog

from netd.errors import NetdError
from netd.monitor.command import Call
from netd.monitor.commands import devices, netdevs
from netd.monitor.hmp import Arg, HmpCommand, Monitor, UsageError, clipped
from netd.monitor.info import network_text
from netd.monitor.version import VERSION
from netd.nics import models
from netd.schema.base import Arguments
from netd.schema.scalars import Identifier
from netd.schema.validate import from_keyval, validate
from netd.wire import keyval

log = structlog.get_logger()

_ANNOUNCE = {"initial": 50, "max": 550, "rounds": 5, "step": 100}
"""What QEMU's ``announce_self`` uses: the migration parameters' defaults (migration/migration.c)."""


async def netdev_add(call: Call, text: str) -> str:
    """``netdev_add TYPE,id=…``, or ``netdev_add help`` for the types there are."""
    command = call.commands.find("netdev_add")
    call.check(command)
    try:
        given = _options(text, "type")
    except keyval.HelpWanted:
        return "".join(f"{line}\r\n" for line in ("Available netdev backend types:", *netdevs.NETDEV_TYPES))
    netdevs.refuse_absent(given)
    args = from_keyval(command.arguments, given)
    if call.lab.network.named(args.id):
        _stderr(text, f"Duplicate ID '{args.id}' for netdev")
        raise UsageError
    await command.run(call, args)
    return ""


async def device_add(call: Call, text: str) -> str:
    """``device_add DRIVER,…``; ``help`` lists the drivers, ``DRIVER,help`` its properties."""
    command = call.commands.find("device_add")
    call.check(command)
    try:
        given = _options(text, "driver")
    except keyval.HelpWanted as wanted:
        driver = wanted.given.get("driver")
        return models.help_text(driver if isinstance(driver, str) else None)
    declared, call.extra = command.split(given)
    await devices.add(call, from_keyval(command.arguments, declared), typed=False)
    return ""


async def help_(call: Call, *words: str | None) -> str:
    """``help [cmd]``."""
    return MONITOR.help([word for word in words if word is not None])


async def info(call: Call, *_: str) -> str:
    """``info`` alone: what there is."""
    return MONITOR.info_help()


async def info_network(call: Call) -> str:
    """``info network``."""
    return network_text(call.lab.network)


async def info_status(call: Call) -> str:
    """``info status``."""
    return "VM status: running\r\n"


async def info_version(call: Call) -> str:
    """``info version``; QEMU too puts nothing between its version and the package."""
    qemu = VERSION.qemu
    return f"{qemu.major}.{qemu.minor}.{qemu.micro}{VERSION.package}\r\n"


async def info_name(call: Call) -> str:
    """``info name``."""
    return "" if call.lab.name is None else f"{call.lab.name}\r\n"


async def info_usernet(call: Call) -> str:
    """``info usernet``: one table for each user network."""
    return ""  # no netdev type of this version is one


async def _hostfwd(call: Call, one: str, other: str | None) -> str:
    """``hostfwd_add`` and ``hostfwd_remove``: with two words the first names the user network."""
    if other is None:
        return "user mode network stack not in use\r\n"
    client = call.lab.network.clients.get(one)
    if client is None or client.is_nic:
        return f"unrecognized netdev id '{one}'\r\n"
    return "invalid device specified\r\n"


def _as_qmp(name: str, *members: str, **fixed: Any) -> Callable[..., Any]:
    """A command that is a QMP command: its words are that one's ``members``."""

    async def run(call: Call, *values: Any) -> str:
        command = call.commands.find(name)
        call.check(command)
        words = {member: value for member, value in zip(members, values, strict=True) if value is not None}
        await command.run(call, validate(command.arguments, {**fixed, **words}))
        return ""

    return run


async def _announce_self(call: Call, interfaces: str | None, ident: str | None) -> str:
    only = None if interfaces is None else interfaces.split(",")
    return str(await _as_qmp("announce-self", "interfaces", "id", **_ANNOUNCE)(call, only, ident))


class _Named(Arguments, frozen=True):
    """What QEMU looks at while it still splits an option string."""

    id: Identifier | None = None


def _options(text: str, implied: str) -> dict[str, Any]:
    """Read an option string; what QEMU writes to its standard error goes to the log."""
    try:
        given = keyval.parse(text, implied=implied)
        from_keyval(_Named, {name: value for name, value in given.items() if name == "id"})
    except NetdError as error:
        _stderr(text, error.desc)
        raise UsageError from error
    return given


def _stderr(line: str, reason: str) -> None:
    log.info("human monitor", line=clipped(line), reason=clipped(reason))


_COMMANDS = (
    HmpCommand(
        "announce_self",
        "[interfaces] [id]",
        "Trigger GARP/RARP announcements",
        _announce_self,
        (Arg("interfaces", optional=True), Arg("id", optional=True)),
    ),
    HmpCommand(
        "closefd",
        "closefd name",
        "close a file descriptor previously passed via SCM rights",
        _as_qmp("closefd", "fdname"),
        (Arg("fdname"),),
    ),
    HmpCommand(
        "device_add",
        "driver[,prop=value][,...]",
        "add device, like -device on the command line",
        device_add,
        (Arg("device", "options"),),
    ),
    HmpCommand("device_del", "device", "remove device", _as_qmp("device_del", "id"), (Arg("id"),)),
    HmpCommand(
        "getfd",
        "getfd name",
        "receive a file descriptor via SCM rights and assign it a name",
        _as_qmp("getfd", "fdname"),
        (Arg("fdname"),),
    ),
    HmpCommand(
        "hostfwd_add",
        "[netdev_id] [tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport",
        "redirect TCP or UDP connections from host to guest (requires -net user)",
        _hostfwd,
        (Arg("netdev"), Arg("rule", optional=True)),
    ),
    HmpCommand(
        "hostfwd_remove",
        "[netdev_id] [tcp|udp]:[hostaddr]:hostport",
        "remove host-to-guest TCP or UDP redirection",
        _hostfwd,
        (Arg("netdev"), Arg("rule", optional=True)),
    ),
    HmpCommand("help|?", "[cmd]", "show the help", help_, (Arg("words", "rest"),)),
    HmpCommand("info", "[subcommand]", "show various information about the system state", info),
    HmpCommand(
        "netdev_add",
        "[user|tap|socket|stream|dgram|vde|bridge|hubport|netmap|vhost-user],id=str[,prop=value][,...]",
        "add host network device",
        netdev_add,
        (Arg("netdev", "options"),),
    ),
    HmpCommand("netdev_del", "id", "remove host network device", _as_qmp("netdev_del", "id"), (Arg("id"),)),
    HmpCommand("quit|q", "", "quit the emulator", _as_qmp("quit")),
    HmpCommand(
        "set_link",
        "name on|off",
        "change the link status of a network adapter",
        _as_qmp("set_link", "name", "up"),
        (Arg("name"), Arg("up", "onoff")),
    ),
)

_INFOS = (
    HmpCommand("name", "", "show the current VM name", info_name),
    HmpCommand("network", "", "show the network state", info_network),
    HmpCommand("status", "", "show the current VM status (running|paused)", info_status),
    HmpCommand("usernet", "", "show user network stack connection states", info_usernet),
    HmpCommand("version", "", "show the version of QEMU", info_version),
)

MONITOR = Monitor(_COMMANDS, _INFOS)
"""The human monitor."""
