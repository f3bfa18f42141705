"""VDE's switch as a hub: every frame passes three processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.lab import Pair, ip, namespaces
from tests.bench.race import Attempt
from tests.support.process import finish, spawn, tool


@contextlib.contextmanager
def hub() -> Iterator[Attempt]:
    """A ``vde_switch -hub`` with a ``vde_plug2tap`` in each guest."""
    guests = Pair.of("vde")
    with (
        tempfile.TemporaryDirectory() as directory,
        namespaces(*guests.names),
        contextlib.ExitStack() as stack,
    ):
        switch = stack.enter_context(_switch(Path(directory)))
        for guest in guests.names:
            ip("tuntap add dev eth0 mode tap", netns=guest)
            plug = spawn([tool("vde_plug2tap", "vde2"), f"--sock={switch}", "eth0"], netns=guest)
            stack.callback(finish, plug)
        yield stack.enter_context(guests.talking())


@contextlib.contextmanager
def _switch(directory: Path) -> Iterator[Path]:
    """A running switch; the directory that its clients are given."""
    pidfile = directory / "pid"
    command = [tool("vde_switch", "vde2"), "-hub", "-sock", str(directory / "switch")]
    # As a daemon it returns when clients may come; in the foreground nothing tells.
    subprocess.run([*command, "-daemon", "-pidfile", str(pidfile)], check=True)
    try:
        yield directory / "switch"
    finally:
        os.kill(int(pidfile.read_text()), signal.SIGTERM)
