"""What every netdev type is: its options, and the few questions the rest of netd asks.

A question about a type is an attribute here, with the answer that is right for most. A type
overrides what is different about it; nobody else switches on its name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from msgspec.structs import asdict, fields

from netd.plan.objects import KernelObject
from netd.plan.planner import Place
from netd.schema.base import Arguments
from netd.schema.scalars import Identifier


class NetdevOptions(Arguments, frozen=True, tag_field="type"):
    """What every netdev has."""

    id: Annotated[Identifier, Meta(description="name of the netdev: a letter, then letters, digits, - . _")]


@dataclass(frozen=True)
class Backend:
    """A netdev type at work, made of the options the user gave.

    It is a value like its options: what lives (workers, sockets) is in the kernel objects it
    plans.
    """

    options: Any
    """The options: an instance of :attr:`Options`."""

    Options: ClassVar[type[NetdevOptions]]
    """What the user may say; its tag is the type's name."""

    host_side: ClassVar[bool] = True
    """Whether it connects a hub to the host network, in the sense of QEMU's warning."""

    @property
    def kind(self) -> str:
        """The type's name."""
        return str(self.Options.__struct_config__.tag)

    @property
    def hubid(self) -> int | None:
        """The hub it is a port of; ``None`` for a type that has an interface of its own."""
        return None

    @property
    def peer(self) -> str | None:
        """The netdev to plug into it from the start."""
        return None

    @property
    def info(self) -> str:
        """What ``info network`` prints after ``type=…,``."""
        return ""

    @property
    def shown(self) -> Mapping[str, Any]:
        """The options as the user gave them, for ``query-network``."""
        return given(self.options, omit=("id",))

    def plan(self, place: Place) -> Iterable[KernelObject]:
        """The kernel objects of its own interface, without links."""
        raise NotImplementedError


def given(options: Arguments, *, omit: Iterable[str] = ()) -> dict[str, Any]:
    """The members of an options object that are not at their default, by their wire names."""
    values = asdict(options)
    return {
        field.encode_name: values[field.name]
        for field in _fields(type(options))
        if field.name not in omit and values[field.name] != field.default
    }


_fields = cache(fields)
