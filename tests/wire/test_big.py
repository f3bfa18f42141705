"""Long strings, large objects, and freeing them piecemeal."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from netd.wire.big import DISPOSED_PER_STEP, LONG_OBJECT, LongObject, LongString, dispose


def large(members: int) -> LongObject:
    """An object of so many members, ``{0: "0", …}``, with keys of text."""
    value = LongObject({})
    for number in range(members):
        value[str(number)] = number
    return value


def test_a_long_string_is_its_text() -> None:
    text = LongString([b"a\xc3\xa9", b"", b"b"])
    assert str(text) == "aéb"
    assert list(text) == ["aé", "", "b"]
    assert text.size == 4
    assert repr(text) == "<LongString of 4 bytes>"


def test_long_strings_are_equal_if_their_texts_are() -> None:
    one, other = LongString([b"ab", b"c"]), LongString([b"a", b"bc"])
    assert one == other
    assert hash(one) == hash(other)
    assert one != LongString([b"ab"])
    assert one != "abc"


def test_a_large_object_is_a_mapping_in_order() -> None:
    value = large(LONG_OBJECT * 2 + 5)
    assert [len(shard) for shard in value.shards] == [LONG_OBJECT, LONG_OBJECT, 5]
    assert len(value) == LONG_OBJECT * 2 + 5
    assert list(value)[:: LONG_OBJECT * 2] == ["0", str(LONG_OBJECT * 2)]
    assert value["3"] == 3
    assert value[str(LONG_OBJECT + 1)] == LONG_OBJECT + 1
    assert "0" in value
    assert "x" not in value
    assert value.get("x") is None
    with pytest.raises(KeyError):
        value["x"]
    assert repr(value) == f"<LongObject of {LONG_OBJECT * 2 + 5} members>"


class Leaf:
    """Something whose end can be seen."""


TREES: list[Any] = [
    lambda leaf: [leaf],
    lambda leaf: {"a": leaf},
    lambda leaf: {"a": [1, {"b": [leaf]}], "c": 2},
    lambda leaf: ({}, leaf),
    lambda leaf: LongObject({"a": leaf}),
    lambda leaf: [[1] * 10_000, leaf, [2] * 10_000],
]


@pytest.mark.parametrize("make", TREES)
def test_dispose_frees_everything_also_if_the_root_is_still_known(make: Any) -> None:
    leaf = Leaf()
    gone = weakref.ref(leaf)
    tree = make(leaf) if not isinstance(make(None), tuple) else [make(leaf)]
    del leaf
    for _ in dispose(tree):
        pass
    assert gone() is None


def test_dispose_empties_what_it_frees() -> None:
    inner: list[int] = [1, 2]
    members = {"a": inner}
    text = LongString([b"a"])
    assert list(dispose([members, text])) == []
    assert inner == []
    assert members == {}
    assert text.pieces == []


@pytest.mark.parametrize("value", [None, 1, 1.5, "a", True, b"a"])
def test_scalars_need_no_freeing(value: object) -> None:
    assert list(dispose(value)) == []


def test_dispose_yields_after_some_nodes() -> None:
    steps = len(list(dispose([[number] for number in range(100_000)])))
    assert 100_000 / DISPOSED_PER_STEP < steps < 1000


def test_dispose_yields_after_some_text() -> None:
    assert len(list(dispose(["a" * 100_000 + str(number) for number in range(100)]))) > 5
    assert len(list(dispose(LongString([b"a" * 8192] * 1000)))) > 5


def test_deep_trees_are_freed_without_recursion() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    assert len(list(dispose(value))) > 10


def test_nothing_of_these_makes_cycles() -> None:
    gc.collect()
    for _ in dispose([large(100), LongString([b"a"])]):
        pass
    assert gc.collect() == 0
