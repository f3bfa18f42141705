"""The commands, one group a file; :data:`COMMANDS` is all there is.

To add one: write it into the file it belongs to with :func:`~netd.monitor.command.command` and
put it into that file's ``COMMANDS``. Schema, help, completion and permission follow from the
declaration.
"""

from netd.monitor.command import Command
from netd.monitor.commands import core, descriptors, devices, introspection, netdevs, network

COMMANDS: tuple[Command, ...] = (
    *core.COMMANDS,
    *introspection.COMMANDS,
    *descriptors.COMMANDS,
    *netdevs.COMMANDS,
    *devices.COMMANDS,
    *network.COMMANDS,
)
"""Every command, in the order of the schema; ``query-commands`` lists them backwards, as QEMU does."""
