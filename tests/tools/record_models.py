"""Record QEMU's NIC models into ``netd/nics/models.json``: ``python -m tests.tools.record_models``.

Asks the installed ``qemu-system-x86_64`` which network devices it has (``device_add help``) and
what each one's properties are (``device-list-properties``). The same QEMU gives the same file,
byte for byte; a property that many models have is written once.
"""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

from tests.support.process import REPOSITORY, finish, spawn
from tests.support.qmp import QmpClient

MODELS = REPOSITORY / "netd" / "nics" / "models.json"

COMMAND = "qemu-system-x86_64 -nodefaults -M pc -S -display none -mon chardev=qmp,mode=control -chardev"

_DEVICE = re.compile(
    r'name "(?P<name>[^"]+)"(?:, bus (?P<bus>[^,]+))?'
    r'(?:, alias "(?P<alias>[^"]+)")?(?:, desc "(?P<desc>[^"]+)")?'
)


@contextlib.contextmanager
def qemu(*arguments: str) -> Iterator[QmpClient]:
    """A QEMU with an empty PC, stopped before its first instruction, and a session on its control socket."""
    with (
        tempfile.TemporaryDirectory(prefix="netd-qemu-") as directory,
        socket.socket(socket.AF_UNIX) as listening,
    ):
        path = Path(directory) / "qmp.sock"
        listening.bind(str(path))
        listening.listen()
        process = spawn(
            [*COMMAND.split(), f"socket,id=qmp,server=on,wait=off,fd={listening.fileno()}", *arguments],
            pass_fds=[listening.fileno()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with QmpClient(path) as qmp:
                yield qmp
        finally:
            finish(process, how=signal.SIGKILL)


def network_devices(help_text: str) -> list[str]:
    """The lines of the section "Network devices:" of ``device_add help``."""
    section = help_text.replace("\r\n", "\n").partition("Network devices:\n")[2]
    return section.partition("\n\n")[0].splitlines()


def record(qmp: QmpClient) -> str:
    """The text of ``models.json`` as this QEMU would have it."""
    version = qmp.greeting["QMP"]["version"]["qemu"]
    models = [_model(qmp, line) for line in network_devices(qmp.hmp("device_add help"))]
    rows = sorted({_json(row) for model in models for row in model["properties"]})
    number = {row: at for at, row in enumerate(rows)}
    for model in models:
        model["properties"] = [number[_json(row)] for row in model["properties"]]
    release = ".".join(str(version[part]) for part in ("major", "minor", "micro"))
    return _lines(release, rows, [_json(model) for model in models])


def _model(qmp: QmpClient, line: str) -> dict[str, Any]:
    device = _DEVICE.fullmatch(line)
    if device is None:
        raise ValueError(f"not a line of -device help: {line}")
    listed = qmp.cmd("device-list-properties", typename=device["name"])
    said = {key: value for key, value in device.groupdict().items() if value is not None}
    return {**said, "properties": sorted(map(_row, listed), key=itemgetter(0))}


def _row(listed: dict[str, Any]) -> list[Any]:
    """Name, type, description and default; the last two are left out where there are none."""
    row = [listed["name"], listed["type"], listed.get("description", "")]
    if "default-value" in listed:
        return [*row, listed["default-value"]]
    return row if row[2] else row[:2]


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _lines(release: str, rows: list[str], models: list[str]) -> str:
    parts = [f'"qemu":"{release}"', _array("properties", rows), _array("models", models)]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _array(name: str, elements: list[str]) -> str:
    return f'"{name}":[\n' + ",\n".join(elements) + "\n]"


def main() -> None:
    """Write the file."""
    with qemu() as qmp:
        MODELS.write_text(record(qmp))
    sys.stdout.write(f"wrote {MODELS}\n")


if __name__ == "__main__":
    main()
