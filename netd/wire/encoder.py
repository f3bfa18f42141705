"""Values to bytes, as QEMU writes JSON (``qobject/json-writer.c``).

One line ending in CR LF, ``", "`` and ``": "`` between things, pure ASCII with upper-case
``\\uXXXX``; doubles with 17 significant digits, which makes an integral one look like an int and
an infinite one ``inf``, which is no JSON.

What may be encoded: ``None``, bool, int, float, str, enums (their value), lists, tuples, mappings
with str keys, msgspec Structs (by their encoded names, without fields that are ``UNSET`` or
omitted as defaults), :class:`~netd.wire.big.LongString` and :class:`~netd.wire.big.LongObject`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import cache, lru_cache
from itertools import chain
from json.encoder import encode_basestring_ascii
from types import NoneType
from typing import Any, Final, TypeAlias

from msgspec import UNSET, Struct
from msgspec.structs import FieldInfo, fields

from netd.wire.big import LongObject, LongString

END: Final = "\r\n"

LONGEST_PIECE: Final = 16 << 10
"""Bytes of a piece that :func:`encode_pieces` yields at most."""

FRAGMENTS_PER_PIECE: Final = 512
"""How many values or slices of strings may be in it: what can be encoded in half a millisecond."""

_SLICE = 1024
"""Characters of a string encoded at one go: 12 KiB at most, in half a millisecond at worst."""

_NAME = 64
"""Characters of a member's name that is probably said again."""

_Entries: TypeAlias = Iterator[tuple[str, object]]


def encode(value: object) -> bytes:
    """The line for a value that is small, made in one go; raises TypeError for what is no JSON."""
    return ("".join(_fragments(value)) + END).encode()


def encode_pieces(value: object) -> Iterator[bytes]:
    """The same line, in pieces of at most 16 KiB that take less than a millisecond each.

    The value must not change meanwhile.
    """
    gathered: list[str] = []
    size = 0
    for fragment in _fragments(value):
        if size + len(fragment) > LONGEST_PIECE - len(END) or len(gathered) >= FRAGMENTS_PER_PIECE:
            yield "".join(gathered).encode()
            gathered.clear()
            size = 0
        gathered.append(fragment)
        size += len(fragment)
    yield ("".join(gathered) + END).encode()


def _fragments(value: object) -> Iterator[str]:
    """The text in bits, each of a value or a slice of a string; depth costs no recursion."""
    open_: list[tuple[_Entries, str]] = [(iter((("", value),)), "")]
    while open_:
        entries, closing = open_[-1]
        for prefix, item in entries:
            if isinstance(item, str) and len(item) <= _SLICE:
                yield prefix + _quoted(item)
            elif scalar := _SCALARS.get(type(item)):
                yield prefix + scalar(item)
            elif isinstance(item, str | LongString):
                yield prefix
                yield from _string(item)
            else:
                opening, inner, inner_closing = _opened(item)
                yield prefix + opening
                open_.append((inner, inner_closing))
                break
        else:
            yield closing
            open_.pop()


def _opened(item: object) -> tuple[str, _Entries, str]:
    """What is not a scalar: how it begins, what is in it, how it ends."""
    match item:
        case LongObject():
            return "{", _members(chain.from_iterable(shard.items() for shard in item.shards)), "}"
        case dict() | Mapping():
            return "{", _members(item.items()), "}"
        case list() | tuple():
            return "[", _items(item), "]"
        case Enum():
            return "", iter((("", item.value),)), ""
        case Struct():
            return "{", _members(_fields(item)), "}"
    raise TypeError(f"{type(item).__name__} has no form in JSON")


def _items(items: Iterable[object]) -> _Entries:
    separator = ""
    for item in items:
        yield separator, item
        separator = ", "


def _members(members: Iterable[tuple[object, object]]) -> _Entries:
    separator = ""
    for key, value in members:
        if isinstance(key, str) and len(key) <= _NAME:
            yield separator + _name(key), value
        elif isinstance(key, str | LongString):
            yield separator, key
            yield ": ", value
        else:
            raise TypeError(f"{key!r} is no name of a member")
        separator = ", "


def _fields(struct: Struct) -> Iterator[tuple[str, object]]:
    """A Struct's members as msgspec would encode them."""
    config = struct.__struct_config__
    if config.tag_field is not None:
        yield config.tag_field, config.tag
    for field in _fields_of(type(struct)):
        value = getattr(struct, field.name)
        if value is not UNSET and not (config.omit_defaults and _is_default(value, field)):
            yield field.encode_name, value


_fields_of = cache(fields)


def _is_default(value: object, field: FieldInfo) -> bool:
    if value is field.default:
        return True
    factory = field.default_factory
    return factory in (list, dict, set) and type(value) is factory and not value


def _string(text: str | LongString) -> Iterator[str]:
    """A string in slices."""
    yield '"'
    for piece in (text,) if isinstance(text, str) else text:
        for start in range(0, len(piece), _SLICE):
            yield _quoted(piece[start : start + _SLICE])[1:-1]
    yield '"'


@lru_cache(maxsize=1024)
def _name(key: str) -> str:
    return _quoted(key) + ": "


def _quoted(text: str) -> str:
    quoted = encode_basestring_ascii(text)
    if "\\u" in quoted or "\x7f" in quoted:
        return f'"{text.translate(_ESCAPES)}"'
    return quoted


class _Escapes(dict[int, str]):
    """How each character is written; some thousand are remembered."""

    def __missing__(self, code: int) -> str:
        escape = _escape(code)
        if len(self) < 1 << 12:
            self[code] = escape
        return escape


def _escape(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE:
        code = 0xFFFD  # what is no character to QEMU
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04X}\\u{0xDC00 + (code & 0x3FF):04X}"
    return f"\\u{code:04X}"


_ESCAPES = _Escapes({code: chr(code) for code in range(0x20, 0x7F)})
_ESCAPES.update(str.maketrans({'"': r"\"", "\\": r"\\", "\b": r"\b", "\f": r"\f"}))
_ESCAPES.update(str.maketrans({"\n": r"\n", "\r": r"\r", "\t": r"\t"}))

_SCALARS: Final[dict[type, Callable[[Any], str]]] = {
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    float: "%.17g".__mod__,
    NoneType: lambda _: "null",
}
