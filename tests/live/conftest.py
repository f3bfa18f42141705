"""A whole netd: a process of its own, whose host is a namespace that the test made, or its file."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from netd.kernel import netns, syscalls
from tests.live.lab import Inside, Lab, fabric_of
from tests.support.daemon import Daemon
from tests.support.hosts import MOUNTS, Host, MakeHost, make_host, netns_dir, no_leaks
from tests.support.process import spawn

__all__ = ["make_host", "netns_dir", "no_leaks"]

StartDaemon = Callable[..., Daemon]


@pytest.fixture(scope="session", autouse=True)
def spawner() -> None:
    """Start the thread that starts all programs: it stays, and is no leak of the first test's."""
    spawn(["true"]).wait()


@pytest.fixture(autouse=True)
def nothing_left(no_leaks: None) -> None:
    """Whatever the test did, it ends as it began."""


@pytest.fixture
def host(make_host: MakeHost) -> Host:
    """The lab host: an empty namespace, but for ``lo``."""
    return make_host("host").no_ipv6()


@pytest.fixture
def start(host: Host) -> Iterator[StartDaemon]:
    """Starts netds (arguments as `Daemon` has them) in the test's host; they must end well."""
    with contextlib.ExitStack() as daemons:

        def start(*arguments: str, **how: Any) -> Daemon:
            daemon = Daemon(*arguments, **{"netns": host.path, **how})
            daemons.callback(forget_fabric, daemon)
            return daemons.enter_context(daemon)

        yield start


def forget_fabric(daemon: Daemon) -> None:
    """Remove what a daemon left on purpose (``--keep``), or because it was killed."""
    fabric = str(fabric_of(daemon))
    if netns.is_pinned(fabric):
        netns.unpin(fabric)


@pytest.fixture
def daemon(start: StartDaemon) -> Daemon:
    """A netd as it runs by default."""
    return start()


@pytest.fixture(scope="module")
def lasting() -> Iterator[Daemon]:
    """A netd for all tests of a file, with a host of its own."""
    directory = tempfile.mkdtemp(prefix=MOUNTS)
    with contextlib.ExitStack() as ends:
        ends.callback(os.rmdir, directory)
        ends.callback(syscalls.unmount, directory)  # a name in it makes it a mount
        place = Host(f"{directory}/host")
        ends.callback(place.close)
        yield ends.enter_context(Daemon(netns=place.path, log_level="info"))


@pytest.fixture
def emptied(lasting: Daemon) -> Iterator[Daemon]:
    """That netd, which is torn down after the test."""
    yield lasting
    with lasting.qmp() as qmp, contextlib.closing(Inside(fabric_of(lasting))) as inside:
        qmp.cmd("teardown")
        assert inside.links() == []


@pytest.fixture
def labs(start: StartDaemon, make_host: MakeHost) -> Iterator[Callable[[Daemon], Lab]]:
    """Labs on the test's daemons."""
    with contextlib.ExitStack() as stack:
        yield lambda daemon: stack.enter_context(Lab(daemon, make_host))


@pytest.fixture
def lab(daemon: Daemon, labs: Callable[[Daemon], Lab]) -> Lab:
    """A lab on a netd as it runs by default."""
    return labs(daemon)


@pytest.fixture
def notify_socket() -> Iterator[socket.socket]:
    """What a service manager listens on; to be bound by the test."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        yield sock


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what its daemons logged."""
    report = yield
    if report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, Daemon) and value.log:
                report.sections.append((f"log of {name}", value.log))
    return report
