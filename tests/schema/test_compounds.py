from __future__ import annotations

from typing import Annotated, Any

import pytest
from msgspec import UNSET, Struct, UnsetType

from netd.schema.base import Arguments
from netd.schema.scalars import Identifier, UInt16, alternate
from netd.schema.validate import validate
from tests.support.qemu_types import FdAddress, String, UnixAddress
from tests.support.refused import refusal


class Place(Arguments, frozen=True):
    where: Annotated[FdAddress | UnixAddress | str | None, alternate("Where")] | UnsetType = UNSET
    ports: Annotated[UInt16 | tuple[UInt16, ...], alternate("Ports")] = ()


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({}, Place()),
        ({"where": "x"}, Place(where="x")),
        ({"where": None}, Place(where=None)),
        ({"where": {"type": "fd", "str": "x"}}, Place(where=FdAddress(str="x"))),
        ({"ports": 1}, Place(ports=1)),
        ({"ports": [1, 2]}, Place(ports=(1, 2))),
    ],
)
def test_alternates_go_by_the_json_type(given: dict[str, Any], read: Place) -> None:
    assert validate(Place, given) == read


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"where": 1}, "Invalid parameter type for 'where', expected: Where"),
        ({"where": []}, "Invalid parameter type for 'where', expected: Where"),
        ({"where": {"type": "unix"}}, "Parameter 'where.path' is missing"),
        ({"ports": "1"}, "Invalid parameter type for 'ports', expected: Ports"),
        ({"ports": [1, 65536]}, "Parameter 'null' expects uint16_t"),
        ({"ports": ["1"]}, "Parameter 'ports[0]' expects uint64"),
    ],
)
def test_refusals_of_alternates(given: dict[str, Any], text: str) -> None:
    assert refusal(validate, Place, given) == text


class Named(Struct, frozen=True):
    id: Identifier


class Deep(Arguments, frozen=True):
    one: Named
    many: tuple[Named, ...] = ()
    lists: tuple[tuple[String, ...], ...] = ()


def test_names_tell_the_way_to_what_is_wrong() -> None:
    good = {"id": "a"}
    bad = {"id": "1"}
    assert refusal(validate, Deep, {"one": bad}) == "Parameter 'one.id' expects an identifier"
    assert refusal(validate, Deep, {"one": good, "many": [good, bad]}) == (
        "Parameter 'many[1].id' expects an identifier"
    )
    assert refusal(validate, Deep, {"one": bad, "many": [{}]}) == "Parameter 'many[0].id' is missing"
    assert refusal(validate, Deep, {"one": good, "lists": [[], [{"str": 1}]]}) == (
        "Invalid parameter type for 'lists[1][0].str', expected: string"
    )
    assert refusal(validate, Deep, {"one": good, "lists": [1]}) == (
        "Invalid parameter type for 'lists[0]', expected: array"
    )
