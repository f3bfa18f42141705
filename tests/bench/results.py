"""What a benchmark says: figures, how they compare, whether that is enough; as text."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Effort:
    """How much of everything: rounds of a race, seconds of a round, NICs and hubs of the big lab."""

    rounds: int
    seconds: float
    nics: int
    hubs: int


@dataclass(frozen=True)
class Target:
    """What a figure must be, at least or at most."""

    sign: Literal["≥", "≤"]
    limit: float
    unit: str = ""

    def met(self, value: float) -> bool:
        """Whether a figure is good enough."""
        return value >= self.limit if self.sign == "≥" else value <= self.limit

    def __str__(self) -> str:
        return f"{self.sign} {self.limit:g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Row:
    """One line of a table, in words; ``met`` is None where there is no target."""

    name: str
    figure: str = ""
    spread: str = ""
    cpu: str = ""
    ratio: str = ""
    target: str = ""
    met: bool | None = None
    note: str = ""


@dataclass(frozen=True)
class Table:
    """One benchmark's outcome. ``columns`` heads the fields of `Row` up to ``target``."""

    title: str
    columns: tuple[str, str, str, str, str, str]
    rows: Sequence[Row]

    @property
    def met(self) -> bool:
        """Whether no target is missed."""
        return all(row.met is not False for row in self.rows)


def figure_row(
    name: str, value: float, unit: str, target: Target | None = None, *, cpu: float | None = None
) -> Row:
    """A line for one figure that has a target of its own."""
    return Row(
        name=name,
        figure=f"{number(value)} {unit}".strip(),
        cpu="" if cpu is None else number(cpu),
        target="" if target is None else str(target),
        met=None if target is None else target.met(value),
    )


def number(value: float) -> str:
    """A figure with three digits that count."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def middle(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def render(table: Table) -> str:
    """The table as text; columns that nobody fills are left out, long notes stand below."""
    lines = [(*table.columns, ""), *((*_cells(row), _verdict(row)) for row in table.rows)]
    filled = [column for column in range(len(lines[0])) if any(line[column] for line in lines[1:])]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    text = [table.title]
    text += [("  " + "  ".join(_aligned(line[c], widths[c], c) for c in filled)).rstrip() for line in lines]
    for row in table.rows:
        if _is_long(row.note):
            text += ["", f"  {row.name}:", *("    " + line for line in row.note.splitlines())]
    return "\n".join(text) + "\n"


def _cells(row: Row) -> tuple[str, str, str, str, str, str]:
    return row.name, row.figure, row.spread, row.cpu, row.ratio, row.target


def _verdict(row: Row) -> str:
    word = {None: "", True: "ok", False: "MISSED"}[row.met]
    note = "failed, see below" if _is_long(row.note) else row.note
    return f"{word}  {note}".strip()


def _is_long(note: str) -> bool:
    return len(note) > 60 or "\n" in note


def _aligned(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column in (0, 6) else text.rjust(width)
