"""Values to bytes: QEMU's way of writing, and the same in pieces."""

from __future__ import annotations

import json
import math
from collections import ChainMap
from enum import Enum, IntEnum
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Struct, UnsetType, field

from netd.wire.big import LONG_OBJECT, LongObject, LongString
from netd.wire.encoder import FRAGMENTS_PER_PIECE, LONGEST_PIECE, encode, encode_pieces


class Colour(Enum):
    RED = "red"


class Model(str, Enum):  # noqa: UP042 - what msgspec and older code have
    E1000 = "e1000"


class Number(IntEnum):
    ONE = 1


class Plain(Struct):
    name: str
    rx_bytes: int = field(name="rx-bytes", default=0)
    peer: str | None = None
    hub: int | UnsetType = UNSET


class Brief(Struct, omit_defaults=True, rename="kebab", tag_field="type", tag="brief"):
    some_list: list[int] = field(default_factory=list)
    other_number: int = 7
    inner: Plain | None = None


def line(value: object) -> str:
    """What is written, without the line end, after a look that the pieces make the same."""
    data = encode(value)
    assert b"".join(encode_pieces(value)) == data
    assert data.endswith(b"\r\n")
    return data.decode("ascii")[:-2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-(2**63), "-9223372036854775808"),
        (0.1, "0.10000000000000001"),
        (1.0, "1"),
        (-0.0, "-0"),
        (1e22, "1e+22"),
        (1e-7, "9.9999999999999995e-08"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
        ("", '""'),
        ("a/b", '"a/b"'),
        ('"\\\b\f\n\r\t', r'"\"\\\b\f\n\r\t"'),
        ("\0\x1f\x7f", r'"\u0000\u001F\u007F"'),
        ("é€", r'"\u00E9\u20AC"'),
        ("\U0001f600\U0010fffd", r'"\uD83D\uDE00\uDBFF\uDFFD"'),
        ("\ud800\ufffe\ufdd0\U0001ffff", r'"\uFFFD\uFFFD\uFFFD\uFFFD"'),
        ("\\u00e9\u00e9", r'"\\u00e9\u00E9"'),
        ([], "[]"),
        ((1, [2, ()]), "[1, [2, []]]"),
        ({}, "{}"),
        ({"b": 1, "a": {"c": []}}, '{"b": 1, "a": {"c": []}}'),
        ({"\u00e9\n": 1, "k" * 100: 2}, r'{"\u00E9\n": 1, "' + "k" * 100 + '": 2}'),
        (ChainMap({"a": 1}), '{"a": 1}'),
        (Colour.RED, '"red"'),
        ([Model.E1000, Number.ONE], '["e1000", 1]'),
        ({Model.E1000: 1}, '{"e1000": 1}'),
        (LongString([b"a\xc3\xa9", b"b"]), r'"a\u00E9b"'),
        ({LongString([b"a"]): LongString()}, '{"a": ""}'),
    ],
)
def test_values(value: object, text: str) -> None:
    assert line(value) == text


def test_structs_by_their_encoded_names_without_what_is_unset() -> None:
    assert line(Plain("a")) == '{"name": "a", "rx-bytes": 0, "peer": null}'
    assert line(Plain("a", 5, "b", 3)) == '{"name": "a", "rx-bytes": 5, "peer": "b", "hub": 3}'


def test_structs_without_defaults_if_they_say_so() -> None:
    assert line(Brief()) == '{"type": "brief"}'
    assert line(Brief([1], 8, Plain("a"))) == (
        '{"type": "brief", "some-list": [1], "other-number": 8, '
        '"inner": {"name": "a", "rx-bytes": 0, "peer": null}}'
    )


@given(
    st.builds(Plain, st.text(), st.integers(), st.none() | st.text(), st.just(UNSET) | st.integers())
    | st.builds(Brief, st.lists(st.integers()), st.integers(6, 8), st.none())
)
def test_structs_as_msgspec_has_them(struct: Struct) -> None:
    assert line(struct) == line(msgspec.to_builtins(struct))


@pytest.mark.parametrize("value", [object(), b"a", {1, 2}, UNSET, {1: 2}, {"a": [object()]}, {None: 1}])
def test_other_things_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_is_written_is_json_in_ascii_on_one_line(value: object) -> None:
    text = line(value)
    assert json.loads(text) == json.loads(json.dumps(value).replace("\\ufffe", "\\ufffd")) or not plain(value)
    assert text.isprintable()


def plain(value: object) -> bool:
    """Whether QEMU takes all of its characters for such."""
    return all(
        not 0xFDD0 <= ord(c) <= 0xFDEF and ord(c) & 0xFFFE != 0xFFFE
        for c in json.dumps(value, ensure_ascii=False)
    )


@given(st.lists(st.text(min_size=1, max_size=3), max_size=200))
def test_separators_are_as_pythons(value: list[str]) -> None:
    assert line(value).lower() == json.dumps(value).replace("\x7f", "\\u007f").lower() or not plain(value)


@pytest.mark.parametrize(
    "value",
    [
        ["a" * 100_000, "é" * 100_000, "\U0001f600" * 50_000],
        LongString([b"a" * 20_000] * 20),
        list(range(20_000)),
        [[[]] * 10] * 1000,
        {"k" * 300_000: 1},
        [{"key": "value"}] * 5000,
    ],
    ids=["strings", "long string", "numbers", "lists", "key", "objects"],
)
def test_pieces_are_small(value: Any) -> None:
    pieces = list(encode_pieces(value))
    assert b"".join(pieces) == encode(value)
    assert max(map(len, pieces)) <= LONGEST_PIECE
    assert len(pieces) > 3


def test_pieces_are_of_few_values() -> None:
    assert next(encode_pieces([1] * 10_000)).count(b"1") <= FRAGMENTS_PER_PIECE


def test_large_objects() -> None:
    value = LongObject({"a": 1})
    for number in range(LONG_OBJECT + 10):
        value[f"k{number}"] = [number]
    assert json.loads(encode(value)) == dict(value)
    assert b"".join(encode_pieces(value)) == encode(value)


def test_depth_needs_no_recursion() -> None:
    value: list[Any] = []
    for _ in range(5000):
        value = [value]
    assert line(value) == "[" * 5001 + "]" * 5001
    while value:
        value = value.pop()


def test_the_memory_of_escapes_is_bounded() -> None:
    every = "".join(map(chr, range(0x100, 0xD800)))
    assert line(every).count("\\u") == len(every)
    assert line(every[-5:]) == json.dumps(every[-5:]).upper().replace("\\U", "\\u")
