"""Files and functions that can be read at one go."""

from __future__ import annotations

from tests.architecture.tree import expect_none, sources

FILE = 400
FUNCTION = 60


def test_files_are_short() -> None:
    lengths = ((source, source.text.count("\n")) for source in sources("netd", "netctl", "tests"))
    expect_none(f"{source.path}: {length} lines" for source, length in lengths if length > FILE)


def test_functions_are_short() -> None:
    expect_none(
        f"{source.at(function.lineno)}: {function.name} has {length} lines"
        for source in sources("netd", "netctl", "tests")
        for function in source.functions
        if (length := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION
    )
