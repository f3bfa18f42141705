"""Figures, targets and the table that shows them."""

from __future__ import annotations

import pytest

from tests.bench.results import Row, Table, Target, figure_row, number, render


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.04567, "0.0457"),
        (1.2345, "1.23"),
        (14.26, "14.3"),
        (150.4, "150"),
        (5110.2, "5,110"),
        (3, "3"),
    ],
)
def test_numbers_have_three_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text


def test_a_target_is_met_on_its_side_of_the_limit() -> None:
    assert Target("≥", 0.9).met(0.9)
    assert not Target("≥", 0.9).met(0.89)
    assert Target("≤", 25, "ms").met(25)
    assert not Target("≤", 25, "ms").met(25.1)
    assert str(Target("≤", 25, "ms")) == "≤ 25 ms"


def test_a_table_shows_what_is_filled() -> None:
    rows = [
        figure_row("made in", 12.5, "s", Target("≤", 30, "s")),
        figure_row("slowest", 41.0, "ms"),
        figure_row("memory", 151.0, "MiB", Target("≤", 150, "MiB")),
    ]
    table = Table("A big lab", ("", "figure", "", "CPU s", "", "target"), rows)
    assert render(table) == (
        "A big lab\n"
        "            figure     target\n"
        "  made in   12.5 s     ≤ 30 s  ok\n"
        "  slowest    41 ms\n"
        "  memory   151 MiB  ≤ 150 MiB  MISSED\n"
    )
    assert not table.met


def test_a_long_reason_stands_below_the_table() -> None:
    table = Table("T", ("", "", "", "", "", ""), [Row("netd", met=False, note="no:\nwhy not")])
    assert render(table).splitlines()[2:] == [
        "  netd  MISSED  failed, see below",
        "",
        "  netd:",
        "    no:",
        "    why not",
    ]
