"""What every object of the protocol derives from.

A command's arguments are a Struct, its members in the order QEMU's schema has them::

    class SetLink(Arguments, frozen=True):
        \"""Take a client's link up or down.\"""

        name: Annotated[str, Meta(description="the client")]
        up: Annotated[bool, Meta(description="whether the link is up")]

A QAPI flat union is a Python union, or a tuple, of Structs with a tag. What all of them have
stands in a common base::

    class NetdevOptions(Arguments, frozen=True, tag_field="type"):
        id: Identifier

    class TapOptions(NetdevOptions, frozen=True, tag="tap"):
        ifname: str | None = None

    class HubportOptions(NetdevOptions, frozen=True, tag="hubport"):
        hubid: Int32

    NETDEVS = (TapOptions, HubportOptions)

Names on the wire differ from Python's by msgspec's ``rename="kebab"`` or ``field(name=…)``.
A member with a default may be left out; ``None`` as the default does not make null a legal value.
"""

from typing import ClassVar

from msgspec import Struct


class Arguments(Struct, frozen=True, kw_only=True):
    """The base of all objects that are validated.

    ``frozen=True`` and ``kw_only=True`` are not inherited: repeat the first always, the second
    where a required member follows an optional one. The order of members on the wire is the
    order of declaration, the base's first, either way.
    """

    tag_first: ClassVar[bool] = False
    """Whether a union made of these reads its tag before the common members (``object-add``) or
    after them (``netdev_add``): it decides which of two missing members QEMU reports."""
