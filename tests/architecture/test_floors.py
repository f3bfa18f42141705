"""Imports point down the floors only, and each floor imports no more of the world than it should."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator

from tests.architecture.tree import Import, Source, expect_none, imports_of, program

FLOORS = (
    ("errors",),
    ("schema",),
    ("wire",),
    ("topology",),
    ("plan",),
    ("kernel",),
    ("workers",),
    ("backends", "nics", "filters"),
    ("monitor",),
    ("daemon",),
)
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}

PURE = {"schema", "wire", "topology", "plan"}
WORLD = {
    *("trio", "pyroute2", "structlog", "prompt_toolkit"),
    *("asyncio", "ctypes", "fcntl", "io", "logging", "mmap", "multiprocessing", "os", "pathlib", "pty"),
    *("random", "resource", "secrets", "select", "selectors", "shutil", "signal", "socket", "ssl"),
    *("subprocess", "sys", "syslog", "tempfile", "threading", "time"),
}
"""What does or knows something outside the program: no pure floor needs it."""

FOR_NETCTL = ("netd.errors", "netd.wire", "netd.schema")


def floor_of(module: str) -> str | None:
    """The floor that a module of netd stands on; None for the roof, ``netd`` and ``netd.__main__``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in LEVEL else None


def on(*floors: str) -> list[Source]:
    return [
        source for source in program() if floor_of(source.module) in floors and source.module[:5] == "netd."
    ]


def is_or_below(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def test_every_module_stands_on_a_floor() -> None:
    roof = {"netd", "netd.__main__"}
    modules = {source.module for source in program() if source.path.parts[0] == "netd"}
    expect_none(module for module in modules - roof if floor_of(module) is None)


def test_imports_point_down() -> None:
    wrong = []
    for source in on(*LEVEL):
        own = floor_of(source.module)
        assert own is not None
        for imported in source.imports:
            other = floor_of(imported.name) if is_or_below(imported.name, "netd") else None
            if other and other != own and LEVEL[other] >= LEVEL[own]:
                wrong.append(f"{source.at(imported.line)}: {own} imports {imported.name}")
    expect_none(wrong)


def test_pure_floors_know_nothing_of_the_world() -> None:
    wrong = [
        f"{source.at(imported.line)}: {imported.name}"
        for source in on(*PURE)
        for imported in source.imports
        if imported.name.split(".")[0] in WORLD
    ]
    wrong += [
        f"{source.at(node.lineno)}: {node.func.id}()"
        for source in on(*PURE)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"open", "input"}
    ]
    expect_none(wrong)


def importers(library: str) -> Iterator[tuple[Source, Import]]:
    """Who imports a library, and where."""
    for source in program():
        yield from ((source, item) for item in source.imports if is_or_below(item.name, library))


def test_only_the_kernel_floor_speaks_netlink() -> None:
    expect_none(
        source.at(item.line) for source, item in importers("pyroute2") if floor_of(source.module) != "kernel"
    )


def test_trio_is_for_what_runs_in_the_daemon() -> None:
    """Workers are without it; a backend's file costs its importer nothing, whatever it does later."""
    expect_none(
        source.at(item.line)
        for source, item in importers("trio")
        if floor_of(source.module) not in {"kernel", "monitor", "daemon"}
        if item.at_import or floor_of(source.module) == "workers"
    )


def test_netctl_imports_nothing_of_the_daemon() -> None:
    wrong = [
        f"{source.at(imported.line)}: {imported.name}"
        for source in program()
        if source.path.parts[0] == "netctl"
        for imported in source.imports
        if imported.name.split(".")[0] in {"netd", "trio", "pyroute2", "structlog"}
        and not any(is_or_below(imported.name, package) for package in FOR_NETCTL)
        and imported.name not in {"netd", "netd.__version__"}
    ]
    expect_none(wrong)


def test_netctl_starts_without_what_is_slow_to_import() -> None:
    code = "import sys, netctl.main; print(*sys.modules)"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        ).stdout.split()
    )
    assert loaded & {"trio", "pyroute2", "structlog", "prompt_toolkit", "asyncio"} == set()


def test_imports_are_absolute() -> None:
    wrong = [
        source.at(node.lineno)
        for source in program()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    expect_none(wrong)


def test_the_list_of_the_world_names_modules_that_exist() -> None:
    third_party = {"trio", "pyroute2", "structlog", "prompt_toolkit"}
    assert WORLD - third_party <= sys.stdlib_module_names


def test_imports_are_found_wherever_they_stand() -> None:
    text = "import a\nif TYPE_CHECKING:\n import b\ntry:\n from c import d\nexcept E:\n import e\n"
    text += "def f():\n import g"
    found = {item.name: item.at_import for item in imports_of(ast.parse(text).body, at_import=True)}
    assert found == {"a": True, "b": False, "c": True, "c.d": True, "e": True, "g": False}
