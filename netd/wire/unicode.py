"""QEMU's idea of text: UTF-8 without non-characters, with U+0000 also as C0 80.

``util/unicode.c``: a surrogate, a non-character (U+FDD0 to U+FDEF, and the last two of each
plane) and an overlong form are no characters, except that C0 80 is U+0000.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

LONGEST: Final = 12
"""Bytes of the longest way to write a character: a surrogate pair, ``\\uD83D\\uDE00``."""

_SIMPLE = rb"\\[\"'\\/bfnrt]"
_SURROGATE = rb"[dD][89a-fA-F]"
_NO_CHARACTER = _SURROGATE + rb"|[fF][dD][dDeE]|[fF]{3}[eEfF]"
_SINGLE = rb"\\u(?!" + _NO_CHARACTER + rb")[0-9a-fA-F]{4}"
_HIGH_AND_LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LAST_OF_PLANE = rb"..[dD].[37bBfF][fF]..[dD][fF]{2}[eEfF]"
_PAIR = rb"(?!" + _LAST_OF_PLANE + rb")" + _HIGH_AND_LOW

_MULTIBYTE = rb"|".join(
    (
        rb"\xc0\x80",
        rb"[\xc2-\xdf][\x80-\xbf]",
        rb"\xe0[\xa0-\xbf][\x80-\xbf]",
        rb"[\xe1-\xec\xee][\x80-\xbf]{2}",
        rb"\xed[\x80-\x9f][\x80-\xbf]",
        rb"\xef[\x80-\xb6\xb8-\xbe][\x80-\xbf]",
        rb"\xef\xb7[\x80-\x8f\xb0-\xbf]",
        rb"\xef\xbf[\x80-\xbd]",
        rb"(?!.[\x8f\x9f\xaf\xbf]\xbf[\xbe\xbf])"
        rb"(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2}",
    )
)

CHARACTERS: Final = re.compile(
    rb"(?:[^\\\x00-\x1f\x80-\xff]++|" + rb"|".join((_SIMPLE, _SINGLE, _PAIR, _MULTIBYTE)) + rb")*"
)
"""As many characters of a string literal, plain or escaped, as are well written."""

SURROGATES: Final = re.compile(_HIGH_AND_LOW)
"""A surrogate pair, be it of a character or not."""

_BROKEN = rb"|".join(
    (
        rb"[\x80-\xbf\xfe\xff]",
        rb"[\xc0-\xdf][\x80-\xbf]?",
        rb"[\xe0-\xef][\x80-\xbf]{0,2}",
        rb"[\xf0-\xf7][\x80-\xbf]{0,3}",
        rb"[\xf8-\xfb][\x80-\xbf]{0,4}",
        rb"[\xfc\xfd][\x80-\xbf]{0,5}",
    )
)
_WHOLE_BEFORE_BROKEN = re.compile(rb"((?:[\x00-\x7f]++|" + _MULTIBYTE + rb")*)(?:" + _BROKEN + rb")")

TAIL: Final = re.compile(
    rb"(?:[\xc0-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf7][\x80-\xbf]{0,2}"
    rb"|[\xf8-\xfb][\x80-\xbf]{0,3}|[\xfc\xfd][\x80-\xbf]{0,4})\Z"
)
"""The beginning of a character at the end of some bytes, whose rest may follow."""

_decode_json = msgspec.json.Decoder(str).decode


def unescape(literal: bytes) -> str:
    """The text that a string literal means, given without its quotes; all of it are CHARACTERS."""
    if b"\\" in literal or b"\xc0" in literal:
        return _decode_json(b'"%b"' % _as_rfc_8259(literal))
    return literal.decode()


def repaired(text: bytes) -> str:
    """Text as QEMU writes it whatever it holds: U+FFFD for each sequence that is no character."""
    if not text.isascii():
        whole = _WHOLE_BEFORE_BROKEN.findall(text + b"\xff")
        text = "\N{REPLACEMENT CHARACTER}".encode().join(whole).replace(b"\xc0\x80", b"\0")
    return text.decode()


def _as_rfc_8259(literal: bytes) -> bytes:
    """The same literal for a JSON parser that knows neither C0 80 nor single quotes."""
    literal = literal.replace(b"\xc0\x80", rb"\u0000")
    # Once no backslash escapes a backslash, each one begins an escape.
    literal = literal.replace(rb"\\", rb"\u005c").replace(rb"\'", b"'")
    return literal.replace(rb"\"", b'"').replace(b'"', rb"\"")
