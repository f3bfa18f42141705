"""Long literals mean the same as short ones, in however many pieces they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netd.wire import literals, stepwise
from netd.wire.big import LONG_STRING, LongString
from netd.wire.literals import BadLiteral
from netd.wire.steps import PAUSE
from netd.wire.unicode import repaired
from tests.wire.reading import FRAGMENTS, cut

PLACES = st.lists(st.integers(0, 200), max_size=12)


def finish(steps: stepwise.Steps[Any]) -> Any:
    """The value in the end."""
    while True:
        try:
            assert next(steps) is PAUSE
        except StopIteration as done:
            return done.value


def outcome(read: Callable[[], Any]) -> Any:
    """The value, or what is said instead."""
    try:
        return read()
    except BadLiteral as bad:
        return bad.desc, BadLiteral


STRING_PARTS = st.sampled_from(
    [
        *(
            b"a",
            b"bcd",
            b"\\n",
            b"\\'",
            b'\\"',
            b"\\\\",
            b"\\/",
            b"\\u0041",
            b"\\u00",
            b"\\ud83d\\ude00",
            b"\\ud83d",
        ),
        *(
            b"\xc0\x80",
            b"\xc3\xa9",
            b"\xe2\x82\xac",
            b"\xf0\x9f\x98\x80",
            b"\xed\xa0\x80",
            b"\x80",
            b"\xc3",
            b"\\q",
        ),
        *(b"x" * 20, b"\\uFFFE", b"\\ud83f\\udffe", b"\\u12zz"),
    ]
)


@given(st.lists(STRING_PARTS, max_size=12).map(b"".join), PLACES)
@example(b"\\ud83d\\ude00", [7])
@example(b"a\\u12", [3])
def test_strings(text: bytes, places: list[int]) -> None:
    quoted = b'"%b"' % text
    pieces = list(cut(quoted, places))
    assert outcome(lambda: finish(stepwise.string(pieces))) == outcome(lambda: literals.string(quoted))


def test_pieces_are_taken_as_they_are_read() -> None:
    pieces = [b'"aa'] + [b"b" * 10] * 100 + [b'"']
    steps = stepwise.string(pieces)
    for left in range(101, 91, -1):
        assert next(steps) is PAUSE
        assert len(pieces) == left


def test_what_a_bad_string_leaves_is_in_the_list() -> None:
    pieces = [b'"aa', b"bb\\q" + b"c" * 20, b"dd", b'"']
    with pytest.raises(BadLiteral):
        finish(stepwise.string(pieces))
    assert set(pieces) == {b"aa", b"dd", b'"'}


@pytest.mark.parametrize("size", [LONG_STRING, LONG_STRING + 1])
def test_long_means_more_than_the_limit(size: int) -> None:
    value = finish(stepwise.string([b'"', b"a" * size, b'"']))
    assert isinstance(value, LongString if size > LONG_STRING else str)
    assert str(value) == "a" * size


NUMBERS = st.from_regex(
    rb"-?(0|[1-9][0-9]{0,900})(\.[0-9]{1,900})?([eE][+-]?0{0,50}[0-9]{1,4})?", fullmatch=True
)


@given(NUMBERS, PLACES)
def test_numbers(text: bytes, places: list[int]) -> None:
    assert repr(finish(stepwise.number(list(cut(text, places))))) == repr(float(text))


@pytest.mark.parametrize(
    "text",
    [
        b"1" * 2000,
        b"-" + b"9" * 300,
        b"0." + b"0" * 320 + b"1" + b"5" * 2000,
        b"1" + b"0" * 2000 + b"e-2000",
        b"1." + b"0" * 1500 + b"1",
        b"9007199254740993" + b"0" * 300 + b".0" + b"0" * 2000,  # half way between two doubles
        b"9007199254740993" + b"." + b"0" * 2000 + b"1",
        b"9007199254740993" + b"." + b"0" * 2000,
        b"-0." + b"0" * 3000,
        b"1e" + b"0" * 3000 + b"5",
        b"1e-" + b"9" * 3000,
        b"0." + b"0" * 3000 + b"e" + b"9" * 3000,
        b"1e+" + b"9" * 3000,
    ],
)
def test_very_long_numbers(text: bytes) -> None:
    pieces = [text[at : at + 100] for at in range(0, len(text), 100)]
    assert repr(finish(stepwise.number(pieces))) == repr(float(text))


def test_words() -> None:
    with pytest.raises(BadLiteral) as caught:
        finish(stepwise.keyword([b"ab", b"cd"]))
    assert caught.value.desc == "JSON parse error, invalid keyword 'abcd'"


@given(st.lists(FRAGMENTS, max_size=12).map(b"".join), PLACES)
def test_strays_are_repaired_and_end_at_a_nul(text: bytes, places: list[int]) -> None:
    text = text.replace(b"\0", b"") + b"\0"
    said = finish(stepwise.stray(list(cut(text, places))))
    assert said == f"JSON parse error, stray '{repaired(text[:-1])}'"


def test_long_quotations_are_long_strings() -> None:
    said = finish(stepwise.stray([b'"' + b"a" * LONG_STRING, b"\x01"]))
    assert isinstance(said, LongString)
    assert str(said) == "JSON parse error, stray '\"" + "a" * LONG_STRING + "\x01'"
