"""Long literals, a piece at a time: what :mod:`netd.wire.literals` does, for up to 64 MiB.

Each function is a generator that yields PAUSE at least once a millisecond of work and returns the
value. It is given the token's text in pieces, which it takes out of the list as it goes; what is
left in the list after a :class:`BadLiteral` is for the caller to free.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import TypeAlias, TypeVar

from netd.wire.big import LONG_STRING, LongString
from netd.wire.literals import PREFIX, BadLiteral, bad_string
from netd.wire.steps import PAUSE, Pause
from netd.wire.unicode import CHARACTERS, LONGEST, TAIL, repaired, unescape

T = TypeVar("T")
Steps: TypeAlias = Generator[Pause, None, T]

_DIGITS_KEPT = 800
"""Digits that can make a difference to a double, if one more tells whether others follow: 767."""

_EXPONENT_KEPT = 12  # digits, far beyond what is infinite or zero

_RUNS_OF_A_NUMBER = re.compile(rb"[0-9]++|[^0-9]")


def string(pieces: list[bytes]) -> Steps[str | LongString]:
    """The text in quotes of either kind."""
    text = LongString()
    window = b""
    skip = 1  # the quote
    for piece in _drain(pieces):
        window = (window + piece)[skip:]
        skip = 0
        match = CHARACTERS.match(window)
        assert match is not None  # it may be empty
        end = match.end()
        if not pieces and end == len(window):
            end -= 1  # the other quote
        elif not pieces or len(window) - end > LONGEST:
            pieces += text.pieces  # to be freed piecemeal by whoever catches this
            raise bad_string(window[end:])
        text.append(unescape(window[:end]).encode())
        window = window[end:]
        if pieces:
            yield PAUSE
    return shortest(text)


def number(pieces: list[bytes]) -> Steps[float]:
    """A double; no int is so long."""
    decimal = _Decimal()
    for piece in _drain(pieces):
        decimal.feed(piece)
        if pieces:
            yield PAUSE
    return decimal.value


def keyword(pieces: list[bytes]) -> Steps[bool | None]:
    """None is so long: raises :class:`BadLiteral`."""
    raise BadLiteral((yield from _quotation("invalid keyword", pieces)))


def stray(pieces: list[bytes]) -> Steps[str | LongString]:
    """The complaint about a lexical error, which is the last byte of the text."""
    pieces[-1] = pieces[-1].partition(b"\0")[0]
    return (yield from _quotation("stray", pieces))


def shortest(text: LongString) -> str | LongString:
    """The same as a str unless it is long."""
    return text if text.size > LONG_STRING else str(text)


def _quotation(fault: str, pieces: list[bytes]) -> Steps[str | LongString]:
    text = LongString([f"{PREFIX}{fault} '".encode()])
    window = b""
    for piece in _drain(pieces):
        window += piece
        tail = TAIL.search(window) if pieces else None
        end = tail.start() if tail else len(window)
        text.append(repaired(window[:end]).encode())
        window = window[end:]
        if pieces:
            yield PAUSE
    text.append(b"'")
    return shortest(text)


def _drain(pieces: list[bytes]) -> Iterator[bytes]:
    """The pieces in order; the list holds those still to come."""
    pieces.reverse()
    while pieces:
        yield pieces.pop()


class _Decimal:
    """A long number, reduced while it comes to what matters to a double."""

    def __init__(self) -> None:
        self._part = b""  # what this part of it began with: nothing, the point or an e
        self._digits = b""  # the first significant ones
        self._more = 0  # 1 if there are others than 0 after these
        self._scale = 0  # the power of ten of the last of these
        self._exponent = b""
        self._signs = {b"": b"", b"e": b""}

    def feed(self, text: bytes) -> None:
        """Take in more of its text."""
        for run in _RUNS_OF_A_NUMBER.findall(text):
            if run in b"eE.":
                self._part = run.lower()
            elif run in b"+-":
                self._signs[self._part] = run
            elif self._part == b"e":
                self._exponent = (self._exponent + run).lstrip(b"0")[:_EXPONENT_KEPT]
            else:
                self._take(run)

    def _take(self, digits: bytes) -> None:
        significant = digits if self._digits else digits.lstrip(b"0")
        kept = significant[: _DIGITS_KEPT - len(self._digits)]
        left_out = significant[len(kept) :]
        self._digits += kept
        self._more |= bool(left_out.strip(b"0"))
        self._scale += len(left_out) - (len(digits) if self._part else 0)

    @property
    def value(self) -> float:
        """The double nearest to it."""
        exponent = int(self._signs[b"e"] + (self._exponent or b"0"))
        digits = self._signs[b""] + (self._digits or b"0") + b"1" * self._more
        return float(b"%be%d" % (digits, exponent + self._scale - self._more))
