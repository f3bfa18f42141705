"""A stand-in for netd that says what a test lets it say."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GREETING = {
    "QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""}, "capabilities": []}
}

SCHEMA: list[dict[str, Any]] = [
    {"name": "str", "meta-type": "builtin", "json-type": "string"},
    {"name": "int", "meta-type": "builtin", "json-type": "int"},
    {"name": "number", "meta-type": "builtin", "json-type": "number"},
    {"name": "bool", "meta-type": "builtin", "json-type": "boolean"},
    {"name": "null", "meta-type": "builtin", "json-type": "null"},
    {"name": "any", "meta-type": "builtin", "json-type": "value"},
    {"name": "0", "meta-type": "object", "members": []},
    {"name": "[str]", "meta-type": "array", "element-type": "str"},
    {"name": "set_link", "meta-type": "command", "arg-type": "1", "ret-type": "0"},
    {
        "name": "1",
        "meta-type": "object",
        "members": [{"name": "name", "type": "str"}, {"name": "up", "type": "bool"}],
    },
    {"name": "netdev_add", "meta-type": "command", "arg-type": "2", "ret-type": "0"},
    {
        "name": "2",
        "meta-type": "object",
        "tag": "type",
        "members": [{"name": "id", "type": "str"}, {"name": "type", "type": "3"}],
        "variants": [
            {"case": "user", "type": "4"},
            {"case": "hubport", "type": "5"},
            {"case": "none", "type": "0"},
        ],
    },
    {"name": "3", "meta-type": "enum", "values": ["none", "user", "hubport"]},
    {
        "name": "4",
        "meta-type": "object",
        "members": [
            {"name": "restrict", "type": "bool", "default": None},
            {"name": "hostfwd", "type": "[6]", "default": None},
        ],
    },
    {
        "name": "5",
        "meta-type": "object",
        "members": [{"name": "hubid", "type": "int"}, {"name": "netdev", "type": "str", "default": None}],
    },
    {"name": "[6]", "meta-type": "array", "element-type": "6"},
    {"name": "6", "meta-type": "object", "members": [{"name": "str", "type": "str"}]},
    {"name": "device_add", "meta-type": "command", "arg-type": "7", "ret-type": "0"},
    {
        "name": "7",
        "meta-type": "object",
        "members": [
            {"name": "driver", "type": "str"},
            {"name": "bus", "type": "str", "default": None},
            {"name": "id", "type": "str", "default": None},
        ],
    },
    {"name": "announce-self", "meta-type": "command", "arg-type": "8", "ret-type": "0"},
    {
        "name": "8",
        "meta-type": "object",
        "members": [
            {"name": "initial", "type": "int"},
            {"name": "interfaces", "type": "[str]", "default": None},
            {"name": "id", "type": "str", "default": None},
        ],
    },
    {"name": "qom-set", "meta-type": "command", "arg-type": "9", "ret-type": "0"},
    {
        "name": "9",
        "meta-type": "object",
        "members": [
            {"name": "value", "type": "any"},
            {"name": "ratio", "type": "number"},
            {"name": "on", "type": "10"},
        ],
    },
    {
        "name": "10",
        "meta-type": "alternate",
        "members": [{"type": "str"}, {"type": "bool"}, {"type": "null"}],
    },
    *(
        {"name": name, "meta-type": "command", "arg-type": "0", "ret-type": "0"}
        for name in ("query-network", "query-name", "query-commands", "quit")
    ),
    {"name": "nic-open", "meta-type": "command", "arg-type": "11", "ret-type": "0"},
    {"name": "netdev_del", "meta-type": "command", "arg-type": "11", "ret-type": "0"},
    {"name": "11", "meta-type": "object", "members": [{"name": "id", "type": "str"}]},
    {"name": "human-monitor-command", "meta-type": "command", "arg-type": "12", "ret-type": "0"},
    {"name": "12", "meta-type": "object", "members": [{"name": "command-line", "type": "str"}]},
]
"""A schema with one of each shape, as QEMU writes them."""

COMMANDS = [entry["name"] for entry in SCHEMA if entry["meta-type"] == "command"]


class Error(Exception):
    """What the stand-in is to refuse a command with."""

    def __init__(self, desc: str, qmp_class: str = "GenericError") -> None:
        super().__init__(desc)
        self.qmp_class = qmp_class


class FakeDaemon:
    """Speaks QMP on a socket and answers what it was told to.

    ``answers``: command → value, `Error`, or a function of the arguments. ``descriptors``:
    command → descriptors that go with its reply. ``texts``: monitor line → text. ``asked``
    lists what came. ``events`` are sent to each session after its negotiation, which ends
    then if ``hang_up_after_events``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, Any] = {
            "qmp_capabilities": {},
            "query-commands": [{"name": name} for name in COMMANDS],
            "query-qmp-schema": SCHEMA,
            "human-monitor-command": self._monitor,
        }
        self.descriptors: dict[str, list[int]] = {}
        self.texts: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []
        self.hang_up_after_events = False
        self.asked: list[tuple[str, Any]] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._sessions: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    @property
    def commands(self) -> list[tuple[str, Any]]:
        """What was asked, without what netctl asks of its own accord."""
        own = {"qmp_capabilities", "query-commands", "query-qmp-schema"}
        return [each for each in self.asked if each[0] not in own]

    def hang_up(self) -> None:
        """End every session, as a daemon does that is started anew."""
        for session in self._sessions:
            with contextlib.suppress(OSError):  # the other side may have gone before
                session.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End, as if killed."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        threads = []
        while True:
            try:
                session, _ = self._listener.accept()
            except OSError:
                break
            self._sessions.append(session)
            threads.append(threading.Thread(target=self._serve, args=[session]))
            threads[-1].start()
        self.hang_up()
        for thread in threads:
            thread.join()

    def _serve(self, session: socket.socket) -> None:
        with session:
            try:
                session.sendall(_line(GREETING))
                for request in _requests(session):
                    self._answer(session, request)
            except OSError:
                return

    def _answer(self, session: socket.socket, request: dict[str, Any]) -> None:
        command, arguments = request["execute"], request.get("arguments", {})
        echo = {"id": request["id"]}
        self.asked.append((command, arguments))
        answer = self.answers.get(
            command, Error(f"The command {command} has not been found", "CommandNotFound")
        )
        if callable(answer):
            answer = answer(arguments)
        if isinstance(answer, Error):
            session.sendall(_line({"error": {"class": answer.qmp_class, "desc": str(answer)}} | echo))
            return
        socket.send_fds(session, [_line({"return": answer} | echo)], self.descriptors.get(command, []))
        if command == "qmp_capabilities":
            session.sendall(b"".join(map(_line, self.events)))
            if self.hang_up_after_events:
                session.shutdown(socket.SHUT_RDWR)

    def _monitor(self, arguments: dict[str, Any]) -> str:
        line = arguments["command-line"]
        return self.texts.get(line, f"unknown command: '{line}'\r\n")


def _line(message: Any) -> bytes:
    return json.dumps(message).encode() + b"\r\n"


def _requests(session: socket.socket) -> Iterator[dict[str, Any]]:
    """Each request as soon as its last bracket is there, line end or not."""
    text = ""
    while data := session.recv(65536):
        text = (text + data.decode()).lstrip()
        while text:
            try:
                request, end = json.JSONDecoder().raw_decode(text)
            except ValueError:
                break
            yield request
            text = text[end:].lstrip()
