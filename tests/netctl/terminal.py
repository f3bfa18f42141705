"""A program at a terminal, and a person who types and looks."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
from collections.abc import Sequence

PATIENCE = 10.0
"""Seconds until what is expected on the screen is given up."""

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\s")  # ECMA-48 control sequences, and blanks


class Terminal:
    """Runs a command on a pseudo-terminal; use it in a ``with``."""

    def __init__(self, command: Sequence[str | os.PathLike[str]], environment: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self._seen = ""
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._ours)
        self.process.kill()
        self.process.wait()

    def send(self, text: str) -> None:
        """Type, where ``\\x03`` is ^C, ``\\x04`` is ^D and ``\\t`` Tab."""
        os.write(self._ours, text.encode())

    def expect(self, text: str) -> None:
        """Wait until ``text`` is on the screen after what was expected before.

        Blanks do not count: to draw one, a terminal may as well be told to move its cursor.
        """
        wanted = _plain(text)
        while (at := _plain(self._seen).find(wanted)) < 0:
            readable, _, _ = select.select([self._ours], [], [], PATIENCE)
            assert readable, f"waited for {text!r}, saw {self._seen!r}"
            try:
                self._seen += os.read(self._ours, 65536).decode(errors="replace")
            except OSError:  # EIO: the program has ended
                raise AssertionError(f"ended before {text!r}, saw {self._seen!r}") from None
        self._seen = _plain(self._seen)[at + len(wanted) :]

    def end(self) -> int:
        """Wait until the program has ended, and return its exit code."""
        return self.process.wait(PATIENCE)


def _plain(text: str) -> str:
    return _CONTROL.sub("", text)
