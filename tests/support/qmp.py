"""A QMP client for tests: blocking, exact, and able to send what no client should.

Works on netd and on QEMU alike, so that the two can be compared. Every wait has a limit.
"""

from __future__ import annotations

import array
import json
import os
import socket
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

Message = dict[str, Any]

CHUNK = 1 << 18
MOST_DESCRIPTORS = 253  # SCM_MAX_FD, include/net/scm.h


class QmpError(Exception):
    """The command was refused: QMP's error class and text."""

    def __init__(self, qmp_class: str, desc: str) -> None:
        super().__init__(f"{qmp_class}: {desc}")
        self.qmp_class = qmp_class
        self.desc = desc


class QmpClosed(ConnectionError):
    """The other side ended the session."""


class QmpClient:
    """One session. Use it in a ``with``, or close it.

    ``negotiate=False`` leaves the session in negotiation mode; ``oob=True`` asks for
    out-of-band execution. ``timeout`` (seconds) limits each wait: `TimeoutError`.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        negotiate: bool = True,
        oob: bool = False,
        timeout: float = 10.0,
    ) -> None:
        self.timeout = timeout
        self.events: deque[Message] = deque()
        """Events that came and that nobody has taken yet, oldest first."""
        self.descriptors: list[int] = []
        """Descriptors that came over SCM_RIGHTS and that nobody has taken yet, in order."""
        self._replies: deque[Message] = deque()
        self._buffer = bytearray()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.settimeout(timeout)
            self.socket.connect(str(path))
            self.greeting = self.message()
            if negotiate:
                self.cmd("qmp_capabilities", {"enable": ["oob"]} if oob else None)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session and close the descriptors that nobody took."""
        self.socket.close()
        for descriptor in self.take_descriptors():
            os.close(descriptor)

    # Commands

    def cmd(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        /,
        *,
        pass_fds: Sequence[int] = (),
        **more: Any,
    ) -> Any:
        """Execute a command and return its value; `QmpError` when it is refused.

        Arguments go in one mapping (names with dashes) or as keywords, or both.
        """
        reply = self.call(name, arguments, pass_fds=pass_fds, **more)
        if "error" in reply:
            raise QmpError(reply["error"]["class"], reply["error"]["desc"])
        return reply["return"]

    def call(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        /,
        *,
        pass_fds: Sequence[int] = (),
        **more: Any,
    ) -> Message:
        """Execute a command and return the whole reply, be it a value or an error."""
        request: Message = {"execute": name}
        if arguments is not None or more:
            request["arguments"] = {**(arguments or {}), **more}
        self.send(request, pass_fds)
        return self.reply()

    def hmp(self, line: str) -> str:
        """What the human monitor answers to a line."""
        return str(self.cmd("human-monitor-command", {"command-line": line}))

    # Sending and receiving

    def send(self, message: object, pass_fds: Sequence[int] = ()) -> None:
        """Send one JSON value, on a line of its own."""
        self.send_bytes(json.dumps(message).encode() + b"\n", pass_fds)

    def send_bytes(self, data: bytes, pass_fds: Sequence[int] = ()) -> None:
        """Send bytes as they are; descriptors go with the first of them."""
        sent = 0
        if pass_fds:
            sent = socket.send_fds(self.socket, [data], list(pass_fds))
        self.socket.sendall(data[sent:])

    def reply(self, timeout: float | None = None) -> Message:
        """The next reply; events that come before it are kept in `events`."""
        deadline = self._deadline(timeout)
        while not self._replies:
            self._sort(self._message_by(deadline, "a reply"))
        return self._replies.popleft()

    def event(self, name: str | None = None, timeout: float | None = None) -> Message:
        """Take the oldest event (of that name), waiting for it; other events and replies are kept."""
        deadline = self._deadline(timeout)
        while True:
            for event in self.events:
                if name in (None, event["event"]):
                    self.events.remove(event)
                    return event
            self._sort(self._message_by(deadline, f"the event {name or 'any'}"))

    def message(self, timeout: float | None = None) -> Message:
        """The next message on the wire, whatever it is."""
        return self._message_by(self._deadline(timeout), "a message")

    def line(self, timeout: float | None = None) -> bytes:
        """The next line on the wire, with its end."""
        return self._line_by(self._deadline(timeout), "a line")

    def take_descriptors(self) -> list[int]:
        """The descriptors that came; they are the caller's now."""
        taken = self.descriptors
        self.descriptors = []
        return taken

    def at_end(self, timeout: float | None = None) -> bool:
        """Whether the other side ends the session before it says anything more; waits for either."""
        try:
            line = self.line(timeout)
        except (QmpClosed, ConnectionResetError):
            return True
        self._buffer[:0] = line
        return False

    # Inside

    def _deadline(self, timeout: float | None) -> float:
        return time.monotonic() + (self.timeout if timeout is None else timeout)

    def _sort(self, message: Message) -> None:
        (self.events if "event" in message else self._replies).append(message)

    def _message_by(self, deadline: float, awaited: str) -> Message:
        message: Message = json.loads(self._line_by(deadline, awaited))
        return message

    def _line_by(self, deadline: float, awaited: str) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            self._receive(deadline, awaited)
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    def _receive(self, deadline: float, awaited: str) -> None:
        left = deadline - time.monotonic()
        try:
            self.socket.settimeout(max(left, 1e-6))
            data, ancillary, _flags, _address = self.socket.recvmsg(
                CHUNK, socket.CMSG_SPACE(MOST_DESCRIPTORS * array.array("i").itemsize)
            )
        except TimeoutError:
            raise TimeoutError(f"waited for {awaited}; so far came {bytes(self._buffer)!r}") from None
        finally:
            if self.socket.fileno() >= 0:
                self.socket.settimeout(self.timeout)
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                numbers = array.array("i")
                numbers.frombytes(content[: len(content) - len(content) % numbers.itemsize])
                self.descriptors += numbers
        if not data:
            raise QmpClosed(f"the session ended; waited for {awaited}, held {bytes(self._buffer)!r}")
        self._buffer += data
