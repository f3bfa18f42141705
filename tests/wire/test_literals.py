"""What strings, numbers and keywords mean, and what is said of those that mean nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.errors import Malformed
from netd.wire.literals import BadLiteral, bad_string, keyword, number, string


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'""', ""),
        (b"''", ""),
        (b'"a\'b"', "a'b"),
        (b"'a\"b'", 'a"b'),
        (b"'\\''", "'"),
        (b'"\\u0041\xc3\xa9"', "Aé"),
    ],
)
def test_strings(text: bytes, value: str) -> None:
    assert string(text) == value


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b'"a\\qb"', "invalid escape sequence in string"),
        (b'"a\xffb"', "invalid UTF-8 sequence in string"),
        (b'"\\u00g0\\q"', "\\u00g0 is not a valid Unicode character"),
        (b'"\\u"', '\\u" is not a valid Unicode character'),
        (b'"\\ud83f\\udfff"', "\\ud83f\\udfff is not a valid Unicode character"),
    ],
)
def test_bad_strings(text: bytes, complaint: str) -> None:
    with pytest.raises(BadLiteral) as caught:
        string(text)
    assert caught.value.desc == f"JSON parse error, {complaint}"
    assert isinstance(caught.value, Malformed)


def test_only_what_is_shown_is_looked_at() -> None:
    assert bad_string(b"\\ud83f\\udfff" + b"x" * 100).desc == bad_string(b"\\ud83f\\udfff").desc


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"0", 0),
        (b"-0", 0),
        (b"18446744073709551615", 2**64 - 1),
        (b"18446744073709551616", 2.0**64),
        (b"-9223372036854775808", -(2**63)),
        (b"-9223372036854775809", -(2.0**63)),
        (b"-18446744073709551616", -(2.0**64)),
        (b"100000000000000000000", 1e20),
        (b"1.0", 1.0),
        (b"1e3", 1000.0),
        (b"1e400", math.inf),
        (b"-1e400", -math.inf),
        (b"9" * 5000, math.inf),
    ],
)
def test_numbers(text: bytes, value: float) -> None:
    assert (number(text), type(number(text))) == (value, type(value))


@given(st.integers(-(2**63), 2**64 - 1))
def test_integers_of_64_bits(value: int) -> None:
    assert number(b"%d" % value) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles(value: float) -> None:
    assert repr(number(repr(value).encode())) == repr(value)


def test_minus_zero_is_an_integer_only_without_a_point() -> None:
    assert repr(number(b"-0")) == "0"
    assert repr(number(b"-0.0")) == "-0.0"


@pytest.mark.parametrize(("text", "value"), [(b"true", True), (b"false", False), (b"null", None)])
def test_keywords(text: bytes, value: bool | None) -> None:
    assert keyword(text) is value


def test_other_words() -> None:
    with pytest.raises(BadLiteral) as caught:
        keyword(b"nil")
    assert caught.value.desc == "JSON parse error, invalid keyword 'nil'"
