"""What no file of the repository says."""

from __future__ import annotations

import ast
import re

from tests.architecture.tree import ROOT, expect_none, files, sources

# Written so that this file does not say them either.
PLACES = re.compile(
    r"""
    (?<![\w.}])/(work|root)/         # directories of one machine
    | /tmp/bash_jobs | /opt/(wheels|pypi) | \.pyenv
    | \b(pypi[.]org | pythonhosted[.]org | registry[.]npmjs | (deb|security|snapshot)[.]debian[.]org)
    """,
    re.VERBOSE,
)
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
THIS = "tests/architecture/test_words.py"


def said(pattern: re.Pattern[str]) -> list[str]:
    """Where the repository's text files say it."""
    places = []
    for path in files():
        if str(path) == THIS:
            continue
        lines = (ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines()
        places += [
            f"{path}:{number}: {match[0]}"
            for number, line in enumerate(lines, 1)
            for match in pattern.finditer(line)
        ]
    return places


def test_no_place_of_one_machine_and_no_registry() -> None:
    expect_none(said(PLACES))


def test_nothing_is_left_to_do() -> None:
    expect_none(said(UNFINISHED))


def test_tests_wait_for_conditions_and_never_sleep() -> None:
    wrong = [
        source.at(node.lineno)
        for source in sources("tests")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "sleep", "asyncio.sleep"}
    ]
    wrong += [
        source.at(imported.line)
        for source in sources("tests")
        for imported in source.imports
        if imported.name in {"time.sleep", "trio.sleep", "asyncio.sleep"}
    ]
    expect_none(wrong)
