"""The tests' netd, with a small program in netd's place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, DaemonFailed

STUB = """
import os, signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit({status}))
print("arguments:", *sys.argv[1:], file=sys.stderr, flush=True)
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
    notify.sendto(b"STATUS=making the fabric", os.environ["NOTIFY_SOCKET"])
    notify.sendto(b"READY=1\\nSTATUS=ready", os.environ["NOTIFY_SOCKET"])
while True:
    signal.pause()
"""


def stub(status: int = 0) -> tuple[str, ...]:
    return (sys.executable, "-c", STUB.format(status=status))


def test_it_runs_from_ready_to_a_clean_end() -> None:
    with Daemon("--extra", keep=True, config="[access]\n", program=stub()) as daemon:
        directory = daemon.directory
        assert (directory / "netd.toml").read_text() == "[access]\n"
        assert f"arguments: --socket {daemon.socket} --runtime-dir {daemon.runtime}" in daemon.log
        assert daemon.log.endswith(f"--config {directory}/netd.toml --keep --extra\n")
        assert daemon.rss() > 1_000_000
    assert not directory.exists()


def test_a_bad_end_is_reported_with_the_log() -> None:
    with pytest.raises(DaemonFailed, match=r"(?s)exit status 3.*arguments:"), Daemon(program=stub(status=3)):
        pass


def test_a_failed_start_is_reported_with_the_log() -> None:
    broken = (sys.executable, "-c", "import sys; sys.exit('no fabric')")
    with (
        pytest.raises(DaemonFailed, match=r"did not start \(exit status 1\):\nno fabric"),
        Daemon(program=broken),
    ):
        pass


def test_a_crashed_daemon_can_be_started_again(tmp_path: Path) -> None:
    with Daemon(program=stub(), directory=tmp_path) as daemon:
        daemon.kill()
        daemon.start()
        assert daemon.log.count("arguments:") == 2
