"""netd as tests run it: a process of its own, in a namespace of the test, with a socket of its own.

::

    with Daemon(netns="lab") as daemon, daemon.qmp() as qmp:
        qmp.cmd("netdev_add", type="hubport", id="h0", hubid=0)

Leaving the ``with`` ends the daemon and asserts that it ended well; a failing test kills it and
shows its log.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.process import finish, spawn
from tests.support.qmp import QmpClient

PROGRAM = (sys.executable, "-m", "netd")


class DaemonFailed(AssertionError):
    """The daemon did not start, or did not end well; the text ends with its log."""


class Daemon:
    """One netd. ``netns`` (name or path) is its host; ``config`` is the text of its configuration.

    ``arguments`` are added to its command line. Its directory, socket and configuration are
    removed by `close`, or at the end of the ``with``; ``directory`` gives it one that stays.
    """

    def __init__(
        self,
        *arguments: str,
        netns: str | None = None,
        config: str | None = None,
        keep: bool = False,
        log_level: str = "debug",
        directory: Path | None = None,
        env: Mapping[str, str] | None = None,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._temporary = None if directory else Path(tempfile.mkdtemp(prefix="netd-test-"))
        self.directory = directory or self._temporary or Path()
        self.directory.chmod(0o755)  # other users' clients must reach the socket
        self.socket = self.directory / "netd.sock"
        self.runtime = self.directory / "run"
        self._command = [*program, "--socket", str(self.socket), "--runtime-dir", str(self.runtime)]
        self._command += ["--log-format", "json", "--log-level", log_level]
        if config is not None:
            (self.directory / "netd.toml").write_text(config)
            self._command += ["--config", str(self.directory / "netd.toml")]
        self._command += [*(["--keep"] if keep else []), *arguments]
        self._netns = netns
        self._env = env or {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, kind: type[BaseException] | None, _e: object, _t: TracebackType | None) -> None:
        try:
            if kind is None:
                self.stop()
            elif self._process is not None:
                with contextlib.suppress(DaemonFailed):  # the test's own failure is what counts
                    self.stop()
                print(f"the daemon's log:\n{self.log}", file=sys.stderr)
        finally:
            self.close()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running daemon; `DaemonFailed` when there is none."""
        if self._process is None:
            raise DaemonFailed("the daemon is not running")
        return self._process

    @property
    def pid(self) -> int:
        """The daemon's process number."""
        return self.process.pid

    @property
    def log(self) -> str:
        """All that the daemon wrote on standard error, over all its starts."""
        path = self.directory / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def rss(self) -> int:
        """Bytes of memory that the daemon has resident now (``VmRSS``, proc(5))."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
        return int(found[1]) * 1024 if found else 0

    def cpu(self) -> float:
        """CPU seconds that the daemon has used since it was started (utime and stime, proc(5))."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    def start(self, *, patience: float = 20.0) -> Self:
        """Start the daemon and return when it says ``READY=1``, within ``patience`` seconds.

        Raises `DaemonFailed` when it ends instead.
        """
        notify = self.directory / "notify"
        notify.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.bind(str(notify))
            with (self.directory / "log").open("ab") as log:
                self._process = spawn(
                    self._command,
                    netns=self._netns,
                    env={**self._env, "NOTIFY_SOCKET": str(notify)},
                    stdout=log,
                    stderr=log,
                )
            if not _says_ready(ready, self._process.pid, patience):
                status = self.kill()
                raise DaemonFailed(f"netd did not start (exit status {status}):\n{self.log}")
        return self

    def qmp(self, *, negotiate: bool = True, timeout: float = 10.0) -> QmpClient:
        """A new session on the control socket."""
        return QmpClient(self.socket, negotiate=negotiate, timeout=timeout)

    def stop(self, how: int = signal.SIGTERM, *, patience: float = 20.0) -> None:
        """End the daemon by a signal; `DaemonFailed` unless it ends in time, with status 0 and no traceback.

        ``how=0`` only waits, for a daemon that was told to end. A stopped daemon stays stopped.
        """
        if self._process is None:
            return
        status = finish(self._process, how=how, patience=patience)
        self._process = None
        if status != 0 or "Traceback (most recent call last)" in self.log:
            raise DaemonFailed(f"netd ended badly (exit status {status}):\n{self.log}")

    def kill(self) -> int:
        """End the daemon with SIGKILL, as a crash would; its exit status."""
        status = finish(self.process, how=signal.SIGKILL)
        self._process = None
        return status

    def close(self) -> None:
        """Remove the daemon's directory, if it is a temporary one."""
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)


def _says_ready(notify: socket.socket, pid: int, patience: float) -> bool:
    """Whether READY=1 comes (sd_notify(3)) before the process ends and time is up."""
    end = time.monotonic() + patience
    process = os.pidfd_open(pid)
    try:
        while True:
            watched = [notify.fileno(), process]
            readable, _, _ = select.select(watched, [], [], max(0.0, end - time.monotonic()))
            if notify.fileno() not in readable:
                return False
            if b"READY=1" in notify.recv(4096).split(b"\n"):
                return True
    finally:
        os.close(process)
