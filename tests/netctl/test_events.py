from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from netctl import events
from netctl.errors import Unreachable
from tests.netctl.fake_daemon import FakeDaemon

DELETED = {
    "timestamp": {"seconds": 1795177805, "microseconds": 21149},
    "event": "DEVICE_DELETED",
    "data": {"device": "n0", "path": "/machine/peripheral/n0", "really": True},
}


def test_an_event_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.localtime", time.gmtime)
    assert events.line(DELETED) == (
        "2026-11-20 12:30:05.021149 DEVICE_DELETED device=n0 path=/machine/peripheral/n0 really=yes"
    )


def test_an_event_without_a_clock_or_data() -> None:
    assert events.line({"timestamp": {"seconds": -1, "microseconds": -1}, "event": "STOP"}) == "- STOP"


def test_they_are_followed_until_the_daemon_goes(
    daemon: FakeDaemon, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.events = [DELETED, {"event": "STOP", "timestamp": {"seconds": 1, "microseconds": 2}}]
    daemon.answers["qmp_capabilities"] = {}
    daemon.hang_up_after_events = True
    with pytest.raises(Unreachable, match="ended the session"):
        events.follow(str(daemon.path), as_json=True)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == daemon.events


def test_an_interrupt_is_how_it_ends(daemon: FakeDaemon, program: Callable[[str], Path]) -> None:
    daemon.events = [DELETED]
    netctl = program("netctl.main")
    with subprocess.Popen(
        [netctl, "-s", daemon.path, "events"], stdout=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout is not None
        assert " DEVICE_DELETED device=n0 " in following.stdout.readline()
        following.send_signal(signal.SIGINT)
        assert following.stdout.read() == ""
    assert following.returncode == 0
