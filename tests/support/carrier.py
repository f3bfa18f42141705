"""Waiting for interfaces: what is sent before the kernel has noticed their carrier is lost."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.support.hosts import PATIENCE, Host


def until(condition: Callable[[], bool]) -> None:
    """Return when it holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end


def until_up(host: Host, *names: str) -> None:
    """Return when these interfaces of the host's are up and have carrier."""
    until(lambda: all("state UP" in host.run("ip", "link", "show", name) for name in names))
