"""What a string, a number or a keyword means, and QEMU's complaint about one that means nothing.

After ``qobject/json-parser.c``. The text of a token is given as it stood on the wire.
"""

from __future__ import annotations

from typing import Final

from netd.errors import Malformed
from netd.wire.big import LongString
from netd.wire.unicode import CHARACTERS, SURROGATES, repaired, unescape

PREFIX: Final = "JSON parse error, "
"""What QEMU's complaints about JSON begin with, but for those about its limits."""

_INTEGER_DIGITS = 20  # of the largest UINT64; a sign makes one more
_INTEGERS = range(-(2**63), 2**64)
_KEYWORDS: Final[dict[bytes, bool | None]] = {b"true": True, b"false": False, b"null": None}


class BadLiteral(Malformed):
    """A literal that means nothing; ``desc`` is QEMU's text."""

    def __init__(self, desc: str | LongString) -> None:
        super().__init__()
        self.desc = desc


def string(text: bytes) -> str:
    """The text in quotes of either kind."""
    match = CHARACTERS.match(text, 1)
    assert match is not None  # it may be empty
    if match.end() < len(text):
        raise bad_string(text[match.end() :])
    return unescape(text[1:-1])


def bad_string(rest: bytes) -> BadLiteral:
    """The complaint about what is no character at the beginning of ``rest``, which goes on to the quote."""
    if rest[:1] != b"\\":
        return BadLiteral(f"{PREFIX}invalid UTF-8 sequence in string")
    if rest[:2] != b"\\u":
        return BadLiteral(f"{PREFIX}invalid escape sequence in string")
    shown = rest[:12] if SURROGATES.match(rest) else rest[:6]
    return BadLiteral(f"{PREFIX}{repaired(shown)} is not a valid Unicode character")


def number(text: bytes) -> int | float:
    """An int where it fits 64 bits, signed or not; else a double, which may be infinite."""
    if len(text) <= _INTEGER_DIGITS and text.lstrip(b"-").isdigit() and (value := int(text)) in _INTEGERS:
        return value
    return float(text)


def keyword(text: bytes) -> bool | None:
    """``true``, ``false`` or ``null``."""
    try:
        return _KEYWORDS[text]
    except KeyError:
        raise BadLiteral(f"{PREFIX}invalid keyword '{text.decode()}'") from None
