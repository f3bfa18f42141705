"""Readers: how a value's leaves are written, in JSON or in option text.

A shape (:mod:`netd.schema.shapes`) knows what it is made of and in what order that is looked
at; a reader knows what counts as a boolean, an integer, a list. There are three:

* :class:`JsonReader` — QMP: nothing is converted.
* :class:`OptsReader` — QEMU's older option syntax (``-netdev user,…``; ``QemuOpts``).
* :class:`KeyvalReader` — the newer one, with dotted keys (``-netdev stream,addr.type=…``). They differ
  in their words. Members of ``device_add`` are read by it too, even from QMP.

Each method takes a value and its full name, ``prefix + name``, and returns what it stands for or
raises :class:`NetdError`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeAlias, TypeVar

from netd.errors import NetdError
from netd.schema import numerals
from netd.schema.refusals import expects, invalid, unexpected, wrong_type
from netd.schema.repeated import Repeated

Given: TypeAlias = dict[str, Any]
_Number = TypeVar("_Number", int, float)

_YES = ("on", "yes", "true", "y")
_NO = ("off", "no", "false", "n")
_BOOLEANS = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
_OF_TEXT = (str, bool, int, float, type(None), list)  # what a text is taken for, the likeliest first


class JsonReader:
    """QMP's values: each has its type already."""

    element: ClassVar[str] = "[%d]"
    """What a list's element is called, behind the list's own name."""

    def string(self, value: Any, prefix: str, name: str) -> str:
        """A JSON string."""
        if value.__class__ is str:
            return value
        raise wrong_type(prefix + name, "string", value)

    def boolean(self, value: Any, prefix: str, name: str) -> bool:
        """``true`` or ``false``."""
        if value is True or value is False:
            return value
        raise wrong_type(prefix + name, "boolean")

    def integer(self, value: Any, prefix: str, name: str) -> int:
        """A JSON number without fraction and exponent."""
        if value.__class__ is int and -(2**63) <= value < 2**63:
            return value
        raise wrong_type(prefix + name, "integer")

    def natural(self, value: Any, prefix: str, name: str) -> int:
        """The same; QEMU takes negative ones for compatibility, and any other type for out of range."""
        if value.__class__ is int and -(2**63) <= value < 2**64:
            return value % 2**64
        raise expects(prefix + name, "uint64")

    size = natural

    def number(self, value: Any, prefix: str, name: str) -> float:
        """Any JSON number."""
        if value.__class__ is float or value.__class__ is int:
            return float(value)
        raise wrong_type(prefix + name, "number")

    def null(self, value: Any, prefix: str, name: str) -> None:
        """JSON's null."""
        if value is not None:
            raise wrong_type(prefix + name, "null")

    def elements(self, value: Any, prefix: str, name: str) -> list[Any]:
        """A JSON array."""
        if value.__class__ is list:
            return value
        raise wrong_type(prefix + name, "array")

    def mapping(self, value: Any, lone: str | None, prefix: str, name: str) -> Given:
        """A JSON object."""
        if value.__class__ is dict:
            return value
        raise wrong_type(prefix + name, "object")

    def kind(self, value: Any, kinds: tuple[type, ...]) -> type:
        """Which of ``kinds`` an alternate is to take it for: its own type."""
        kind: type = value.__class__
        return kind

    def unexpected(self, name: str, value: Any) -> NetdError:
        """Parameter … is unexpected."""
        return unexpected(name)


class TextReader:
    """What both flavours of option text have in common: every leaf is a text."""

    element: ClassVar[str] = ".%d"
    an_integer: ClassVar[str]
    a_natural: ClassVar[str]
    a_size: ClassVar[str]
    wraps: ClassVar[bool]
    """Whether an unsigned integer may be written as a negative one."""

    def string(self, value: Any, prefix: str, name: str) -> str:
        """A text; of several, the last."""
        if isinstance(value, Repeated):
            value = value[-1]
        if isinstance(value, str):
            return value
        if isinstance(value, dict | list):
            raise self.nested(prefix + name, value)
        raise wrong_type(prefix + name, "string", value)

    def boolean(self, value: Any, prefix: str, name: str) -> bool:
        """``on`` or ``off``, or another word for them, in lower case."""
        try:
            return _BOOLEANS[self.string(value, prefix, name)]
        except KeyError:
            raise expects(prefix + name, "'on' or 'off'") from None

    def integer(self, value: Any, prefix: str, name: str) -> int:
        """Decimal, ``0x…`` or octal."""
        return self._number(numerals.integer, self.an_integer, value, prefix, name)

    def natural(self, value: Any, prefix: str, name: str) -> int:
        """Decimal, ``0x…`` or octal."""
        return self._number(
            lambda text: numerals.natural(text, wrap=self.wraps), self.a_natural, value, prefix, name
        )

    def size(self, value: Any, prefix: str, name: str) -> int:
        """Bytes with a suffix: ``4k``, ``1.5M``."""
        return self._number(numerals.size, self.a_size, value, prefix, name)

    def number(self, value: Any, prefix: str, name: str) -> float:
        """A decimal fraction."""
        return self._number(numerals.real, "number", value, prefix, name)

    def null(self, value: Any, prefix: str, name: str) -> None:
        """The empty text."""
        if self.string(value, prefix, name):
            raise wrong_type(prefix + name, "null")

    def elements(self, value: Any, prefix: str, name: str) -> list[Any]:
        """A repeated key, or indexes; a key given once is a list of one."""
        if isinstance(value, list):
            return value
        if isinstance(value, str):
            return [value]
        raise wrong_type(prefix + name, "array")

    def mapping(self, value: Any, lone: str | None, prefix: str, name: str) -> Given:
        """Dotted keys. An object with one member may be written as that member."""
        if isinstance(value, dict):
            return value
        if lone is not None and isinstance(value, str):
            return {lone: value}
        raise wrong_type(prefix + name, "object")

    def kind(self, value: Any, kinds: tuple[type, ...]) -> type:
        """Which of ``kinds`` an alternate is to take it for: what it is, else the first a text can be."""
        if isinstance(value, list) and list in kinds:
            return list
        if isinstance(value, str | Repeated):
            return next((kind for kind in _OF_TEXT if kind in kinds), str)
        kind: type = value.__class__
        return kind

    def nested(self, name: str, value: Given | list[Any]) -> NetdError:
        """The refusal of dotted keys below a leaf."""
        raise NotImplementedError

    def unexpected(self, name: str, value: Any) -> NetdError:
        """The refusal of a member nobody knows, by its full name."""
        raise NotImplementedError

    def _number(
        self, read: Callable[[str], _Number], wanted: str, value: Any, prefix: str, name: str
    ) -> _Number:
        text = self.string(value, prefix, name)
        try:
            return read(text)
        except ValueError:
            raise expects(prefix + name, wanted) from None


class OptsReader(TextReader):
    """The older option syntax: one level of keys (``qapi/opts-visitor.c``)."""

    an_integer = "an int64 value"
    a_natural = "a uint64 value"
    a_size = "a size value"
    wraps = False

    def nested(self, name: str, value: Given | list[Any]) -> NetdError:
        """Invalid parameter, by the whole key as it was typed."""
        return invalid(_first_key(name, value))

    def unexpected(self, name: str, value: Any) -> NetdError:
        """Invalid parameter, by the whole key as it was typed."""
        return invalid(_first_key(name, value))


class KeyvalReader(TextReader):
    """The newer option syntax: dotted keys (``util/keyval.c``)."""

    an_integer = "integer"
    a_natural = "integer"
    a_size = "size"
    wraps = True

    def nested(self, name: str, value: Given | list[Any]) -> NetdError:
        """Parameters … are unexpected."""
        return NetdError(f"Parameters '{name}.*' are unexpected")

    def unexpected(self, name: str, value: Any) -> NetdError:
        """Parameter … is unexpected."""
        return unexpected(name)


def _first_key(name: str, value: Any) -> str:
    """The key, dots and all, that made a value: the first one of several."""
    while isinstance(value, dict | list) and value and not isinstance(value, Repeated):
        key, value = next(iter(value.items() if isinstance(value, dict) else enumerate(value)))
        name = f"{name}.{key}"
    return name


Reader: TypeAlias = JsonReader | TextReader
"""Any of them."""

JSON = JsonReader()
OPTS = OptsReader()
KEYVAL = KeyvalReader()
