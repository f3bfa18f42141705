from __future__ import annotations

from typing import Annotated, Any, get_args

import pytest

from netd.schema import scalars
from netd.schema.build import shape_of
from netd.schema.scalars import QAPI, IntegerMark, features


@pytest.mark.parametrize(
    "name", ["Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Size"]
)
def test_integers_are_as_wide_as_their_names_say(name: str) -> None:
    mark: IntegerMark = get_args(getattr(scalars, name))[1].extra[QAPI]
    bits = int(name.lstrip("UInt") or 64) if name != "Size" else 64
    assert mark.high - mark.low == 2**bits - 1
    assert (mark.low < 0) is name.startswith("Int")
    assert mark.suffixes is (name == "Size")


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        (scalars.Int64, "int"),
        (scalars.UInt16, "uint16"),
        (scalars.Size, "size"),
        (scalars.Number, "number"),
        (scalars.Identifier, "str"),
        (scalars.AnyValue, "any"),
        (scalars.StrOrNull, "StrOrNull"),
        (scalars.StrOrList, "StrOrList"),
        (Annotated[str, features("unstable")], "str"),
    ],
)
def test_each_is_a_type_of_qapis(hint: Any, name: str) -> None:
    assert shape_of(hint).name == name
