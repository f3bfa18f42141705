"""``netctl events``: what happens, as it happens."""

from __future__ import annotations

import time
from typing import Any

from netctl import render
from netctl.client import Client


def follow(path: str, *, as_json: bool) -> None:
    """Print each event of the daemon at ``path`` on a line, until interrupted or it ends.

    Raises `Unreachable` when the daemon goes.
    """
    with Client(path) as client:
        try:
            for event in client.events():
                print(render.as_json(event, pretty=False) if as_json else line(event), flush=True)
        except KeyboardInterrupt:
            return


def line(event: dict[str, Any]) -> str:
    """``2026-11-20 13:57:01.021149 DEVICE_DELETED device=n0``, in local time."""
    details = [f"{key}={render.inline(value)}" for key, value in event.get("data", {}).items()]
    return " ".join([_moment(event["timestamp"]), event["event"], *details])


def _moment(timestamp: dict[str, int]) -> str:
    if timestamp["seconds"] < 0:  # the daemon had no clock (QMP specification, "Asynchronous events")
        return "-"
    whole = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(timestamp["seconds"]))
    return f"{whole}.{timestamp['microseconds']:06}"
