"""Where the bench lives: namespaces of its own, which vanish with it and all that it started.

The bench's "host" is the network namespace made here. Names of ``ip netns`` are private as well,
so that nothing of the machine's is seen or touched, even when the bench is killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.process import NETNS_DIRECTORY, REPOSITORY, tool

_INSIDE = "NETD_BENCH_ENCLOSED"


def enter(module: str, arguments: list[str]) -> None:
    """Return inside the enclosure: the first time, by starting ``python -m module`` again in it."""
    if os.environ.pop(_INSIDE, None) is None:
        if os.geteuid() != 0:
            sys.exit("the bench makes network namespaces: run it as root")
        os.chdir(REPOSITORY)
        unshare = [tool("unshare", "util-linux"), "--net", "--mount", "--pid", "--fork", "--kill-child"]
        command = [*unshare, "--mount-proc", "--", sys.executable, "-m", module, *arguments]
        os.execve(command[0], command, {**os.environ, _INSIDE: "1"})
    NETNS_DIRECTORY.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "netns", str(NETNS_DIRECTORY))
    _run("mount", "-t", "sysfs", "sysfs", "/sys")  # /sys/class/net shows the namespace it was mounted in
    _run("ip", "link", "set", "lo", "up")


def contents() -> frozenset[str]:
    """The interfaces of the bench's host and the named namespaces: what a daemon could leave behind."""
    links = Path("/sys/class/net").iterdir()
    return frozenset([path.name for path in links] + [str(path) for path in NETNS_DIRECTORY.iterdir()])


def _run(name: str, *arguments: str) -> None:
    subprocess.run([tool(name, "iproute2" if name == "ip" else "mount"), *arguments], check=True)
