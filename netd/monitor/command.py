"""What a command is: a name, what goes in, what comes out, who may, and the function.

Commands are declared where they are written, one after the other in ``netd/monitor/commands``::

    @command("netdev_del", NetdevDel)
    async def netdev_del(call: Call, args: NetdevDel) -> None:
        \"""Remove a netdev.\"""

The schema, the help and the completion are made from the same declaration.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import structs

from netd.errors import CommandNotFound
from netd.schema.base import Arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from netd.monitor.access import Peer
    from netd.monitor.events import Event
    from netd.monitor.lab import Lab
    from netd.monitor.session import Session


class NoArguments(Arguments, frozen=True):
    """A command without arguments."""


@dataclass(slots=True)
class Call:
    """One execution of a command, on behalf of one session.

    ``reply_fds`` are sent along with the reply and closed afterwards; ``extra`` holds the
    arguments beyond the declared ones of a free-form command.
    """

    session: Session
    lab: Lab
    commands: Commands
    extra: dict[str, Any] = field(default_factory=dict)
    reply_fds: Sequence[int] = ()

    @property
    def peer(self) -> Peer:
        """Who asks."""
        return self.session.peer

    def check(self, command: Command) -> None:
        """Raise :class:`~netd.errors.AccessDenied` if this session's user may not give the command."""
        self.session.server.access.check(self.peer, self.session.role, command)

    def after_reply(self, event: Event) -> None:
        """Send an event that this session hears after the reply, everyone else at once."""
        self.session.server.events.emit(event, after_reply_of=self.session)


@dataclass(frozen=True, slots=True)
class Command:
    """A command as declared.

    ``arguments`` is a Struct or a union of Structs, ``returns`` what the reply's schema is
    (``None``: the empty object). A ``free_form`` command takes members its schema does not list,
    and scalars as text, as QEMU's ``device_add`` does; one ``for_everyone`` is not refused to
    strangers. ``precheck`` sees the arguments before the schema does, to refuse in better words
    what the schema does not know.
    """

    name: str
    arguments: Any
    returns: Any
    run: Callable[[Call, Any], Awaitable[object]]
    root_only: bool = False
    allow_oob: bool = False
    free_form: bool = False
    for_everyone: bool = False
    features: tuple[str, ...] = ()
    precheck: Callable[[dict[str, Any]], None] | None = None

    def split(self, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was given, parted into the declared arguments and the others."""
        declared = {field.encode_name for field in structs.fields(self.arguments)}
        extra = {name: value for name, value in given.items() if name not in declared}
        return {name: value for name, value in given.items() if name in declared}, extra

    @property
    def doc(self) -> str:
        """What it does, for help texts."""
        return self.run.__doc__ or ""


def command(
    name: str, arguments: Any = NoArguments, returns: Any = None, **options: Any
) -> Callable[[Callable[[Call, Any], Awaitable[object]]], Command]:
    """Declare a command; ``options`` are the fields of :class:`Command` of the same name."""

    def declare(run: Callable[[Call, Any], Awaitable[object]]) -> Command:
        return Command(name, arguments, returns, run, **options)

    return declare


class Commands:
    """Every command there is, by name, in the order of declaration."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._by_name = {command.name: command for command in commands}

    def __iter__(self) -> Iterator[Command]:
        return iter(self._by_name.values())

    def find(self, name: str) -> Command:
        """The command of that name, or :class:`CommandNotFound`."""
        try:
            return self._by_name[name]
        except KeyError:
            raise CommandNotFound(f"The command {name} has not been found") from None
