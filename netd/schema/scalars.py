"""QAPI's scalar types, to annotate the members of a Struct with.

A plain ``str``, ``bool``, ``int`` (64 bit, signed), ``float`` (QAPI's ``number``), ``None``,
``list[…]``, enum, ``Literal`` or Struct needs nothing from here. The names below add what the
Python type cannot say: how wide an integer is, that a string is an identifier, what an
alternate is called. Further notes are added around them::

    hubid: Annotated[Int32, Meta(description="number of the hub")]

Ranges and C type names are QEMU's (``qapi/qapi-visit-core.c``).
"""

from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct

QAPI = "qapi"
"""The key in ``Meta.extra`` that says which QAPI type is meant; its value is one of the marks below."""

FEATURES = "features"
"""The key in ``Meta.extra`` for a member's features, such as ``("deprecated",)``."""


class IntegerMark(Struct, frozen=True):
    """An integer of a certain width: ``low`` to ``high``, both included.

    ``name`` is what help texts call it, ``c_type`` what QEMU's refusals call it. With
    ``suffixes`` a person may write ``4k`` or ``1.5M``.
    """

    name: str
    c_type: str
    low: int
    high: int
    suffixes: bool = False


class IdentifierMark(Struct, frozen=True):
    """A string that names a thing: a letter, then letters, digits, ``-``, ``.`` and ``_``."""


class AlternateMark(Struct, frozen=True):
    """One of several JSON types; ``name`` is what QEMU's refusals call the whole."""

    name: str


def _integer(name: str, c_type: str, low: int, high: int, *, suffixes: bool = False) -> Meta:
    return Meta(extra={QAPI: IntegerMark(name, c_type, low, high, suffixes)})


def alternate(name: str) -> Meta:
    """The note that makes a Python union a QAPI alternate called ``name``.

    ``Annotated[str | list[str], alternate("StrOrList")]``. ``None`` in the union is JSON's
    null then; a member that may also be left out needs ``msgspec.UNSET`` as its default.
    """
    return Meta(extra={QAPI: AlternateMark(name)})


def features(*names: str) -> Meta:
    """The note that gives a member features, e.g. ``Annotated[str, features("deprecated")]``."""
    return Meta(extra={FEATURES: names})


Int8: TypeAlias = Annotated[int, _integer("int8", "int8_t", -(2**7), 2**7 - 1)]
Int16: TypeAlias = Annotated[int, _integer("int16", "int16_t", -(2**15), 2**15 - 1)]
Int32: TypeAlias = Annotated[int, _integer("int32", "int32_t", -(2**31), 2**31 - 1)]
Int64: TypeAlias = Annotated[int, _integer("int", "int64", -(2**63), 2**63 - 1)]
UInt8: TypeAlias = Annotated[int, _integer("uint8", "uint8_t", 0, 2**8 - 1)]
UInt16: TypeAlias = Annotated[int, _integer("uint16", "uint16_t", 0, 2**16 - 1)]
UInt32: TypeAlias = Annotated[int, _integer("uint32", "uint32_t", 0, 2**32 - 1)]
UInt64: TypeAlias = Annotated[int, _integer("uint64", "uint64", 0, 2**64 - 1)]

Size: TypeAlias = Annotated[int, _integer("size", "uint64", 0, 2**64 - 1, suffixes=True)]
"""Bytes, as an unsigned 64-bit integer; in option text also with a suffix B, k, M, G, T, P or E."""

Number: TypeAlias = float
"""QAPI's ``number``: any JSON number, read as a double."""

Identifier: TypeAlias = Annotated[str, Meta(extra={QAPI: IdentifierMark()})]
"""The name of a new thing. QEMU checks its form after everything else of the request."""

AnyValue: TypeAlias = Any
"""QAPI's ``any``: whatever JSON value, handed through as it is."""

StrOrNull: TypeAlias = Annotated[str | None, alternate("StrOrNull")]
"""A string or JSON's null."""

StrOrList: TypeAlias = Annotated[str | list[str], alternate("StrOrList")]
"""One string or a list of them."""
