from __future__ import annotations

import enum
from typing import Annotated, Any

import pytest
from msgspec import Meta

from netd.schema.base import Arguments
from netd.schema.scalars import Identifier, Int8, Int16, Int32, Int64, Size, UInt8, UInt16, UInt32, UInt64
from netd.schema.validate import validate
from tests.support.refused import refusal


@pytest.mark.parametrize("text", ["a", "Z", "a.b_c-d", "net0", "a" * 5000])
def test_identifiers(text: str) -> None:
    assert validate(Identifier, text) == text


@pytest.mark.parametrize("text", ["", "1a", "-a", "_a", "é", "aé", "a b", "a\0", "#net0", "a/b"])
def test_no_identifiers(text: str) -> None:
    class Named(Arguments, frozen=True):
        id: Identifier

    assert refusal(validate, Named, {"id": text}) == "Parameter 'id' expects an identifier"


@pytest.mark.parametrize(
    ("hint", "c_type", "low", "high"),
    [
        (Int8, "int8_t", -(2**7), 2**7 - 1),
        (Int16, "int16_t", -(2**15), 2**15 - 1),
        (Int32, "int32_t", -(2**31), 2**31 - 1),
        (UInt8, "uint8_t", 0, 2**8 - 1),
        (UInt16, "uint16_t", 0, 2**16 - 1),
        (UInt32, "uint32_t", 0, 2**32 - 1),
    ],
)
def test_ranges(hint: Any, c_type: str, low: int, high: int) -> None:
    assert [validate(list[hint], [low, high])] == [[low, high]]
    for outside in (low - 1, high + 1):
        assert refusal(validate, list[hint], [outside]) == f"Parameter 'null' expects {c_type}"


def test_64_bits() -> None:
    assert validate(Int64, -(2**63)) == -(2**63)
    assert validate(UInt64, 2**64 - 1) == validate(Size, -1) == 2**64 - 1


class Colour(enum.Enum):
    RED = "red"
    DARK_RED = "dark-red"


class Limited(Arguments, frozen=True):
    vid: Annotated[int | None, Meta(ge=1, le=4094)] = None
    count: Annotated[Int32, Meta(ge=0)] = 0
    port: Annotated[Int32, Meta(ge=1)] = 1
    ratio: Annotated[float, Meta(le=1)] = 1.0
    name: Annotated[str, Meta(min_length=1, max_length=4)] = "x"
    code: Annotated[str, Meta(min_length=2)] = "xx"
    names: tuple[Annotated[str, Meta(max_length=2)], ...] = ()
    colour: Colour = Colour.RED


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"vid": 0}, "Parameter 'vid' expects a value between 1 and 4094"),
        ({"vid": 4095}, "Parameter 'vid' expects a value between 1 and 4094"),
        ({"count": -1}, "Parameter 'count' expects a non-negative value"),
        ({"count": -(2**31) - 1}, "Parameter 'count' expects int32_t"),
        ({"port": 0}, "Parameter 'port' expects a value of at least 1"),
        ({"ratio": 2}, "Parameter 'ratio' expects a value of at most 1"),
        ({"name": ""}, "Parameter 'name' expects a non-empty string"),
        ({"name": "12345"}, "Parameter 'name' expects at most 4 characters"),
        ({"code": "1"}, "Parameter 'code' expects at least 2 characters"),
        ({"names": ["ab", "abc"]}, "Parameter 'names[1]' expects at most 2 characters"),
        ({"vid": 0, "zz": 1}, "Parameter 'zz' is unexpected"),
        ({"colour": "blue"}, "Parameter 'colour' does not accept value 'blue'"),
        ({"colour": "RED"}, "Parameter 'colour' does not accept value 'RED'"),
    ],
)
def test_limits_are_looked_at_last(given: dict[str, Any], text: str) -> None:
    assert refusal(validate, Limited, given) == text


def test_within_limits() -> None:
    given = {"vid": 4094, "count": 0, "ratio": 0.5, "name": "1234", "names": ["ab"], "colour": "dark-red"}
    read = validate(Limited, given)
    assert read == Limited(vid=4094, ratio=0.5, name="1234", names=("ab",), colour=Colour.DARK_RED)
