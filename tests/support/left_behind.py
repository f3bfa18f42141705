"""What a test run can leave behind on the machine, and what of it is new."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RUN = f"{os.getpid()}-{time.time_ns()}"
os.environ["NETD_TEST_RUN"] = RUN
TOKEN = f"NETD_TEST_RUN={RUN}".encode()
"""In the environment of every process that this run starts, whoever its parent is by now."""


@dataclass(frozen=True)
class Traces:
    """What there is at one moment; every item is a text that names the thing to a person."""

    processes: frozenset[str]
    descriptors: frozenset[str]
    shared: frozenset[str]
    """Named network namespaces, the links of this namespace, mounts: others may make such, too."""

    @classmethod
    def now(cls, *, patience: float = 0, before: Traces | None = None) -> Traces:
        """Look, having waited up to ``patience`` seconds for the end of processes not there ``before``."""
        old = before.processes if before else frozenset()
        wait_for_end([pid for pid, command in started_here() if named(pid, command) not in old], patience)
        return cls(
            processes=frozenset(named(pid, command) for pid, command in started_here()),
            descriptors=frozenset(own_descriptors()),
            shared=frozenset([*named_namespaces(), *links(), *mounts()]),
        )

    def since(self, before: Traces, *, alone: bool) -> list[str]:
        """What is new; the things others may make, too, only when the run is ``alone``."""
        new = [*(self.processes - before.processes), *(self.descriptors - before.descriptors)]
        if alone:
            new += self.shared - before.shared
        return sorted(new)


def named(pid: int, command: str) -> str:
    """A process as it is reported."""
    return f"process {pid}: {command}"


def started_here() -> Iterator[tuple[int, str]]:
    """The living processes that this run started: number and command line."""
    for process in Path("/proc").glob("[0-9]*"):
        pid = int(process.name)
        # A process may end while it is looked at, and another user's is not for us to read.
        with contextlib.suppress(OSError):
            if pid != os.getpid() and TOKEN in (process / "environ").read_bytes().split(b"\0"):
                yield pid, (process / "cmdline").read_text(errors="replace").replace("\0", " ").strip()


def wait_for_end(pids: list[int], patience: float) -> None:
    """Return when all the processes have ended, or ``patience`` seconds later."""
    end = time.monotonic() + patience
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            try:
                select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
            finally:
                os.close(descriptor)


def own_descriptors() -> Iterator[str]:
    """This process's open descriptors."""
    for link in list(Path("/proc/self/fd").iterdir()):
        # The descriptor of this very listing is gone by now.
        with contextlib.suppress(FileNotFoundError):
            yield f"descriptor {link.name}: {link.readlink()}"


def named_namespaces() -> Iterator[str]:
    """Network namespaces as ``ip netns`` lists them."""
    directory = Path("/run/netns")
    if directory.is_dir():
        yield from (f"network namespace {entry.name}" for entry in directory.iterdir())


def links() -> Iterator[str]:
    """The network interfaces of the namespace that the tests run in."""
    yield from (f"network interface {name}" for _, name in socket.if_nameindex())


def mounts() -> Iterator[str]:
    """Where something is mounted; the fifth field, see proc(5)."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    yield from (f"mount {line.split()[4]}" for line in lines)
