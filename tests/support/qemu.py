"""A real QEMU without a guest: to be asked the same as netd, and to be measured against."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.support.process import finish, spawn, tool
from tests.support.qmp import QmpClient


class Qemu:
    """A QEMU process with a QMP socket; for the ``with`` statement.

    ``arguments`` are added to its command line; it has no default devices. Other parameters as
    in `tests.support.process.spawn`.
    """

    def __init__(
        self,
        *arguments: str,
        machine: str = "none",
        netns: str | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self._arguments = arguments
        self._machine = machine
        self._netns = netns
        self._pass_fds = pass_fds
        self._directory = Path(tempfile.mkdtemp(prefix="netd-test-qemu-"))
        self.socket = self._directory / "qmp.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # QEMU is handed the listening socket, so that a client never comes too early.
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(self.socket))
            listener.listen()
            with (self._directory / "log").open("wb") as log:
                self._process = spawn(
                    [*self._command(listener.fileno()), *self._arguments],
                    netns=self._netns,
                    pass_fds=[listener.fileno(), *self._pass_fds],
                    stdout=log,
                    stderr=log,
                )
        return self

    def __exit__(self, *_: object) -> None:
        finish(self.process, how=signal.SIGKILL)
        shutil.rmtree(self._directory)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The QEMU process, which must have been started."""
        assert self._process is not None, "QEMU was not started"
        return self._process

    @property
    def log(self) -> str:
        """What QEMU printed, on either stream."""
        return (self._directory / "log").read_text(errors="replace")

    def qmp(self, *, negotiate: bool = True, oob: bool = False, timeout: float = 10.0) -> QmpClient:
        """A session on its monitor, which serves one client at a time."""
        return QmpClient(self.socket, negotiate=negotiate, oob=oob, timeout=timeout)

    def _command(self, listener: int) -> list[str]:
        return [
            tool("qemu-system-x86_64", "qemu-system-x86"),
            *("-M", self._machine, "-nodefaults", "-no-user-config", "-display", "none"),
            *("-chardev", f"socket,id=qmp,fd={listener},server=on,wait=off", "-mon", "qmp,mode=control"),
        ]
