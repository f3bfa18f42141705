"""Commands about the monitor itself, and the end of the daemon."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from netd.errors import NetdError
from netd.monitor import human
from netd.monitor.command import Call, NoArguments, command
from netd.monitor.events import Event
from netd.monitor.version import VERSION, VersionInfo
from netd.schema.base import Arguments
from netd.schema.scalars import Int64


class QmpCapabilities(Arguments, frozen=True):
    """What to turn on."""

    enable: Annotated[list[Literal["oob"]] | None, Meta(description="capabilities to enable")] = None


@command("qmp_capabilities", QmpCapabilities, for_everyone=True)
async def qmp_capabilities(call: Call, args: QmpCapabilities) -> None:
    """Leave negotiation: from now on commands are served and events are heard."""
    call.session.negotiate(oob="oob" in (args.enable or ()))


@command("query-version", returns=VersionInfo)
async def query_version(call: Call, args: NoArguments) -> VersionInfo:
    """The release of QEMU that netd matches, and netd's own version."""
    return VERSION


class CommandInfo(Arguments, frozen=True):
    """A command."""

    name: Annotated[str, Meta(description="its name")]


@command("query-commands", returns=list[CommandInfo])
async def query_commands(call: Call, args: NoArguments) -> list[CommandInfo]:
    """Every command there is, newest first."""
    return [CommandInfo(name=known.name) for known in reversed(list(call.commands))]


class NameInfo(Arguments, frozen=True):
    """The name of this netd."""

    name: Annotated[str | UnsetType, Meta(description="its name, where the configuration gives one")] = UNSET


@command("query-name", returns=NameInfo)
async def query_name(call: Call, args: NoArguments) -> NameInfo:
    """The name that the configuration gives this netd."""
    return NameInfo(name=UNSET if call.lab.name is None else call.lab.name)


class StatusInfo(Arguments, frozen=True):
    """The run state of a machine, in QEMU's terms."""

    running: Annotated[bool, Meta(description="always true: netd has no machine to stop")]
    singlestep: Annotated[bool, Meta(description="always false")]
    status: Annotated[
        Literal[
            "debug",
            "inmigrate",
            "internal-error",
            "io-error",
            "paused",
            "postmigrate",
            "prelaunch",
            "finish-migrate",
            "restore-vm",
            "running",
            "save-vm",
            "shutdown",
            "suspended",
            "watchdog",
            "guest-panicked",
            "colo",
        ],
        Meta(description="always running"),
    ]


@command("query-status", returns=StatusInfo)
async def query_status(call: Call, args: NoArguments) -> StatusInfo:
    """Whether it runs: it does."""
    return StatusInfo(running=True, singlestep=False, status="running")


class HumanMonitorCommand(Arguments, frozen=True):
    """A line for the human monitor."""

    command_line: Annotated[str, Meta(description="the command and its arguments")] = field(
        name="command-line"
    )
    cpu_index: Annotated[
        Int64 | None, Meta(description="of no use here; 0 for clients that always say it")
    ] = field(name="cpu-index", default=None)


@command("human-monitor-command", HumanMonitorCommand, returns=str, features=("savevm-monitor-nodes",))
async def human_monitor_command(call: Call, args: HumanMonitorCommand) -> str:
    """Run a command of the human monitor and return what it prints."""
    if args.cpu_index not in (None, 0):  # qmp-shell always says 0
        raise NetdError("Parameter 'cpu-index' expects a CPU number")
    return await human.MONITOR.execute(call, args.command_line)


@command("quit", root_only=True)
async def quit_(call: Call, args: NoArguments) -> None:
    """End the daemon. Without ``--keep`` everything it made goes with it."""
    call.session.server.end("host-qmp-quit")


@command("teardown", root_only=True)
async def teardown(call: Call, args: NoArguments) -> None:
    """Remove every netdev and NIC, as fast as the kernel can. The daemon goes on."""
    nics = call.lab.network.nics()
    await call.lab.teardown()
    for nic in nics:
        call.after_reply(Event("DEVICE_DELETED", nic.event_data))


COMMANDS = (
    qmp_capabilities,
    query_status,
    query_version,
    query_name,
    query_commands,
    human_monitor_command,
    quit_,
    teardown,
)
