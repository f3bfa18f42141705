"""Bytes to tokens: the machine, and its short cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.wire import lexer as lexing
from netd.wire.lexer import OVERSIZE, PIECE, STRAY, TOKENS, UNCOMMON, UNFINISHED, Lexer
from tests.wire.reading import NASTY

Token = tuple[int, bytes]

KINDS = [
    value
    for name, value in vars(lexing).items()
    if name.isupper() and name[0] != "_" and isinstance(value, int) and name != "PIECE"
]


def lex(data: bytes, max_text: int = 1 << 20) -> list[Token]:
    """The tokens that the machine makes."""
    lexer = Lexer(max_text)
    tokens, position = [], 0
    while position < len(data):
        position, kind = lexer.scan(data, position)
        if kind != UNFINISHED:
            tokens.append((kind, b"".join(lexer.take())))
    return tokens


def short_cut(data: bytes) -> list[Token]:
    """The tokens that the short cut makes of the beginning, as the machine would say it."""
    tokens = []
    for match in TOKENS.finditer(data):
        kind = match.lastindex or UNCOMMON
        if kind == UNCOMMON:
            break
        plain = kind == lexing.PLAIN
        token = (lexing.STRING, b'"%b"' % match[kind]) if plain else (kind, match[kind])
        tokens.append((lexing.NUMBER, token[1]) if kind == lexing.SMALL_INTEGER else token)
    return tokens


def test_kinds_are_the_groups_of_the_short_cut() -> None:
    assert sorted(KINDS) == list(range(15))
    assert TOKENS.groups == UNCOMMON
    text = b"""   "a":,{}[]'a'1 2.5 nul @"""
    found = [match.lastindex for match in TOKENS.finditer(text.lstrip())]
    assert found == list(range(1, 13))


@pytest.mark.parametrize(
    ("data", "tokens"),
    [
        (b"{", [(lexing.OPEN_OBJECT, b"{")]),
        (b" \t\r\n]", [(lexing.CLOSE_LIST, b"]")]),
        (b'"a\\"b"', [(lexing.STRING, b'"a\\"b"')]),
        (b"'a\"b'", [(lexing.STRING, b"'a\"b'")]),
        (b'"\xfd\x80"', [(lexing.STRING, b'"\xfd\x80"')]),
        (b"-12.5e+3,", [(lexing.NUMBER, b"-12.5e+3"), (lexing.COMMA, b",")]),
        (b"0e1 ", [(lexing.NUMBER, b"0"), (lexing.KEYWORD, b"e"), (lexing.NUMBER, b"1")]),
        (b"12", []),
        (b"01", [(STRAY, b"01")]),
        (b"1.}", [(STRAY, b"1.}")]),
        (b'"a\n"\n', [(STRAY, b'"a\n')]),
        (b'"a\n"b:', [(STRAY, b'"a\n'), (lexing.COLON, b":")]),
        (b'"\\\xff', [(STRAY, b'"\\\xff')]),
        (b"@ab\tc{", [(STRAY, b"@"), (lexing.OPEN_OBJECT, b"{")]),
        (b"@\xff", [(STRAY, b"@"), (STRAY, b"\xff")]),
        (b"A\nB\n", [(STRAY, b"A"), (STRAY, b"B")]),
    ],
)
def test_tokens(data: bytes, tokens: list[Token]) -> None:
    assert lex(data) == tokens


@given(NASTY | st.binary())
def test_the_short_cut_makes_the_tokens_of_the_machine(data: bytes) -> None:
    tokens = short_cut(data)
    assert lex(data)[: len(tokens)] == tokens


@given(NASTY)
def test_every_byte_is_in_one_token_or_skipped(data: bytes) -> None:
    position = 0
    for _, text in lex(data):
        position = data.index(text, position) + len(text)


def test_text_is_gathered_in_pieces() -> None:
    lexer = Lexer(1 << 20)
    for _ in range(100):
        assert lexer.scan(b"a" * 1000, 0) == (1000, UNFINISHED)
    assert lexer.size == 100_000
    assert not lexer.idle
    pieces = lexer.take()
    assert b"".join(pieces) == b"a" * 100_000
    assert all(PIECE <= len(piece) < 2 * PIECE for piece in pieces[:-1])
    assert lexer.size == 0


def test_a_token_over_the_limit_is_cut() -> None:
    assert lex(b'"aaaaaaaaaab"', max_text=10)[0] == (OVERSIZE, b'"aaaaaaaaaa')
    assert lex(b"aaaaaaaaaaab ", max_text=10) == [(OVERSIZE, b"a" * 11), (lexing.KEYWORD, b"b")]
    assert lex(b"aaaaaaaaaa ", max_text=10) == [(lexing.KEYWORD, b"a" * 10)]


def test_a_token_that_ends_where_it_would_be_cut_is_whole() -> None:
    assert lex(b'"aaaaaaaaa"', max_text=10) == [(lexing.STRING, b'"aaaaaaaaa"')]


def test_reset_forgets_the_state() -> None:
    lexer = Lexer(100)
    lexer.scan(b'"a', 0)
    lexer.take()
    lexer.reset()
    assert lexer.idle
    assert lexer.scan(b"{", 0) == (1, lexing.OPEN_OBJECT)
