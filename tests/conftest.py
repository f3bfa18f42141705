"""What every test run obeys: the right to run, a time limit, repeatable examples, nothing left behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator

import hypothesis
import pytest

from tests.support.left_behind import Traces
from tests.support.time_limit import limited

LIMIT = 120
"""Seconds that a test, its set-up and its tear-down may each take; ``@pytest.mark.limit(n)`` says else."""

STDERR = pytest.StashKey[int]()
"""The real standard error, whatever the tests' output is captured into."""

hypothesis.settings.register_profile("dev", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--alone",
        action="store_true",
        help="nobody else makes namespaces, links or mounts on this machine: any that stay are this run's",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"limit(seconds): may take this long instead of {LIMIT} s")
    config.stash[STDERR] = os.dup(2)


def pytest_unconfigure(config: pytest.Config) -> None:
    os.close(config.stash[STDERR])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    admit(item)
    with limited(seconds(item), item.config.stash[STDERR]):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    with limited(seconds(item), item.config.stash[STDERR]):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    with limited(seconds(item), item.config.stash[STDERR]):
        return (yield)


def admit(item: pytest.Item) -> None:
    """A test that cannot run here fails: skipping it would look like success."""
    kernel, guests, qemu = (item.get_closest_marker(name) for name in ("kernel", "guests", "qemu"))
    if (kernel or guests) and os.geteuid() != 0:
        pytest.fail("needs root: `make test` runs it so, `make check` leaves it out", pytrace=False)
    if (guests or qemu) and shutil.which("qemu-system-x86_64") is None:
        pytest.fail("needs qemu-system-x86_64: `make test` installs it", pytrace=False)


def seconds(item: pytest.Item) -> float:
    """The item's time limit."""
    marker = item.get_closest_marker("limit")
    return float(marker.args[0]) if marker else LIMIT


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind(pytestconfig: pytest.Config) -> Iterator[None]:
    """The run ends as it began: no process, descriptor, namespace, link or mount of a test's stays."""
    before = Traces.now()
    yield
    left = Traces.now(patience=5).since(before, alone=pytestconfig.getoption("--alone"))
    if left:
        pytest.fail("left behind by the tests:\n" + "\n".join(f"  {trace}" for trace in left), pytrace=False)
