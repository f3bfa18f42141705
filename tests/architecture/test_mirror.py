"""Each source file has its test file: ``netd/wire/qmp.py`` has ``tests/wire/test_qmp.py``."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.tree import ROOT, expect_none, program

EXEMPT = {"__init__.py", "__main__.py"}
"""They hold no behaviour: a package's map, and a call of a main that is tested."""


def mirrored(path: Path) -> Path:
    """Where the test of a source file stands; netd's lie directly in ``tests/``."""
    inside = path.parts[1:] if path.parts[0] == "netd" else path.parts
    return Path("tests", *inside[:-1], f"test_{path.name}")


def test_every_source_file_has_its_test_file() -> None:
    wanted = [mirrored(source.path) for source in program() if source.path.name not in EXEMPT]
    expect_none(str(path) for path in wanted if not (ROOT / path).is_file())


def test_exempt_files_hold_no_behaviour() -> None:
    expect_none(
        source.at(f.lineno) for source in program() if source.path.name in EXEMPT for f in source.functions
    )


def test_names_of_the_mirror() -> None:
    assert mirrored(Path("netd/errors.py")) == Path("tests/test_errors.py")
    assert mirrored(Path("netd/monitor/commands/hub.py")) == Path("tests/monitor/commands/test_hub.py")
    assert mirrored(Path("netctl/main.py")) == Path("tests/netctl/test_main.py")
