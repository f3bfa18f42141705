"""Bytes to tokens: QEMU's JSON lexer (``qobject/json-lexer.c``) as a table.

Theory of operation
-------------------
The lexer is a machine of few states; each byte leads to another state or ends a token. What it
does at every byte is part of the interface, since errors quote what was read and go on from there:

* a byte that fits nowhere ends the token as an error, and is the last of its text; then all is
  skipped up to a byte that may begin something new (a bracket, ``:``, ``,``, a control character
  but tab, FE or FF), which is read as if nothing had been;
* numbers and keywords end only at the next byte, which is then read again;
* there is nothing special about FF but that it fits nowhere;
* a token that grows too long is cut, and what follows is read as if a new one began there.

:data:`TOKENS` is a short cut for what is common: whole tokens that the machine would make of the same
bytes. All else goes through the machine, a run of like bytes at a time.
"""

from __future__ import annotations

import re
from typing import Final

PIECE: Final = 4 << 10
"""Bytes gathered in one piece of a long token, and parsed at one go."""

# Kinds of token; those up to UNCOMMON are the groups of TOKENS.
PLAIN: Final = 1  # a double-quoted string of ASCII without escapes, its text without the quotes
COLON: Final = 2
COMMA: Final = 3
OPEN_OBJECT: Final = 4
CLOSE_OBJECT: Final = 5
OPEN_LIST: Final = 6
CLOSE_LIST: Final = 7
STRING: Final = 8  # any string, with its quotes
SMALL_INTEGER: Final = 9  # of at most 18 digits
NUMBER: Final = 10
KEYWORD: Final = 11
UNCOMMON: Final = 12  # a byte that TOKENS leaves to the machine
STRAY: Final = 13  # a lexical error
OVERSIZE: Final = 14  # the beginning of a token that is longer than any message may be
UNFINISHED: Final = 0  # no token yet

# States.
_START: Final = 0
_RECOVERY: Final = 1  # states above gather text
_DOUBLE, _DOUBLE_ESCAPE, _SINGLE, _SINGLE_ESCAPE = range(2, 6)
_SIGN, _ZERO, _DIGITS, _POINT, _FRACTION, _EXPONENT, _EXPONENT_SIGN, _EXPONENT_DIGITS = range(6, 14)
_WORD: Final = 14

_END: Final = 0x20  # plus a kind of token: the token ends
_AGAIN: Final = 0x80  # the byte is not of this token, read it again

_CONTROL = bytes(range(0x20))
_NEVER = b"\xfe\xff"  # in UTF-8
_UNFIT = _CONTROL + _NEVER  # for a string
_NONZERO = b"123456789"
_DIGIT = b"0" + _NONZERO
_LETTER = bytes(range(ord("a"), ord("z") + 1))
_SPACE = b" \t\r\n"
_PUNCTUATION = {
    b":": COLON,
    b",": COMMA,
    b"{": OPEN_OBJECT,
    b"}": CLOSE_OBJECT,
    b"[": OPEN_LIST,
    b"]": CLOSE_LIST,
}

_FAIL = _END + STRAY
_END_NUMBER = _AGAIN | (_END + NUMBER)


def _row(otherwise: int, *rules: tuple[bytes, int]) -> bytes:
    row = bytearray([otherwise]) * 256
    for characters, target in rules:
        for character in characters:
            row[character] = target
    return bytes(row)


_TABLE: Final = {
    _START: _row(
        _FAIL,
        (_SPACE, _START),
        (b'"', _DOUBLE),
        (b"'", _SINGLE),
        (b"-", _SIGN),
        (b"0", _ZERO),
        (_NONZERO, _DIGITS),
        (_LETTER, _WORD),
        *((mark, _END + kind) for mark, kind in _PUNCTUATION.items()),
    ),
    _RECOVERY: _row(
        _RECOVERY,
        (_CONTROL.replace(b"\t", b"") + _NEVER + b"".join(_PUNCTUATION), _AGAIN | _START),
    ),
    _DOUBLE: _row(_DOUBLE, (_UNFIT, _FAIL), (b"\\", _DOUBLE_ESCAPE), (b'"', _END + STRING)),
    _DOUBLE_ESCAPE: _row(_DOUBLE, (_UNFIT, _FAIL)),
    _SINGLE: _row(_SINGLE, (_UNFIT, _FAIL), (b"\\", _SINGLE_ESCAPE), (b"'", _END + STRING)),
    _SINGLE_ESCAPE: _row(_SINGLE, (_UNFIT, _FAIL)),
    _SIGN: _row(_FAIL, (b"0", _ZERO), (_NONZERO, _DIGITS)),
    _ZERO: _row(_END_NUMBER, (_DIGIT, _FAIL), (b".", _POINT)),  # 0e1 is two tokens
    _DIGITS: _row(_END_NUMBER, (_DIGIT, _DIGITS), (b".", _POINT), (b"eE", _EXPONENT)),
    _POINT: _row(_FAIL, (_DIGIT, _FRACTION)),
    _FRACTION: _row(_END_NUMBER, (_DIGIT, _FRACTION), (b"eE", _EXPONENT)),
    _EXPONENT: _row(_FAIL, (_DIGIT, _EXPONENT_DIGITS), (b"+-", _EXPONENT_SIGN)),
    _EXPONENT_SIGN: _row(_FAIL, (_DIGIT, _EXPONENT_DIGITS)),
    _EXPONENT_DIGITS: _row(_END_NUMBER, (_DIGIT, _EXPONENT_DIGITS)),
    _WORD: _row(_AGAIN | (_END + KEYWORD), (_LETTER, _WORD)),
}
"""Where each byte leads: to a state, or to ``_END`` plus a kind."""

_IN_DOUBLE = rb'(?:[^"\\\x00-\x1f\xfe\xff]++|\\[\x20-\xfd])*'
_IN_SINGLE = rb"(?:[^'\\\x00-\x1f\xfe\xff]++|\\[\x20-\xfd])*"
_NO_RUN = re.compile(b"")
_DIGIT_RUN = re.compile(rb"[0-9]*+")

_RUNS: Final = {
    _START: re.compile(rb"[ \t\r\n]*+"),
    _RECOVERY: re.compile(rb"[^\x00-\x08\x0a-\x1f{}\[\]:,\xfe\xff]*+"),
    _DOUBLE: re.compile(_IN_DOUBLE),
    _SINGLE: re.compile(_IN_SINGLE),
    _DIGITS: _DIGIT_RUN,
    _FRACTION: _DIGIT_RUN,
    _EXPONENT_DIGITS: _DIGIT_RUN,
    _WORD: re.compile(rb"[a-z]*+"),
}
"""Bytes that lead from a state back to it."""

_CLOSED = rb"(?=[,\]} \t\r\n])"  # surely ends a number or keyword

TOKENS: Final = re.compile(
    rb"(?s:"
    rb'"([\x20\x21\x23-\x5b\x5d-\x7f]*+)"'
    rb"|(:)|(,)|(\{)|(\})|(\[)|(\])"
    rb'|("' + _IN_DOUBLE + rb"\"|'" + _IN_SINGLE + rb"')"
    rb"|(-?(?:0|[1-9][0-9]{0,17}+))" + _CLOSED + rb"|"
    rb"(-?(?:0(?![eE])|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)" + _CLOSED + rb"|"
    rb"([a-z]++)" + _CLOSED + rb"|"
    rb"(.)"
    rb")[ \t\r\n]*+"
)  # fmt: skip
"""A whole token and the white space after it; the group that matched is the kind. Matches anywhere."""


class Lexer:
    """The machine between two feeds: its state and the text of an unfinished token.

    ``size`` is the length of that text in bytes; at ``max_text`` + 1 the token is cut.
    """

    __slots__ = ("_max_text", "_pieces", "_state", "_tail", "size")

    def __init__(self, max_text: int) -> None:
        self._max_text = max_text
        self._state = _START
        self._pieces: list[bytes] = []
        self._tail = bytearray()
        self.size = 0

    @property
    def idle(self) -> bool:
        """Whether a token may begin here, so that :data:`TOKENS` applies."""
        return self._state == _START

    def scan(self, data: bytes, position: int) -> tuple[int, int]:
        """Read on from there: where it stopped, and the kind of token that ended (or UNFINISHED)."""
        while position < len(data):
            position = self._run(data, position)
            if position < len(data) and self.size <= self._max_text:
                target = _TABLE[self._state][data[position]]
                if target & _AGAIN:
                    target -= _AGAIN
                else:
                    self._keep(data[position : position + 1])
                    position += 1
                if target >= _END:
                    kind = target - _END
                    self._state = _RECOVERY if kind == STRAY else _START
                    return position, kind
                self._state = target
            if self.size > self._max_text:
                self._state = _START
                return position, OVERSIZE
        return position, UNFINISHED

    def take(self) -> list[bytes]:
        """The token's text, which the lexer forgets; each piece is shorter than two of ``PIECE``."""
        pieces, tail = self._pieces, bytes(self._tail)
        if tail or not pieces:
            pieces.append(tail)
        self._pieces = []
        self._tail.clear()
        self.size = 0
        return pieces

    def reset(self) -> None:
        """Forget where it was; the text must have been taken."""
        self._state = _START

    def _run(self, data: bytes, position: int) -> int:
        state = self._state
        match = _RUNS.get(state, _NO_RUN).match(data, position)
        assert match is not None  # every run may be empty
        end = match.end()
        if state > _RECOVERY and end > position:
            end = min(end, position + self._max_text + 1 - self.size)
            self._keep(data[position:end])
        return end

    def _keep(self, data: bytes) -> None:
        self._tail += data
        self.size += len(data)
        if len(self._tail) >= PIECE:
            self._pieces.append(bytes(self._tail))
            self._tail.clear()
