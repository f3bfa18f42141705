"""Shapes: QAPI's types, each reading values in the order QEMU visits them.

::

    Shape
    ├── Str, Identifier, Bool, Integer, Number, AnyShape, Null     leaves
    ├── Enum
    ├── List                                      netd.schema.compounds, from here on
    ├── Object                                    a Struct
    ├── Union                                     Structs with a tag
    └── Alternate                                 one of several JSON types

:func:`netd.schema.build.shape_of` makes them of annotations, once. A value is read in two
passes: :meth:`Shape.read` checks types member by member, first failure wins, and builds the
result; then :meth:`Shape.check` looks at what QEMU looks at only when the request as a whole
has the right form.

A value's name comes in two parts, ``prefix + name``: the innermost one is what some of QEMU's
texts give.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, ClassVar, Protocol

from msgspec import Struct

from netd.schema.readers import Reader
from netd.schema.refusals import expects, innermost, not_among
from netd.schema.scalars import IntegerMark

Entry = dict[str, Any]

_JSON_TYPES = {
    "str": "string",
    "int": "int",
    "number": "number",
    "bool": "boolean",
    "null": "null",
    "any": "value",
}


class Namer(Protocol):
    """Who knows what types are called in ``query-qmp-schema``."""

    def use(self, shape: Shape) -> str:
        """The name of a type, which is thereby put into the schema."""

    def number(self, shape: Shape) -> str:
        """A name of digits for a type that has none of its own."""


class Shape:
    """A type: reads a value of it, and describes itself."""

    name: str
    """What help texts call it."""

    kinds: tuple[type, ...] = ()
    """The JSON types of its values, as Python's."""

    checked: bool = False
    """Whether :meth:`check` has anything to do."""

    nested: bool = False
    """Whether option text needs dotted keys for it."""

    choices: tuple[str, ...] = ()
    """The texts that may stand for a value, where they are few."""

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> Any:
        """The value in Python's terms, or :class:`~netd.errors.NetdError`."""
        raise NotImplementedError

    def check(self, value: Any, prefix: str, name: str) -> None:
        """Refuse what has the right type and will not do."""

    @property
    def identity(self) -> Hashable:
        """Equal for what is one type in the schema."""
        raise NotImplementedError

    def schema_name(self, namer: Namer) -> str:
        """Its name in the schema."""
        return namer.number(self)

    def entry(self, namer: Namer) -> Entry:
        """Its entry in the schema, without the name."""
        raise NotImplementedError


class Leaf(Shape):
    """One of QAPI's built-in types; ``builtin`` is its name in the schema."""

    builtin: ClassVar[str]

    @property
    def identity(self) -> Hashable:
        """All leaves of a built-in type are one."""
        return self.builtin

    def schema_name(self, namer: Namer) -> str:
        """Its own."""
        return self.builtin

    def entry(self, namer: Namer) -> Entry:
        """Just which JSON type it is."""
        return {"meta-type": "builtin", "json-type": _JSON_TYPES[self.builtin]}


class Limits(Struct, frozen=True):
    """Bounds beyond the type: of a number ``ge`` ≤ value ≤ ``le``, of a string's length likewise."""

    ge: float | None = None
    le: float | None = None
    min_length: int | None = None
    max_length: int | None = None

    def check(self, value: Any, name: str) -> None:
        """Refuse a value outside."""
        if (self.ge is not None and value < self.ge) or (self.le is not None and value > self.le):
            raise expects(name, self._range)
        if self.min_length is not None and len(value) < self.min_length:
            raise expects(
                name, "a non-empty string" if not value else f"at least {self.min_length} characters"
            )
        if self.max_length is not None and len(value) > self.max_length:
            raise expects(name, f"at most {self.max_length} characters")

    @property
    def _range(self) -> str:
        if self.le is None:
            return "a non-negative value" if self.ge == 0 else f"a value of at least {self.ge}"
        if self.ge is None:
            return f"a value of at most {self.le}"
        return f"a value between {self.ge} and {self.le}"


NO_LIMITS = Limits()


class Limited(Leaf):
    """A leaf that may have limits."""

    def __init__(self, limits: Limits = NO_LIMITS) -> None:
        self.limits = limits
        self.checked = limits != NO_LIMITS

    def check(self, value: Any, prefix: str, name: str) -> None:
        """Refuse a value outside of the limits."""
        self.limits.check(value, prefix + name)


class Str(Limited):
    """A string."""

    name = builtin = "str"
    kinds = (str,)

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> str:
        """The string."""
        return reader.string(value, prefix, name)


class Identifier(Str):
    """A string that is to name something."""

    def __init__(self) -> None:
        super().__init__()
        self.checked = True

    def check(self, value: str, prefix: str, name: str) -> None:
        """A letter, then letters, digits, ``-``, ``.`` and ``_`` (``id_wellformed`` in util/id.c)."""
        plain = value.translate(_IDENTIFIER_MARKS)
        if not (value.isascii() and value[:1].isalpha() and (plain.isalnum())):
            raise expects(prefix + name, "an identifier")


_IDENTIFIER_MARKS = str.maketrans("", "", "-._")


class Bool(Leaf):
    """A boolean."""

    name = builtin = "bool"
    kinds = (bool,)
    choices = ("on", "off")

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> bool:
        """The boolean."""
        return reader.boolean(value, prefix, name)


class Integer(Limited):
    """An integer of a certain width."""

    builtin = "int"
    kinds = (int,)

    def __init__(self, mark: IntegerMark, limits: Limits = NO_LIMITS) -> None:
        super().__init__(limits)
        self.mark = mark
        self.name = mark.name

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> int:
        """The integer. QEMU reads 64 bits, signed or not, and then looks at the range."""
        mark = self.mark
        if mark.low < 0:
            number = reader.integer(value, prefix, name)
        else:
            number = (reader.size if mark.suffixes else reader.natural)(value, prefix, name)
        if mark.low <= number <= mark.high:
            return number
        raise expects(innermost(name), mark.c_type)


class Number(Limited):
    """Any number."""

    name = builtin = "number"
    kinds = (int, float)

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> float:
        """The number as a double."""
        return reader.number(value, prefix, name)


class Null(Leaf):
    """JSON's null."""

    name = builtin = "null"
    kinds = (type(None),)

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> None:
        """``None``."""
        reader.null(value, prefix, name)


class AnyShape(Leaf):
    """Whatever it is."""

    name = builtin = "any"

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> Any:
        """The value itself."""
        return value


class Enum(Shape):
    """One of some strings; ``values`` maps them to what Python has for them."""

    name = "enum"
    kinds = (str,)

    def __init__(self, values: Mapping[str, Any]) -> None:
        if not all(isinstance(text, str) for text in values):
            raise TypeError(f"{values} are not all strings")
        self.values = values
        self.choices = tuple(values)

    @classmethod
    def of_texts(cls, texts: Iterable[str]) -> Enum:
        """An enum whose strings stand for themselves."""
        return cls({text: text for text in texts})

    @property
    def identity(self) -> Hashable:
        """Its values, in order."""
        return (Enum, self.choices)

    def read(self, reader: Reader, value: Any, prefix: str, name: str) -> Any:
        """The enum's member."""
        text = reader.string(value, prefix, name)
        try:
            return self.values[text]
        except KeyError:
            raise not_among(name, text) from None

    def entry(self, namer: Namer) -> Entry:
        """The values, in the newer and the older (deprecated) form."""
        members = [{"name": value} for value in self.choices]
        return {"meta-type": "enum", "members": members, "values": list(self.choices)}
