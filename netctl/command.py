"""The daemon, as it is talked to: words in, an answer out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from netctl import hmp, request
from netctl.client import Client, Message
from netctl.errors import Refused
from netctl.schema import Schema
from netd.wire.keyval import HelpWanted

MONITOR = "human-monitor-command"


class Answer(NamedTuple):
    """What the daemon said to a command; ``value`` of a monitor command is its text."""

    command: str
    value: Any


class Daemon:
    """A daemon at a socket: connected to when first asked, and again if it went meanwhile.

    What it has (`names`, `schema`) is asked for once, and only if needed. Methods raise
    `Unreachable` and `Refused`.
    """

    def __init__(self, path: str, *, timeout: float | None = None) -> None:
        self.path = path
        self._timeout = timeout
        self._client: Client | None = None
        self._names: frozenset[str] | None = None
        self._schema: Schema | None = None

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        self.forget()

    def forget(self) -> None:
        """End the session and what was learnt in it; the next command starts anew."""
        if self._client is not None:
            self._client.close()
        self._client = self._names = self._schema = None

    @property
    def names(self) -> frozenset[str]:
        """The names of the QMP commands it has."""
        if self._names is None:
            self._names = frozenset(each["name"] for each in self.execute("query-commands"))
        return self._names

    @property
    def schema(self) -> Schema:
        """What those commands take."""
        if self._schema is None:
            self._schema = Schema(self.execute("query-qmp-schema"))
        return self._schema

    def execute(self, command: str, arguments: Message | None = None) -> Any:
        """Do a QMP command and return its answer."""
        return self._session().execute(command, arguments)

    def execute_for_descriptors(self, command: str, arguments: Message) -> tuple[Any, list[int]]:
        """As `execute`, with the descriptors that came along, now the caller's."""
        return self._session().execute_for_descriptors(command, arguments)

    def monitor(self, line: str) -> str:
        """Do a monitor command and return its text; `Refused` holds the text of a refusal."""
        text = hmp.plain(self.execute(MONITOR, {"command-line": line}))
        if hmp.is_refusal(line, text):
            raise Refused(text.strip().removeprefix("Error: "))
        return text

    def perform(self, words: Sequence[str]) -> Answer:
        """Do what the words say: a QMP command by its name, else a monitor command."""
        self._session()  # before names are looked up: a new daemon may have others
        name = None if words[0] == "info" else request.qmp_name(words[0], self.names)
        if name is None:
            return Answer(MONITOR, self.monitor(hmp.line(words)))
        if name != words[0]:
            return self._perform_alike(name, words)
        return self._perform_qmp(name, words[1:])

    def _perform_alike(self, name: str, words: Sequence[str]) -> Answer:
        """The monitor comes first if it has this very spelling (``announce_self``)."""
        try:
            return Answer(MONITOR, self.monitor(hmp.line(words)))
        except Refused as refusal:
            if not hmp.is_unknown(str(refusal)):
                raise
        return self._perform_qmp(name, words[1:])

    def _perform_qmp(self, name: str, words: Sequence[str]) -> Answer:
        if not words:
            return Answer(name, self.execute(name))
        arguments = request.json_arguments(words)
        if arguments is None:
            try:
                arguments = request.arguments(name, words, self.schema)
            except HelpWanted:
                return Answer(MONITOR, self.monitor(hmp.line([name, ",".join(words)])))
        if name == MONITOR and set(arguments) == {"command-line"}:
            return Answer(name, self.monitor(arguments["command-line"]))
        return Answer(name, self.execute(name, arguments))

    def _session(self) -> Client:
        if self._client is not None and self._client.has_ended():
            self.forget()
        if self._client is None:
            self._client = Client(self.path, timeout=self._timeout)
        return self._client
