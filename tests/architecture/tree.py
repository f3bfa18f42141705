"""The repository as these tests see it: its files, and its Python sources parsed."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("netd", "netctl")


@dataclass(frozen=True)
class Import:
    """One imported module; ``from a import b`` counts as both ``a`` and ``a.b``."""

    name: str
    line: int
    at_import: bool
    """Done when the module is imported, not inside a function nor for the type checker only."""


@dataclass(frozen=True)
class Source:
    """A Python file; ``path`` is relative to the repository."""

    path: Path

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @property
    def module(self) -> str:
        """Its name when imported."""
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    @property
    def imports(self) -> Iterator[Import]:
        return imports_of(self.tree.body, at_import=True)

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (
            node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )

    def at(self, line: int) -> str:
        """A place in the file, as an editor can jump to."""
        return f"{self.path}:{line}"


def imports_of(body: list[ast.stmt], *, at_import: bool) -> Iterator[Import]:
    """All imports in some statements and what they contain."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, at_import) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield Import(module, node.lineno, at_import)
            yield from (Import(f"{module}.{alias.name}", node.lineno, at_import) for alias in node.names)
        else:
            later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or for_types_only(node)
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                yield from imports_of(getattr(node, field, []), at_import=at_import and not later)


def for_types_only(node: ast.stmt) -> bool:
    """``if TYPE_CHECKING:``."""
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def expect_none(places: Iterable[str]) -> None:
    """Fail with the whole list, one place a line, if there is any."""
    if found := sorted(set(places)):
        pytest.fail("\n".join(found), pytrace=False)


def files() -> list[Path]:
    """The repository's files, also the new ones, without what git ignores."""
    # The repository may belong to another user than root, who runs the tests.
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(Path(name) for name in names if name and (ROOT / name).is_file())


def sources(*directories: str) -> list[Source]:
    """The Python files below some directories of the repository."""
    return [Source(path) for path in files() if path.suffix == ".py" and path.parts[0] in directories]


def program() -> list[Source]:
    """The Python files of netd and netctl."""
    return sources(*PACKAGES)
