"""The lock files name exactly what pyproject.toml's dependencies need, in exact versions, and no place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from tests.architecture.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

Pins = dict[NormalizedName, str]


def pins(name: str) -> Pins:
    """What a lock file says: name to version."""
    lines = [
        line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
    ]
    matches = [re.fullmatch(r"([\w.-]+)==([\w.]+)", line) for line in lines if line]
    assert all(matches), f"{name} holds more than names with exact versions"
    return {canonicalize_name(match[1]): match[2] for match in matches if match}


def closure(requirements: Iterable[str]) -> set[NormalizedName]:
    """All that some requirements need, as the installed packages say it."""
    found: set[NormalizedName] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        extras = requirement.extras or {""}
        if name not in found:
            found.add(name)
            needs = [Requirement(text) for text in metadata.requires(name) or ()]
            waiting += [
                need
                for need in needs
                if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras)
            ]
    return found


RUN = pins("requirements.lock")
DEV = pins("requirements-dev.lock")


def test_the_run_lock_is_the_closure_of_the_dependencies_and_the_build() -> None:
    requires = PROJECT["build-system"]["requires"] + PROJECT["project"]["dependencies"]
    assert set(RUN) == closure(requires)


def test_the_dev_lock_is_the_rest_of_the_closure_of_the_dev_extra() -> None:
    assert set(DEV) == closure(PROJECT["project"]["optional-dependencies"]["dev"]) - set(RUN)


def test_what_is_installed_is_what_is_locked() -> None:
    locked = RUN | DEV
    assert {name: metadata.version(name) for name in locked} == locked


def test_every_requirement_admits_its_pin() -> None:
    names = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"]]
    for requirement in map(Requirement, names):
        assert requirement.specifier.contains(RUN[canonicalize_name(requirement.name)])


def test_no_place_is_named() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.findall(r"\w+://\S+|--?(?:index|extra-index|find-links|i|f)\b.*|\S+ @ \S+", text) == [], (
            name
        )
