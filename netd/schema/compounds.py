"""Shapes made of shapes: lists, objects, flat unions and alternates."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from typing import Any

from msgspec import NODEFAULT, UNSET

from netd.errors import NetdError
from netd.schema.readers import Given, Reader
from netd.schema.refusals import missing, wrong_type
from netd.schema.shapes import Entry, Identifier, Namer, Shape

TAG_FIELD = ""
"""The tag's place among the fields read; no Python field is called so."""


class List(Shape):
    """Any number of values of one type. ``make`` builds the result of an iterable: list or tuple."""

    kinds = (list,)

    def __init__(self, element: Shape, make: Callable[[Iterable[Any]], Sequence[Any]]) -> None:
        self.element = element
        self.make = make
        self.name = f"[{element.name}]"
        self.checked = element.checked
        self.nested = element.nested and getattr(element, "lone", None) is None

    @property
    def identity(self) -> Hashable:
        """That of its elements."""
        return (List, self.element.identity)

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> Sequence[Any]:
        """Element by element."""
        inside, called, read = prefix + name, reader.element, self.element.read
        elements = enumerate(reader.elements(value, prefix, name))
        return self.make(read(reader, element, inside, called % index) for index, element in elements)

    def check(self, value: Sequence[Any], prefix: str, name: str) -> None:
        """Every element."""
        for index, element in enumerate(value):
            self.element.check(element, prefix + name, f"[{index}]")

    def schema_name(self, namer: Namer) -> str:
        """The element's in brackets."""
        return f"[{namer.use(self.element)}]"

    def entry(self, namer: Namer) -> Entry:
        """What it is a list of."""
        return {"meta-type": "array", "element-type": namer.use(self.element)}


class Member:
    """A member of an object: its name on the wire, its Python field, its shape and what is said of it."""

    __slots__ = ("default", "description", "features", "field", "name", "required", "shape")

    def __init__(
        self,
        name: str,
        field: str,
        shape: Shape,
        *,
        default: Any = NODEFAULT,
        description: str = "",
        features: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.field = field
        self.shape = shape
        self.default = default
        self.required = default is NODEFAULT
        self.description = description
        self.features = features

    def entry(self, namer: Namer) -> Entry:
        """Its entry in an object's ``members``: ``default`` there says it may be left out."""
        entry: Entry = {"name": self.name}
        if not self.required:
            entry["default"] = None
        entry["type"] = namer.use(self.shape)
        if self.features:
            entry["features"] = list(self.features)
        return entry


class Members:
    """Members in the order they are looked at."""

    def __init__(self, members: Iterable[Member]) -> None:
        self.all = tuple(members)
        self._checked = tuple(member for member in self.all if member.shape.checked)
        self.checked = bool(self._checked)
        self.identifiers = tuple(member for member in self.all if isinstance(member.shape, Identifier))

    def read(self, reader: Reader, given: Given, inside: str, fields: Given) -> None:
        """Read the given ones into ``fields``; a required one that is not given is refused."""
        for member in self.all:
            if member.name in given:
                fields[member.field] = member.shape.read(reader, given[member.name], inside, member.name)
            elif member.required:
                raise missing(inside + member.name)

    def entries(self, namer: Namer) -> list[Entry]:
        """Their entries in the schema."""
        return [member.entry(namer) for member in self.all]

    def check(self, value: Any, inside: str) -> None:
        """Check what was read into a Struct."""
        for member in self._checked:
            part = getattr(value, member.field)
            if part is not None and part is not UNSET:
                member.shape.check(part, inside, member.name)


class Object(Shape):
    """A Struct; or, as a branch of a union, what it has beyond the ``common`` names of all."""

    kinds = (dict,)
    nested = True
    name = "object"

    def __init__(self, struct: type, members: Iterable[Member], common: Iterable[str] = ()) -> None:
        self.struct = struct
        self.members = Members(members)
        self.common = common = frozenset(common)
        self.names = self.common | {member.name for member in self.members.all}
        self.lone = self.members.all[0].name if len(self.members.all) == 1 and not common else None
        self.checked = self.members.checked
        self.has_nested = any(member.shape.nested for member in self.members.all)

    @property
    def identity(self) -> Hashable:
        """The Struct, and as what; all without members are the empty object."""
        return (self.struct, self.common) if self.members.all else Object

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> Any:
        """The members in order, then those nobody knows."""
        given = reader.mapping(value, self.lone, prefix, name)
        inside = _inside(prefix, name)
        fields: Given = {}
        self.members.read(reader, given, inside, fields)
        if len(fields) < len(given):
            raise _unknown(reader, given, self.names, inside)
        return self.struct(**fields)

    def check(self, value: Any, prefix: str, name: str) -> None:
        """Every member that was given."""
        self.members.check(value, _inside(prefix, name))

    def entry(self, namer: Namer) -> Entry:
        """The members."""
        return {"meta-type": "object", "members": self.members.entries(namer)}


class Union(Shape):
    """A flat union: common members, one of which, the tag, says which branch the others are of."""

    kinds = (dict,)
    nested = True
    name = "object"

    def __init__(self, tag: str, common: Iterable[Member], branches: Mapping[str, Object]) -> None:
        self.tag = tag
        self.members = Members(common)
        self.branches = branches
        self.checked = self.members.checked or any(branch.checked for branch in branches.values())

    @property
    def identity(self) -> Hashable:
        """The Structs it is made of."""
        return (Union, *(branch.struct for branch in self.branches.values()))

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> Any:
        """The common members and the tag, the branch's, then those nobody knows."""
        given = reader.mapping(value, None, prefix, name)
        inside = _inside(prefix, name)
        fields: Given = {}
        self.members.read(reader, given, inside, fields)
        branch = self.branches[fields.pop(TAG_FIELD)]
        branch.members.read(reader, given, inside, fields)
        if len(fields) + 1 < len(given):
            raise _unknown(reader, given, branch.names, inside)
        return branch.struct(**fields)

    def check(self, value: Any, prefix: str, name: str) -> None:
        """Every member that was given."""
        inside = _inside(prefix, name)
        self.members.check(value, inside)
        self.branches[value.__struct_config__.tag].members.check(value, inside)

    def entry(self, namer: Namer) -> Entry:
        """Common members, tag and branches."""
        return {
            "meta-type": "object",
            "members": self.members.entries(namer),
            "tag": self.tag,
            "variants": [{"case": case, "type": namer.use(branch)} for case, branch in self.branches.items()],
        }


class Alternate(Shape):
    """One of several shapes of different JSON types; ``name`` is what refusals call it."""

    def __init__(self, name: str, branches: Iterable[Shape]) -> None:
        self.name = name
        self.branches = tuple(branches)
        self.by_kind = {kind: shape for shape in self.branches for kind in shape.kinds}
        self.kinds = tuple(self.by_kind)
        self.nested = dict in self.by_kind
        if len(self.by_kind) < sum(len(shape.kinds) for shape in self.branches):
            raise TypeError(f"two branches of alternate {name} are of the same JSON type")
        if any(shape.checked for shape in self.branches):
            raise TypeError(f"a branch of alternate {name} has limits, which are looked at nowhere")

    @property
    def identity(self) -> Hashable:
        """Its name and what its branches are."""
        return (Alternate, self.name, *(shape.identity for shape in self.branches))

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> Any:
        """By the branch that takes such a value."""
        kind = reader.kind(value, self.kinds)
        if kind not in self.by_kind:
            raise wrong_type(prefix + name, self.name, value)
        return self.by_kind[kind].read(reader, value, prefix, name)

    def entry(self, namer: Namer) -> Entry:
        """The branches."""
        return {"meta-type": "alternate", "members": [{"type": namer.use(shape)} for shape in self.branches]}


def _inside(prefix: str, name: str) -> str:
    """What the names of an object's members begin with; the outermost object has no name."""
    return f"{prefix}{name}." if name else ""


def _unknown(reader: Reader, given: Given, known: Set[str], inside: str) -> NetdError:
    """The refusal of the first member nobody knows."""
    name, value = next((name, value) for name, value in given.items() if name not in known)
    if not isinstance(name, str):  # an endless one, see wrong_type
        return NetdError(f"A parameter{f' in {inside[:-1]!r}' if inside else ''} has a name without end")
    return reader.unexpected(inside + name, value)
