"""What a Struct's members are, for help texts, completion and man pages."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from netd.schema.build import shape_of
from netd.schema.compounds import Member, Object, Union


class MemberInfo(Struct, frozen=True):
    """One member as a person is told of it.

    ``type`` is ``str``, ``bool``, ``int``, ``uint16``, ``size``, ``number``, ``any``, ``enum``, ``object``,
    an alternate's name, or one of these in brackets for a list. ``choices`` are the texts that may be
    given, where they are few. ``default`` is meaningless for a ``required`` member; ``None`` means that
    none is said.
    """

    name: str
    type: str
    required: bool
    default: Any
    description: str
    choices: tuple[str, ...]
    features: tuple[str, ...]


def members(shape: Any, case: str | None = None) -> tuple[MemberInfo, ...]:
    """The members of a Struct in order; of a union the common ones and, with ``case``, that branch's."""
    known = shape_of(shape)
    if not isinstance(known, Object | Union):
        raise TypeError(f"{shape} has no members")
    found = known.members.all
    if isinstance(known, Union) and case is not None:
        found += known.branches[case].members.all
    return tuple(_info(member) for member in found)


def cases(shape: Any) -> dict[str, type]:
    """The Structs of a union by their tags, in order; empty for a plain Struct."""
    known = shape_of(shape)
    return {tag: branch.struct for tag, branch in known.branches.items()} if isinstance(known, Union) else {}


def _info(member: Member) -> MemberInfo:
    return MemberInfo(
        name=member.name,
        type=member.shape.name,
        required=member.required,
        default=None if member.required else member.default,
        description=member.description,
        choices=member.shape.choices,
        features=member.features,
    )
