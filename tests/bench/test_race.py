"""Contenders race by turns, and one that fails does not stop the others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from tests.bench.race import Attempt, Contender, race
from tests.bench.results import Effort, Target

EFFORT = Effort(rounds=3, seconds=0.0, nics=0, hubs=0)


def runner(name: str, figures: Sequence[float], turns: list[str], target: Target | None = None) -> Contender:
    """A contender that reaches these figures, and then no more."""
    left = iter(figures)

    def attempt(_seconds: float) -> float:
        turns.append(name)
        try:
            return next(left)
        except StopIteration:
            raise RuntimeError(f"{name} is exhausted") from None

    @contextlib.contextmanager
    def ready() -> Iterator[Attempt]:
        yield attempt
        turns.append(f"{name} gone")

    return Contender(name, ready, target)


def test_contenders_take_turns_and_are_compared_round_by_round() -> None:
    turns: list[str] = []
    own = runner("netd", [10, 20, 30], turns)
    peer = runner("peer", [1, 2, 6], turns, Target("≥", 10))
    table = race("Speed", "Gbit/s", own, [peer], EFFORT)
    assert turns == ["netd", "peer"] * 3 + ["peer gone", "netd gone"]
    assert [(row.figure, row.spread, row.ratio, row.met) for row in table.rows] == [
        ("20", "10 – 30", "", None),
        ("2", "1 – 6", "10 ×", True),
    ]
    assert table.met


def test_a_ratio_too_small_misses_its_target() -> None:
    own, peer = runner("netd", [1, 1, 1], []), runner("peer", [2, 2, 2], [], Target("≥", 0.9))
    table = race("Speed", "Gbit/s", own, [peer], EFFORT)
    assert table.rows[1].ratio == "0.5 ×"
    assert not table.met


def test_a_contender_that_fails_is_reported_and_the_others_go_on() -> None:
    own, peer = runner("netd", [1], []), runner("peer", [2, 2, 2], [], Target("≥", 0.9))
    table = race("Speed", "Gbit/s", own, [peer], EFFORT)
    assert table.rows[0].note == "netd is exhausted"
    assert (table.rows[1].figure, table.rows[1].met) == ("2", False)
    assert not table.met
