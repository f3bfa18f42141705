"""The programs of the tests: in which namespace and as whom they run, and that none outlives the tests."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

NETNS_DIRECTORY = Path("/run/netns")
"""Where ``ip netns`` pins namespaces by name."""

REPOSITORY = Path(__file__).resolve().parents[2]

Stream = int | IO[bytes] | None

_spawner = ThreadPoolExecutor(1, thread_name_prefix="spawner")
# A parent-death signal comes when the *thread* that forked ends (prctl(2)), so all children are
# forked by this one, which lives as long as the tests.


class MissingTool(Exception):
    """A program of the system is not installed; the text names the Debian package that has it."""


def tool(name: str, package: str) -> str:
    """The path of a program of the system, found as root finds it.

    Raises `MissingTool` when it is not installed.
    """
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise MissingTool(f"{name} is not installed: apt install {package}")
    return path


def spawn(
    argv: Sequence[str],
    *,
    netns: str | None = None,
    user: str | None = None,
    groups: Sequence[str] = (),
    pass_fds: Sequence[int] = (),
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream = None,
    stderr: Stream = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program that is killed when this process ends, however it ends.

    It runs in the repository, in a session of its own, in the network namespace ``netns`` (a name
    of ``ip netns``, or a path), with ``env`` added to this environment. ``user`` runs it as that
    user with only the supplementary ``groups``, and without any right but to read files: the
    repository may lie in a home that is closed to others. Streams are as `subprocess.Popen` has them.
    """
    return _spawner.submit(
        subprocess.Popen[bytes],
        [*_within(netns), *_privileges(user, groups), *argv],
        pass_fds=pass_fds,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, **(env or {})},
        cwd=REPOSITORY,
        bufsize=0,
        start_new_session=True,
    ).result()


def netns_path(netns: str) -> Path:
    """The file that stands for a network namespace given by name or by path."""
    return NETNS_DIRECTORY / netns


def _within(netns: str | None) -> list[str]:
    if netns is None:
        return []
    return [tool("nsenter", "util-linux"), f"--net={netns_path(netns)}", "--"]


def _privileges(user: str | None, groups: Sequence[str]) -> list[str]:
    command = [tool("setpriv", "util-linux"), "--pdeathsig=KILL"]
    if user is not None:
        command += [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}"]
        command += [f"--groups={','.join(groups)}"] if groups else ["--clear-groups"]
        command += ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    return [*command, "--"]


def finish(
    process: subprocess.Popen[bytes],
    *,
    how: int = signal.SIGTERM,
    patience: float = 5.0,
    group: bool = False,
) -> int:
    """End a spawned program; its exit status.

    Sends the signal ``how``, waits ``patience`` seconds, then kills. ``group`` means what it
    started as well, as far as it stayed in its process group.
    """
    _signal(process, how, group=group)
    try:
        return process.wait(patience)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL, group=group)
        return process.wait()


def _signal(process: subprocess.Popen[bytes], number: int, *, group: bool) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(process.pid, number)
