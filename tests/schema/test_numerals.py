from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netd.schema import numerals
from tests.support.qmp import QmpClient


def number(read: Callable[..., float], text: str, **options: Any) -> float | None:
    """The number in a text; ``None`` if there is none."""
    try:
        return read(text, **options)
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("64", 64),
        ("+64", 64),
        ("-64", -64),
        (" \t7", 7),
        ("0x40", 64),
        ("0X4f", 79),
        ("-0x1", -1),
        ("010", 8),
        ("00", 0),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
    ],
)
def test_integers(text: str, value: int) -> None:
    assert numerals.integer(text) == value


NO_INTEGERS = ["", " ", "x", "1 ", "1k", "1.5", "0x", "08", "1_000", "--1", "+ 1", "٣", "1e3"]


@pytest.mark.parametrize("text", [*NO_INTEGERS, "9223372036854775808", "-9223372036854775809", "9" * 5000])
def test_no_integers(text: str) -> None:
    assert number(numerals.integer, text) is None


def test_naturals() -> None:
    assert numerals.natural("0xffffffffffffffff", wrap=False) == 2**64 - 1
    assert numerals.natural("-1", wrap=True) == 2**64 - 1
    assert numerals.natural("-0", wrap=True) == 0


@pytest.mark.parametrize(
    ("text", "wrap"),
    [
        *((text, True) for text in NO_INTEGERS),
        ("-1", False),
        ("-0", False),
        (f"{2**64}", True),
        (f"-{2**64}", True),
    ],
)
def test_no_naturals(text: str, wrap: bool) -> None:
    assert number(numerals.natural, text, wrap=wrap) is None


SIZES = {
    "1": 1,
    "1k": 1024,
    "1K": 1024,
    "1.5M": 3 << 19,
    "1.5G": 3 << 29,
    "010k": 10240,
    "08": 8,
    "0x10": 16,
    "0x10k": 16384,
    "0x1g": 1 << 30,
    "1.k": 1024,
    "1.1k": 1126,
    "0.001k": 1,
    "1.0009765624k": 1025,
    "2.9999k": 3072,
    "1.00048828125k": 1025,
    "3.3333333333333333333333333M": 3495253,
    "1.0000000000000001M": 1048576,
    "1b": 1,
    "1.0B": 1,
    "1.0": 1,
    " 7k": 7168,
    "+7k": 7168,
    "00.5M": 524288,
}
"""As the ``size`` of a memory backend in QEMU 7.2.22 reads back."""

NO_SIZES = [
    *("", "x", "1q", "1kk", ".5k", "1.5", "1.5B", "1e3", "1.5e1k", "1KiB", "1 k", "1k ", "-1", "-0", "-1k"),
    *("0x", "0x1.8k", "1..5k", "1.+5k", "1.-5k", "1.k5", "1.infk", "nan", "inf", "16E", f"{2**64}"),
]


@pytest.mark.parametrize(("text", "value"), SIZES.items())
def test_sizes(text: str, value: int) -> None:
    assert numerals.size(text) == value


def test_sizes_reach_64_bits() -> None:
    assert numerals.size("15E") == 15 << 60
    assert numerals.size(f"{2**64 - 1}") == 2**64 - 1
    assert numerals.size("1P") == 1 << 50
    assert numerals.size("1T") == 1 << 40


@pytest.mark.parametrize("text", NO_SIZES)
def test_no_sizes(text: str) -> None:
    assert number(numerals.size, text) is None


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1.0), ("-2.5e3", -2500.0), (".5", 0.5), ("1.", 1.0), (" 3", 3.0)]
)
def test_reals(text: str, value: float) -> None:
    assert numerals.real(text) == value


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "1e999", "1_0", "1 ", "."])
def test_no_reals(text: str) -> None:
    assert number(numerals.real, text) is None


@given(st.text(max_size=8))
def test_any_text_is_a_finite_number_or_none(text: str) -> None:
    for read in (numerals.integer, numerals.size, numerals.real):
        assert math.isfinite(number(read, text) or 0)


@contextmanager
def backend(qemu: QmpClient, size: str) -> Iterator[str]:
    """A memory backend of that size; the human monitor's refusal, if any."""
    said = qemu.hmp(f"object_add memory-backend-ram,id=m,reserve=off,size={size}")
    try:
        yield said
    finally:
        qemu.call("object-del", id="m")


SIZE_TEXT = st.from_regex(r"\A[+-]?(0x)?[0-9]{1,4}(\.[0-9]{0,20})?[bkKmM]?\Z")


@pytest.mark.qemu
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("1.00048828125k")
@given(SIZE_TEXT)
def test_live_sizes(qemu: QmpClient, text: str) -> None:
    with backend(qemu, text) as said:
        size = number(numerals.size, text)
        if size is None:
            assert said == "Error: Parameter 'size' expects size\r\n"
        elif size == 0:
            assert "doesn't take value '0'" in said
        elif size <= 1 << 31:
            assert qemu.cmd("qom-get", path="/objects/m", property="size") == size
