"""``python -m tests.bench``: netd beside its peers, in one run, on this machine.

Exit status: 0 when every target is met, 1 when one is missed or could not be measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from tests.bench import enclosure, hub, qmp, scale
from tests.bench.results import Effort, Table, render

BENCHMARKS: dict[str, Callable[[Effort], list[Table]]] = {
    "hub": hub.run,
    "scale": scale.run,
    "qmp": qmp.run,
}
"""All benchmarks; each says in its module what it measures, and its targets."""

FULL = Effort(rounds=5, seconds=3.0, nics=1000, hubs=100)
QUICK = Effort(rounds=2, seconds=1.0, nics=100, hubs=10)


def main() -> int:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="netd beside its peers")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all by default"
    )
    parser.add_argument("--quick", action="store_true", help="less of everything: to try the bench itself")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    enclosure.enter("tests.bench", sys.argv[1:])
    met = True
    for name in options.names or BENCHMARKS:
        for table in BENCHMARKS[name](QUICK if options.quick else FULL):
            print(render(table), flush=True)
            met = met and table.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
