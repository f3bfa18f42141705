"""A QMP session with the daemon: connect, execute, follow events.

Blocking, one command at a time, and as patient as the daemon is slow: a reply has no
time limit. Descriptors that come with a reply (``SCM_RIGHTS``) belong to the caller.
Protocol: QEMU's ``docs/interop/qmp-spec.rst``.
"""

from __future__ import annotations

import array
import json
import os
import socket
from collections.abc import Iterator
from typing import Any

from netctl.errors import Refused, Unreachable

DEFAULT_SOCKET = "/run/netd/netd.sock"

_CHUNK = 256 * 1024
_MOST_DESCRIPTORS = 253  # SCM_MAX_FD, include/net/scm.h: the most one message carries
_ANCILLARY = socket.CMSG_SPACE(_MOST_DESCRIPTORS * array.array("i").itemsize)

Message = dict[str, Any]


def socket_path() -> str:
    """The daemon's socket: ``$NETD_SOCKET``, or where netd puts it by default."""
    return os.environ.get("NETD_SOCKET") or DEFAULT_SOCKET


class Client:
    """One negotiated session; close it, or use it in a ``with``.

    ``timeout`` is in seconds and bounds each wait for bytes. Only completion has use for
    it: a person who waits for a reply decides alone when it has been too long.
    Raises `Unreachable` from every method when the daemon cannot be reached or goes.
    """

    def __init__(self, path: str, *, timeout: float | None = None) -> None:
        self._path = path
        self._buffer = bytearray()
        self._searched = 0
        self._serial = 0
        self._descriptors: list[int] = []
        self._socket = _connect(path, timeout)
        try:
            self._greet()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session, and close what descriptors came that nobody took."""
        self._socket.close()
        _close_all(self._take_descriptors())

    def execute(self, command: str, arguments: Message | None = None) -> Any:
        """Do a command and return its answer. Raises `Refused` when it says no."""
        answer, descriptors = self.execute_for_descriptors(command, arguments)
        _close_all(descriptors)
        return answer

    def execute_for_descriptors(
        self, command: str, arguments: Message | None = None
    ) -> tuple[Any, list[int]]:
        """As `execute`, with the descriptors that came along, closed on exec, now the caller's."""
        self._serial += 1
        request: Message = {"execute": command, "id": self._serial}
        if arguments:
            request["arguments"] = arguments
        self._send(request)
        reply = self._reply()
        descriptors = self._take_descriptors()
        if "error" in reply:
            _close_all(descriptors)
            raise Refused(reply["error"]["desc"], reply["error"]["class"])
        return reply["return"], descriptors

    def events(self) -> Iterator[Message]:
        """Each event from now on, as QMP has it, for as long as the session lives."""
        while True:
            message = self._message()
            if "event" in message:
                yield message

    def has_ended(self) -> bool:
        """Whether the daemon has hung up since the last command. Does not wait.

        It hangs up on a session that reads no events for long, as one does that waits
        for a person to type.
        """
        patience = self._socket.gettimeout()
        self._socket.setblocking(False)
        try:
            while True:
                self._receive()
        except BlockingIOError:
            return False
        except Unreachable:
            return True
        finally:
            self._socket.settimeout(patience)

    def _greet(self) -> None:
        if "QMP" not in self._message():
            raise Unreachable(f"{self._path} does not speak QMP: is it netd's socket?")
        self.execute("qmp_capabilities")

    def _send(self, request: Message) -> None:
        # No newline: a byte QEMU has not read when it quits turns its close into a reset.
        data = json.dumps(request).encode()
        try:
            self._socket.sendall(data, socket.MSG_NOSIGNAL)
        except OSError as error:
            raise self._gone(error) from error

    def _reply(self) -> Message:
        while (message := self._message()).get("id") != self._serial:
            if "error" in message:  # of the parser, which may have more to say: do not wait for it
                self._socket.shutdown(socket.SHUT_RDWR)
                return message
        return message

    def _message(self) -> Message:
        """The next message: one line, as QMP's servers write them."""
        while (end := self._buffer.find(b"\n", self._searched)) < 0:
            self._searched = len(self._buffer)
            try:
                self._receive()
            except TimeoutError as error:
                raise Unreachable(f"netd does not answer on {self._path}") from error
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        try:
            message = json.loads(line)
        except ValueError as error:
            raise Unreachable(f"{self._path} does not speak QMP: is it netd's socket?") from error
        return message if isinstance(message, dict) else {}

    def _receive(self) -> None:
        """Take in what has come, waiting for at least one byte."""
        try:
            data, ancillary, result, _ = self._socket.recvmsg(_CHUNK, _ANCILLARY, socket.MSG_CMSG_CLOEXEC)
        except (BlockingIOError, TimeoutError):
            raise
        except OSError as error:
            raise self._gone(error) from error
        for level, kind, payload in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                self._descriptors += _whole_ints(payload)
        if result & socket.MSG_CTRUNC:
            raise Unreachable("descriptors were lost on the way: too many files are open here (ulimit -n)")
        if not data:
            raise self._gone(None)
        self._buffer += data

    def _gone(self, error: OSError | None) -> Unreachable:
        reason = f" ({error.strerror})" if error else ""
        return Unreachable(f"netd on {self._path} ended the session{reason}")

    def _take_descriptors(self) -> list[int]:
        taken, self._descriptors = self._descriptors, []
        return taken


def _connect(path: str, timeout: float | None) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        connection.connect(path)
    except OSError as error:
        connection.close()
        raise Unreachable(_remedy(path, error)) from error
    return connection


def _remedy(path: str, error: OSError) -> str:
    """Why the socket cannot be reached, and what to do about it."""
    match error:
        case FileNotFoundError():
            return f"no socket {path}: is netd running? (another socket: -s SOCKET or NETD_SOCKET)"
        case ConnectionRefusedError():
            return f"nobody listens on {path}: netd has ended; start it again"
        case PermissionError():
            return (
                f"no permission for {path}: join its group "
                f"(usermod -aG {_group_of(path)} $USER, then log in again), or ask as root"
            )
        case _:
            return f"cannot connect to {path}: {error.strerror or error}"


def _group_of(path: str) -> str:
    """The group a socket is for; ``netd`` where that cannot be seen or is root's."""
    import grp  # noqa: PLC0415 - only a failure needs it

    try:
        group = grp.getgrgid(os.stat(path).st_gid).gr_name  # noqa: PTH116 - pathlib costs 10 ms at start
    except (OSError, KeyError):
        return "netd"
    return "netd" if group == "root" else group


def _whole_ints(payload: bytes) -> array.array[int]:
    numbers = array.array("i")
    numbers.frombytes(payload[: len(payload) - len(payload) % numbers.itemsize])
    return numbers


def _close_all(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
