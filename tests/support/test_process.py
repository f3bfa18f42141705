"""Programs of the tests end with the tests, and run as whom they should."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.process import MissingTool, finish, netns_path, spawn, tool

PARENT = """
import subprocess, sys
from tests.support.process import spawn
child = spawn(["sh", "-c", "echo; exec sleep infinity"], stdout=subprocess.PIPE)
child.stdout.readline()  # it runs, and so has its parent-death signal
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_program_dies_with_the_process_that_spawned_it() -> None:
    parent = spawn([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent.stdin, parent.stdout:
        child = os.pidfd_open(int(parent.stdout.readline()))
        try:
            assert select.select([child], [], [], 0)[0] == []
            finish(parent, how=signal.SIGKILL)
            assert select.select([child], [], [], 10)[0] == [child]
        finally:
            os.close(child)


def test_a_stubborn_program_is_killed() -> None:
    assert finish(spawn(["sh", "-c", "trap '' TERM; echo; exec sleep infinity"]), patience=0.2) in (
        -signal.SIGKILL,
        -signal.SIGTERM,  # the signal came before the trap
    )


def test_a_missing_tool_names_its_package() -> None:
    with pytest.raises(MissingTool, match=re.escape("nosuch-tool is not installed: apt install nosuch")):
        tool("nosuch-tool", "nosuch")


def test_a_namespace_is_a_name_or_a_path() -> None:
    assert netns_path("lab") == Path("/run/netns/lab")
    assert netns_path("/proc/1/ns/net") == Path("/proc/1/ns/net")


@pytest.mark.kernel
def test_another_user_has_no_right_but_to_read() -> None:
    process = spawn(["cat", "/proc/self/status"], user="nobody", groups=["games"], stdout=subprocess.PIPE)
    status, _ = process.communicate(timeout=10)
    fields = dict(line.split(":\t", 1) for line in status.decode().splitlines())
    assert fields["Uid"].split() == ["65534"] * 4
    assert fields["Groups"].split() == ["60"]
    assert int(fields["CapEff"], 16) == 1 << 2  # CAP_DAC_READ_SEARCH, include/uapi/linux/capability.h
