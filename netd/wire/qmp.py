"""QMP's JSON as QEMU reads and writes it: bytes to messages, and values to bytes.

:class:`Parser` reads, :func:`encode` and :func:`encode_pieces` write, :func:`dispose` frees.
Nothing here does I/O or waits.

Theory of operation
-------------------
Bytes go through the lexer's table to tokens, and those to values::

    bytes ─▶ lexer ─▶ (kind, text) ─▶ assembler ─▶ Message, ParseError
                        literals, unicode: what the text of a token means
                        stepwise: the same for long tokens, piece by piece

What a client sends decides how long this takes, so it is all done in steps of less than about a
millisecond, with a :data:`PAUSE` between them: a step is at most ``STEP`` tokens, 4 KiB of text,
or a few hundred nodes freed. What cannot be made in one step is a
:class:`~netd.wire.big.LongString` or :class:`~netd.wire.big.LongObject`.

What the caller has to do:

* let others run at each PAUSE;
* free big values with :func:`dispose`, and a parser that holds something with :meth:`Parser.abandon`;
* keep Python's cyclic collector away from big trees. It looks at every container there is
  whenever those made since last time are a quarter of all, which takes 30 ms for a million. A
  tree of JSON has no cycles and nothing for it to find, so switch full collections off
  (``gc.set_threshold(700, 10, 1 << 30)``; the young generations take some ten microseconds),
  ``gc.freeze()`` what is there after start-up, and collect when no parser holds much.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from netd.wire import stepwise
from netd.wire.assembler import TOKEN_METHODS, Assembler
from netd.wire.big import LongObject, LongString, dispose
from netd.wire.encoder import encode, encode_pieces
from netd.wire.lexer import (
    KEYWORD,
    NUMBER,
    PIECE,
    STRAY,
    STRING,
    TOKENS,
    UNCOMMON,
    UNFINISHED,
    Lexer,
)
from netd.wire.literals import BadLiteral
from netd.wire.steps import PAUSE, Message, ParseError, Pause, Step

__all__ = [
    "PAUSE",
    "LongObject",
    "LongString",
    "Message",
    "ParseError",
    "Parser",
    "Pause",
    "Step",
    "dispose",
    "encode",
    "encode_pieces",
]

STEP: Final = 256
"""Tokens between two pauses at most."""

_READERS: Final = {STRING: stepwise.string, NUMBER: stepwise.number, KEYWORD: stepwise.keyword}


class Parser:
    """The incoming side of one session.

    ``max_text`` is the bytes that the tokens of a message may have in all, ``max_tokens`` how
    many there may be, ``max_depth`` how many brackets may be open; the defaults are QEMU's.
    """

    def __init__(self, *, max_text: int = 64 << 20, max_tokens: int = 2 << 20, max_depth: int = 1024) -> None:
        self._lexer = Lexer(max_text)
        self._assembler = Assembler(max_text=max_text, max_tokens=max_tokens, max_depth=max_depth)

    @property
    def held(self) -> int:
        """About how many bytes of memory the unfinished message takes; 0 between messages."""
        return self._assembler.held + self._lexer.size

    def feed(self, data: bytes) -> Iterator[Step]:
        """Read more, in pieces however cut: yields what the peer has said, and :data:`PAUSE`.

        Go through all that it yields before the next call. Never raises.
        """
        if len(data) <= PIECE:
            return self._read(data)
        return self._read_long(data)

    def abandon(self) -> Iterator[Step]:
        """Forget the unfinished message, a little at a time: yields only :data:`PAUSE`."""
        self._assembler.abandon()
        self._assembler.trash.append(self._lexer.take())
        self._lexer.reset()
        return self._outcomes()

    def _read_long(self, data: bytes) -> Iterator[Step]:
        for start in range(0, len(data), PIECE):
            yield from self._read(data[start : start + PIECE])
            yield PAUSE

    def _read(self, data: bytes) -> Iterator[Step]:
        position = 0
        credit = iter(range(STEP))
        while position < len(data):
            if next(credit, None) is None:
                yield PAUSE
                credit = iter(range(STEP))
            position = self._read_common(data, position, credit)
            if position < len(data):
                position, kind = self._lexer.scan(data, position)
                if kind != UNFINISHED:
                    yield from self._take(kind)
            if self._assembler.outcomes or self._assembler.trash:
                yield from self._outcomes()

    def _read_common(self, data: bytes, position: int, credit: Iterator[int]) -> int:
        """Read whole tokens as far as they are common and there is credit."""
        assembler = self._assembler
        if not self._lexer.idle or not assembler.has_room(STEP, len(data)):
            return position
        match = None
        for _, match in zip(credit, TOKENS.finditer(data, position), strict=False):
            kind = match.lastindex or UNCOMMON
            if kind == UNCOMMON:
                return match.start()
            TOKEN_METHODS[kind](assembler, match[kind])
        return match.end() if match else position

    def _take(self, kind: int) -> Iterator[Step]:
        """Hand the lexer's token on."""
        size = self._lexer.size
        pieces = self._lexer.take()
        if kind == STRAY:
            self._assembler.drop((yield from stepwise.stray(pieces)))
        elif self._assembler.admit(size):
            if len(pieces) == 1:
                TOKEN_METHODS[kind](self._assembler, pieces[0])
            elif self._assembler.expects_value(size):
                yield from self._take_long(kind, pieces)
        if len(pieces) > 1:
            self._assembler.trash.append(pieces)

    def _take_long(self, kind: int, pieces: list[bytes]) -> Iterator[Step]:
        try:
            value = yield from _READERS[kind](pieces)
        except BadLiteral as bad:
            self._assembler.refuse(bad.desc)
        else:
            self._assembler.literal(value)

    def _outcomes(self) -> Iterator[Step]:
        assembler = self._assembler
        outcomes, assembler.outcomes = assembler.outcomes, []
        trash, assembler.trash = assembler.trash, []
        yield from outcomes
        for _ in dispose(trash):
            yield PAUSE
