"""Daemons to talk to, a stand-in and a real QEMU; and netctl itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netctl.main import main
from tests.netctl.fake_daemon import FakeDaemon

ROOT = Path(__file__).parents[2]
QEMU = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-mon", "chardev=q,mode=control"]
"""The start of a command line that gives ``-chardev socket,id=q`` QMP; ``-M`` is still to come."""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[FakeDaemon]:
    fake = FakeDaemon(tmp_path / "netd.sock")
    yield fake
    fake.close()


class Result:
    """How a command ended, and what it said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def __repr__(self) -> str:
        return f"exit code {self.code}\n{self.out}\n{self.err}"


Netctl = Callable[..., Result]


@pytest.fixture
def netctl(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Netctl]:
    """``netctl("-s", path, "query-name")``, in this process."""
    before = signal.getsignal(signal.SIGPIPE)
    monkeypatch.delenv("NETD_SOCKET", raising=False)

    def call(*words: str) -> Result:
        try:
            code = main(words)
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    yield call
    signal.signal(signal.SIGPIPE, before)


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    """``program("netctl.main")``: a file to execute that runs the module, as installed scripts do."""

    def make(module: str) -> Path:
        path = tmp_path / "bin" / {"netctl.main": "netctl"}.get(module, "netd-bridge-helper")
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"#!/bin/sh\nexec {sys.executable} -c \"import sys; sys.path.insert(0, '{ROOT}')\n"
            f'import {module}; sys.exit({module}.main())" "$@"\n'
        )
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def qemu(tmp_path: Path) -> Iterator[str]:
    """The QMP socket of a real QEMU, which speaks the protocol netd does.

    QEMU is given the listening socket, so that who connects early waits in its backlog.
    """
    path = str(tmp_path / "qemu.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        os.set_inheritable(listener.fileno(), True)
        process = subprocess.Popen(
            [*QEMU, "-M", "none", "-chardev", f"socket,id=q,fd={listener.fileno()},server=on,wait=off"],
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    yield path
    process.kill()
    process.wait()
