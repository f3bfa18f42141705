"""Numbers as people type them, read as QEMU's C library calls read them.

Each function returns the value or raises ``ValueError``. Leading blanks and a sign are taken
as ``strtoll`` does, ``0x`` is hexadecimal and a leading ``0`` octal; the whole text must be
used up (``util/cutils.c``).
"""

from __future__ import annotations

import math
import re

_BLANKS = r"[ \t\n\v\f\r]*"
_INTEGER = re.compile(rf"{_BLANKS}(?P<sign>[+-]?)(?P<digits>0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
_SIZE = re.compile(
    rf"{_BLANKS}\+?(?:(?P<hex>0[xX][0-9a-fA-F]+)|(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]*))?)(?P<unit>[bkmgtpe]?)",
    re.IGNORECASE,
)
_REAL = re.compile(rf"{_BLANKS}[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

_UNITS = "bkmgtpe"  # each 1024 times the one before


def integer(text: str) -> int:
    """A 64-bit signed integer (``qemu_strtoi64`` with base 0)."""
    value = _parse(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError(text)
    return value


def natural(text: str, *, wrap: bool) -> int:
    """A 64-bit unsigned integer.

    With ``wrap`` a minus sign counts from 2⁶⁴ down (``qemu_strtou64``), else it is refused
    (``parse_uint``).
    """
    value = _parse(text)
    if abs(value) >= 2**64 or (not wrap and "-" in text):
        raise ValueError(text)
    return value % 2**64


def size(text: str) -> int:
    """Bytes, with an optional suffix and then an optional fraction (``qemu_strtosz``).

    A fraction of a byte is rounded, a half upwards; without a suffix there is no fraction.
    Here a leading ``0`` is not octal.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    unit = 1024 ** _UNITS.index((match["unit"] or "b").lower())
    value = int(match["hex"], 16) * unit if match["hex"] else _scaled(match["whole"], match["part"], unit)
    if value >= 2**64:
        raise ValueError(text)
    return value


def real(text: str) -> float:
    """A finite double (``qemu_strtod_finite``, without C's hexadecimal form)."""
    if not _REAL.fullmatch(text) or not math.isfinite(value := float(text)):
        raise ValueError(text)
    return value


def _parse(text: str) -> int:
    match = _INTEGER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    digits = match["digits"]
    base = 16 if digits[:2] in ("0x", "0X") else 8 if digits[0] == "0" else 10
    value = int(digits, base)
    return -value if match["sign"] == "-" else value


def _scaled(whole: str, part: str | None, unit: int) -> int:
    """``whole.part`` units. QEMU holds the fraction as 64 bits after the point, taken from a double."""
    fraction = int(float(f"0.{part or 0}") * 2**64)
    if unit == 1 and fraction:
        raise ValueError(f"{whole}.{part}")
    return int(whole) * unit + (fraction * unit + 2**63 >> 64)
