"""A client that is a process of its own, so that it can be somebody, hold descriptors, and be killed.

``python -m tests.live.client SOCKET`` has a session with a daemon. Each line of its input is a list:
a command's name and arguments, or raw text to send, or nothing; it is answered by a line with the next
reply, but raw text by an empty object. Descriptors that come stay open as long as it lives.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from tests.support.process import finish, spawn
from tests.support.qmp import QmpClient, QmpError


class Client:
    """The process, for the ``with`` statement; it is killed at the end. Who it is: as `spawn` has it."""

    def __init__(self, path: Path, *, user: str | None = None, groups: Sequence[str] = ()) -> None:
        self.process: subprocess.Popen[bytes] = spawn(
            [sys.executable, "-m", "tests.live.client", str(path)],
            user=user,
            groups=groups,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """End it as a crash would."""
        finish(self.process, how=signal.SIGKILL)

    def call(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """The whole reply to a command."""
        return self._say([name, arguments])

    def cmd(self, name: str, /, **arguments: Any) -> Any:
        """What a command returns; `QmpError` when it is refused."""
        reply = self.call(name, **arguments)
        if "error" in reply:
            raise QmpError(reply["error"]["class"], reply["error"]["desc"])
        return reply["return"]

    def refusal(self, name: str, /, **arguments: Any) -> str:
        """The reason why a command is refused, which it must be."""
        reply = self.call(name, **arguments)
        assert "error" in reply, reply
        return str(reply["error"]["desc"])

    def hmp(self, line: str) -> str:
        """What the human monitor answers to a line."""
        return str(self.cmd("human-monitor-command", **{"command-line": line}))

    def send(self, text: str) -> None:
        """Send something and do not wait for what comes."""
        self._say([text])

    def reply(self) -> dict[str, Any]:
        """The next reply."""
        return self._say([])

    def _say(self, words: list[Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        reply: dict[str, Any] = json.loads(self.process.stdout.readline())
        return reply


def answer(
    qmp: QmpClient, text: str | None = None, arguments: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Do what one line says."""
    if text is None:
        return qmp.reply()
    if arguments is not None:
        return qmp.call(text, arguments)
    qmp.send_bytes(text.encode())
    return {}


def main() -> None:
    """Do what the lines of standard input say."""
    with QmpClient(sys.argv[1]) as qmp:
        for line in sys.stdin:
            print(json.dumps(answer(qmp, *json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
