"""From annotations to shapes.

An annotation is taken apart once and remembered. What cannot be said in QAPI is a ``TypeError``
when the shape is first built: a union without tags or a name, a limit nobody looks at, a
Struct that contains itself.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from inspect import get_annotations
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin
from typing import Union as TypingUnion

from msgspec import NODEFAULT, Meta, Struct, UnsetType
from msgspec.structs import FieldInfo, fields

from netd.schema.compounds import TAG_FIELD, Alternate, List, Member, Object, Union
from netd.schema.scalars import FEATURES, QAPI, AlternateMark, IdentifierMark, Int64, IntegerMark
from netd.schema.shapes import (
    NO_LIMITS,
    AnyShape,
    Bool,
    Enum,
    Identifier,
    Integer,
    Limits,
    Null,
    Number,
    Shape,
    Str,
)

_LIMITS = ("ge", "le", "min_length", "max_length")
_UNSUPPORTED = ("gt", "lt", "multiple_of", "pattern", "tz")
_INT: IntegerMark = get_args(Int64)[1].extra[QAPI]
_known: dict[Any, Shape] = {}
_under_way: list[type] = []


class Notes(Struct, frozen=True):
    """What stands around a type: QAPI's mark, limits, and what help texts and the schema say."""

    mark: object = None
    limits: Limits = NO_LIMITS
    description: str = ""
    features: tuple[str, ...] = ()

    def within(self, meta: Meta) -> Notes:
        """These notes, and a further one from inside of them: what is said outside counts."""
        if unsupported := [name for name in _UNSUPPORTED if getattr(meta, name) is not None]:
            raise TypeError(f"{', '.join(unsupported)} would be looked at nowhere")
        extra = meta.extra or {}
        limits = {name: getattr(meta, name) for name in _LIMITS if getattr(meta, name) is not None}
        return Notes(
            mark=self.mark or extra.get(QAPI),
            limits=Limits(**limits) if self.limits == NO_LIMITS else self.limits,
            description=self.description or meta.description or "",
            features=self.features or extra.get(FEATURES, ()),
        )


def shape_of(hint: Any) -> Shape:
    """The shape of an annotation, a Struct, a union of Structs or a tuple of them."""
    shape = _known.get(hint)
    if shape is None:
        shape = _known[hint] = hint if isinstance(hint, Shape) else _annotated(hint)[0]
    return shape


def _annotated(hint: Any) -> tuple[Shape, Notes]:
    """The shape of an annotation and the notes around it."""
    parts, notes = _peel(hint, Notes())
    if isinstance(notes.mark, AlternateMark):
        shape: Shape = Alternate(notes.mark.name, _alternatives(parts))
    elif len(parts) > 1 or _is_tagged(parts[0]):
        shape = _union(parts)
    else:
        shape = _single(parts[0], notes)
    if getattr(shape, "limits", NO_LIMITS) != notes.limits:
        raise TypeError(f"limits of {hint} would be looked at nowhere")
    return shape, notes


def _peel(hint: Any, notes: Notes) -> tuple[tuple[Any, ...], Notes]:
    """The alternatives within notes and "may be absent". ``None`` is one only in an alternate."""
    if isinstance(hint, tuple):
        return hint, notes
    if get_origin(hint) is Annotated:
        inner, *metas = get_args(hint)
        for meta in reversed(metas):
            notes = notes.within(meta) if isinstance(meta, Meta) else notes
        return _peel(inner, notes)
    if get_origin(hint) not in (TypingUnion, UnionType):
        return (hint,), notes
    absent = (UnsetType,) if isinstance(notes.mark, AlternateMark) else (UnsetType, NoneType)
    parts = tuple(part for part in get_args(hint) if part not in absent)
    return _peel(parts[0], notes) if len(parts) == 1 else (parts, notes)


def _alternatives(parts: tuple[Any, ...]) -> Iterator[Shape]:
    """The branches of an alternate: Structs with a tag are one together."""
    tagged = tuple(part for part in parts if _is_tagged(part))
    if tagged:
        yield _union(tagged)
    yield from (shape_of(part) for part in parts if part not in tagged)


def _single(hint: Any, notes: Notes) -> Shape:
    if leaf := _LEAVES.get(hint):
        return leaf(notes)
    origin, arguments = get_origin(hint), get_args(hint)
    if (origin is list and len(arguments) == 1) or (origin is tuple and arguments[1:] == (...,)):
        return List(shape_of(arguments[0]), origin)
    if origin is Literal:
        return Enum.of_texts(arguments)
    return _of_class(hint)


def _of_class(hint: Any) -> Shape:
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return Enum({member.value: member for member in hint})
    if isinstance(hint, type) and issubclass(hint, Struct):
        return Object(hint, _members(hint))
    raise TypeError(f"{hint} is no type of QAPI's")


def _string(notes: Notes) -> Shape:
    return Identifier() if isinstance(notes.mark, IdentifierMark) else Str(notes.limits)


def _integer(notes: Notes) -> Shape:
    return Integer(notes.mark if isinstance(notes.mark, IntegerMark) else _INT, notes.limits)


_LEAVES: dict[Any, Callable[[Notes], Shape]] = {
    str: _string,
    int: _integer,
    float: lambda notes: Number(notes.limits),
    bool: lambda _: Bool(),
    None: lambda _: Null(),
    NoneType: lambda _: Null(),
    Any: lambda _: AnyShape(),
    object: lambda _: AnyShape(),
}


def _members(struct: type[Struct]) -> list[Member]:
    """A Struct's members in the order of declaration, the bases' first."""
    if struct in _under_way:
        raise TypeError(f"{struct.__name__} contains itself")
    _under_way.append(struct)
    try:
        by_name = {field.name: field for field in fields(struct)}
        declared = (name for cls in reversed(struct.__mro__) for name in get_annotations(cls))
        return [_member(by_name[name]) for name in dict.fromkeys(declared) if name in by_name]
    finally:
        _under_way.pop()


def _member(field: FieldInfo) -> Member:
    shape, notes = _annotated(field.type)
    default = field.default if field.default_factory is NODEFAULT else field.default_factory()
    return Member(
        field.encode_name,
        field.name,
        shape,
        default=default,
        description=notes.description,
        features=notes.features,
    )


def _union(structs: tuple[Any, ...]) -> Union:
    """A flat union. What its Structs have in common is what their nearest common base has."""
    if not all(_is_tagged(struct) for struct in structs):
        raise TypeError(f"{structs} is neither optional, nor Structs with a tag, nor a named alternate")
    fields_of_tag = {struct.__struct_config__.tag_field for struct in structs}
    tags = [struct.__struct_config__.tag for struct in structs]
    if len(fields_of_tag) > 1 or len(set(tags)) < len(tags) or not all(isinstance(tag, str) for tag in tags):
        raise TypeError(f"the tags of {structs} do not tell them apart")
    base = next(cls for cls in structs[0].__mro__[1:] if all(issubclass(struct, cls) for struct in structs))
    shared = frozenset(getattr(base, "__struct_fields__", ()))
    members = {struct: _members(struct) for struct in structs}
    common = [member for member in members[structs[0]] if member.field in shared]
    tag = Member(fields_of_tag.pop(), TAG_FIELD, Enum.of_texts(tags))
    common.insert(0 if getattr(structs[0], "tag_first", False) else len(common), tag)
    names = [member.name for member in common]
    return Union(
        tag.name,
        common,
        {
            text: Object(struct, (member for member in members[struct] if member.field not in shared), names)
            for text, struct in zip(tags, structs, strict=True)
        },
    )


def _is_tagged(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Struct) and hint.__struct_config__.tag is not None
