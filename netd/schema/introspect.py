"""``query-qmp-schema``: what can be said and heard, for clients that look before they ask.

Format: QEMU's ``docs/devel/qapi-code-gen.rst``, "Client introspection"; order and names as
QEMU's generator makes them (``scripts/qapi/introspect.py``). Commands and events come first, then
types in the order in which they are first referred to. A type's name is a number, of a list its
element's in brackets; ``0`` is the empty object; all integers are ``int``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Protocol

from netd.schema.base import Arguments
from netd.schema.build import shape_of
from netd.schema.shapes import Entry, Shape


class CommandShape(Protocol):
    """What the schema says of a command. ``None`` as a type is the empty object."""

    @property
    def name(self) -> str:
        """Its name on the wire."""

    @property
    def arguments(self) -> Any:
        """A Struct or a union of them."""

    @property
    def returns(self) -> Any:
        """What the reply is: any annotation."""

    @property
    def allow_oob(self) -> bool:
        """Whether it may be executed out of band."""

    @property
    def features(self) -> tuple[str, ...]:
        """Names such as ``deprecated``."""


class EventShape(Protocol):
    """What the schema says of an event."""

    @property
    def name(self) -> str:
        """Its name on the wire."""

    @property
    def data(self) -> Any:
        """A Struct; ``None`` is the empty object."""


class Empty(Arguments, frozen=True):
    """The empty object."""


def describe(commands: Iterable[CommandShape], events: Iterable[EventShape]) -> list[Entry]:
    """The entries of the schema."""
    types = _Types()
    types.use(shape_of(Empty))
    entries = [_command(each, types) for each in commands]
    entries += [_event(each, types) for each in events]
    return entries + types.entries()


def _command(command: CommandShape, types: _Types) -> Entry:
    entry: Entry = {
        "name": command.name,
        "meta-type": "command",
        "arg-type": types.of(command.arguments),
        "ret-type": types.of(command.returns),
    }
    if command.allow_oob:
        entry["allow-oob"] = True
    if command.features:
        entry["features"] = list(command.features)
    return entry


def _event(event: EventShape, types: _Types) -> Entry:
    return {"name": event.name, "meta-type": "event", "arg-type": types.of(event.data)}


class _Types:
    """The types of a schema in the making: each is named when it is first referred to."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, str] = {}
        self._known: set[Hashable] = set()
        self._used: list[Shape] = []

    def of(self, hint: Any) -> str:
        """The name of the type an annotation stands for."""
        return self.use(shape_of(Empty if hint is None else hint))

    def use(self, shape: Shape) -> str:
        """The name of a type, which is thereby put into the schema."""
        if shape.identity not in self._known:
            self._known.add(shape.identity)
            self._used.append(shape)
        return shape.schema_name(self)

    def number(self, shape: Shape) -> str:
        """A name of digits for a type that has none of its own."""
        return self._numbers.setdefault(shape.identity, str(len(self._numbers)))

    def entries(self) -> list[Entry]:
        """Every type in use. Describing one may put others into use: they follow."""
        return [{"name": shape.schema_name(self), **shape.entry(self)} for shape in self._used]
