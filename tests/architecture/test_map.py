"""The map in ``netd/__init__.py``, the README and the Makefile say what is so."""

from __future__ import annotations

import ast
import re

import netd
from tests.architecture.tree import ROOT, expect_none, files, sources

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([.a-z-]+):", MAKEFILE, re.MULTILINE))


def test_the_map_names_every_package() -> None:
    packages = {
        path.parent.name for path in files() if path.name == "__init__.py" and path.parts[0] == "netd"
    } - {"netd", "commands"}
    words = set(re.findall(r"\w+", netd.__doc__ or ""))
    assert packages - words == set()
    assert {"errors", "netctl"} <= words


def test_the_map_names_no_package_that_is_not_there() -> None:
    named = set(re.findall(r"\bnetd[./](\w+)", netd.__doc__ or ""))
    assert {name for name in named if not any((ROOT / "netd").glob(f"{name}*"))} == set()


def test_commands_of_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`|\$ )(?:sudo )?make ([.a-z-]+)", readme, re.MULTILINE))
    assert {"demo", "test"} <= named
    assert named <= TARGETS


def test_help_lists_every_target_for_people() -> None:
    shown = set(re.findall(r"^([.a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
    assert shown == {"help", "demo", "test", "check", "bench", "install", "uninstall", ".venv", "clean"}


def test_the_makefile_installs_every_tool_that_tests_use() -> None:
    """A test asks for one with ``tool(name, package)``."""
    listed = set(re.findall(r"^[A-Z]+_PACKAGES := (.*)", MAKEFILE, re.MULTILINE))
    packages = {word for line in listed for word in line.split()} | {"apt", "dpkg", "util-linux"}
    expect_none(
        f"{source.at(call.lineno)}: {call.args[1].value!r}"
        for source in sources("tests")
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "tool"
        if len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
        if call.args[1].value not in packages and call.args[1].value != "nosuch"
    )
