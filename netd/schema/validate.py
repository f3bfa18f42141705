"""From what a client sent to the Structs the rest of netd works with.

Two ways in: JSON as QMP has it, and texts as people type them (:mod:`netd.wire.keyval`). The
``shape`` is a Struct, a union or tuple of Structs with a tag, or any annotation; it is taken
apart at its first use. Every refusal is a :class:`~netd.errors.NetdError` with QEMU's text, and
the first in QEMU's order: members as declared (an object's own unknown ones after its known
ones), then what is looked at when the whole has the right form, such as an identifier's letters.
"""

from __future__ import annotations

from typing import Any

from netd.schema.build import shape_of
from netd.schema.compounds import Object, Union
from netd.schema.readers import JSON, KEYVAL, OPTS, Reader
from netd.schema.shapes import Shape


def validate(shape: Any, value: Any, *, loose: bool = False) -> Any:
    """Read parsed JSON: an instance of the Struct that ``shape`` is, or what the annotation says.

    With ``loose`` a scalar may also be the text for it, and the other way round, and a null member
    counts as not given: QEMU's ``device_add`` is so. Its refusals are those of texts.
    """
    known = shape_of(shape)
    if loose:
        return _read_text(KEYVAL, known, _as_texts(value), identifiers_first=True)
    return _read(JSON, known, value)


def from_keyval(shape: Any, value: Any, *, dotted: bool | None = None) -> Any:
    """Read option text that :func:`netd.wire.keyval.parse` took apart.

    QEMU has two parsers for options, which refuse in different words: ``dotted`` picks the newer
    (``Parameter 'x' is unexpected``) or the older (``Invalid parameter 'x'``). By default it is the
    newer one for what only that can say, i.e. where a member is itself an object.
    """
    known = shape_of(shape)
    if _is_dotted(known, value) if dotted is None else dotted:
        return _read_text(KEYVAL, known, value, identifiers_first=False)
    return _read_text(OPTS, known, value, identifiers_first=True)


def _read(reader: Reader, shape: Shape, value: Any) -> Any:
    result = shape.read(reader, value, "", "")
    if shape.checked:
        shape.check(result, "", "")
    return result


def _read_text(reader: Reader, shape: Shape, value: Any, *, identifiers_first: bool) -> Any:
    """Read texts. QEMU's older parser looks at ``id`` while it still splits the text."""
    if identifiers_first and isinstance(shape, Object | Union) and isinstance(value, dict):
        for member in shape.members.identifiers:
            if member.name in value:
                member.shape.check(reader.string(value[member.name], "", member.name), "", member.name)
    return _read(reader, shape, value)


def _is_dotted(shape: Shape, value: Any) -> bool:
    """Whether an object, or the branch of a union that is meant, has members that are objects."""
    if isinstance(shape, Union):
        tag = value.get(shape.tag) if isinstance(value, dict) else None
        branch = shape.branches.get(tag) if isinstance(tag, str) else None
        return branch is not None and branch.has_nested
    return isinstance(shape, Object) and shape.has_nested


def _as_texts(value: Any) -> Any:
    """An object's members, and the elements of those that are lists, as texts; nulls go."""
    if not isinstance(value, dict):
        return _as_text(value)
    return {
        name: [_as_text(element) for element in part] if isinstance(part, list) else _as_text(part)
        for name, part in value.items()
        if part is not None
    }


def _as_text(value: Any) -> Any:
    """A scalar as its text (``qemu_opts_from_qdict``)."""
    match value:
        case bool():
            return "on" if value else "off"
        case int():
            return str(value)
        case float():
            return f"{value:.17g}"
        case _:
            return value
