from __future__ import annotations

import enum
from typing import Annotated, Any, Literal, Optional

import pytest
from msgspec import Meta, Struct, field

from netd.schema.base import Arguments
from netd.schema.build import shape_of
from netd.schema.compounds import Object, Union
from netd.schema.scalars import Identifier, Int32, alternate
from tests.support.qemu_types import NETDEVS, FdAddress, Hubport, Tap


def names(shape: Any) -> list[str]:
    known = shape_of(shape)
    assert isinstance(known, Object | Union)
    return [member.name for member in known.members.all]


def test_a_shape_is_built_once() -> None:
    assert shape_of(NETDEVS) is shape_of(NETDEVS)
    assert shape_of(Hubport | Tap) is shape_of(Hubport | Tap)
    assert shape_of(shape_of(NETDEVS)) is shape_of(NETDEVS)


def test_members_are_in_the_order_of_declaration_whatever_python_makes_of_it() -> None:
    class Base(Arguments, frozen=True, kw_only=True):
        first: int = 0
        second: int

    class Derived(Base, frozen=True):
        third: str = field(name="the-third")
        fourth: str = ""

    assert Derived.__struct_fields__ != ("first", "second", "third", "fourth")
    assert names(Derived) == ["first", "second", "the-third", "fourth"]


@pytest.mark.parametrize(
    "hint",
    [
        Int32 | None,
        Optional[Int32],  # noqa: UP045  # the older way to write it
        Annotated[Int32 | None, Meta(description="d")],
        Annotated[Annotated[Int32, Meta(title="t")] | None, Meta(description="d")],
    ],
)
def test_notes_are_found_however_they_are_nested(hint: Any) -> None:
    assert shape_of(hint).name == "int32"


def test_what_is_common_is_what_the_nearest_common_base_has() -> None:
    class Base(Struct, frozen=True, tag_field="kind"):
        id: Identifier

    class Between(Base, frozen=True, kw_only=True):
        more: str

    class One(Between, frozen=True, tag="one"):
        pass

    class Two(Between, frozen=True, tag="two"):
        own: str = ""

    class Three(Base, frozen=True, tag="three"):
        more: str

    assert names(One | Two) == ["id", "more", "kind"]
    assert names(One | Two | Three) == ["id", "kind"]
    assert names((Three,)) == ["id", "kind"]


class Plain(Struct, frozen=True):
    x: int


class Tagged(Struct, frozen=True, tag_field="type", tag="fd"):
    x: int


class Numbered(Struct, frozen=True, tag_field="type", tag=1):
    x: int


class Level(enum.Enum):
    LOW = 1


class Recursive(Struct, frozen=True):
    inner: Recursive | None = None


@pytest.mark.parametrize(
    "hint",
    [
        int | str,
        Plain | str,
        Plain | Tagged,
        (Tagged, FdAddress),
        (Numbered,),
        Recursive,
        complex,
        dict[str, int],
        Literal[1, 2],
        Level,
        tuple[int, int],
        list,
        list[Plain, Tagged],  # type: ignore[misc]  # the mistake is the point
        Annotated[int, Meta(multiple_of=2)],
        Annotated[str, Meta(pattern="x")],
        Annotated[list[int], Meta(max_length=2)],
        Annotated[bool, Meta(ge=0)],
        Annotated[Identifier, Meta(max_length=3)],
        Annotated[int | float, alternate("IntOrNumber")],
        Annotated[str | Literal["a"], alternate("StrOrEnum")],
        Annotated[str | None, alternate("Limited"), Meta(max_length=2)],
        Annotated[Identifier | None, alternate("Named")],
    ],
)
def test_what_qapi_cannot_say_is_a_mistake(hint: Any) -> None:
    with pytest.raises(TypeError):
        shape_of(hint)
