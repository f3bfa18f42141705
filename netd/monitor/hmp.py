"""The human monitor: its command table and the way its lines are read.

The table, the help texts and the reading of arguments are those of QEMU's ``hmp-commands.hx``
and ``monitor/hmp.c``, for the commands that netd has. A command that fails says so in its
text; there are no errors in the sense of QMP.

What QEMU writes to its standard error here goes to netd's log.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from netd.errors import NetdError

if TYPE_CHECKING:
    from netd.monitor.command import Call

log = structlog.get_logger()

LOGGED = 200
"""Characters of a line that go into the log."""

_ESCAPES = {"n": "\n", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


class UsageError(Exception):
    """The line is not as the command wants it; the text, if any, goes before the "Try" line."""


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument.

    Its kind is ``word``, ``onoff`` (on or off), ``options`` (an option string) or ``rest`` (all
    words that are left).
    """

    name: str
    kind: str = "word"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class HmpCommand:
    """A command of the human monitor; ``run`` gets its arguments in order and returns its output."""

    names: str
    params: str
    help: str
    run: Callable[..., Awaitable[str]]
    args: tuple[Arg, ...] = ()

    def answers_to(self, word: str) -> bool:
        """Whether this is the command; names are separated by ``|`` as in QEMU's table."""
        return word in self.names.split("|")


class Monitor:
    """The human monitor of one netd: the commands, and those of ``info``."""

    def __init__(self, commands: tuple[HmpCommand, ...], infos: tuple[HmpCommand, ...]) -> None:
        self.commands = tuple(sorted(commands, key=lambda command: command.names))
        self.infos = tuple(sorted(infos, key=lambda command: command.names))

    async def execute(self, call: Call, line: str) -> str:
        """Run one line and return its output, lines ending in CR LF."""
        found = self._find(line)
        if isinstance(found, str):
            return found
        command, typed, rest = found
        try:
            values = read_arguments(command, rest)
            return await command.run(call, *values)
        except UsageError as error:
            reason = "".join(f"{text}\r\n" for text in error.args)
            return f'{reason}Try "help {typed}" for more information\r\n'
        except NetdError as error:
            return f"Error: {error.desc}\r\n"

    def help(self, words: list[str]) -> str:
        """The help of all commands, or of one."""
        if not words:
            return "".join(self._help_lines("", self.commands))
        if words[0] == "info" and len(words) > 1:
            found = next((info for info in self.infos if info.answers_to(words[1])), None)
            return _line("info ", found) if found else f"unknown command: 'info {words[1]}'\r\n"
        if words[0] == "info":
            return self.info_help()
        named = next((command for command in self.commands if command.answers_to(words[0])), None)
        return _line("", named) if named else f"unknown command: '{words[0]}'\r\n"

    def info_help(self) -> str:
        """The help of every ``info``."""
        return "".join(self._help_lines("info ", self.infos))

    def _help_lines(self, prefix: str, commands: tuple[HmpCommand, ...]) -> Iterator[str]:
        return (_line(prefix, command) for command in commands)

    def _find(self, line: str) -> tuple[HmpCommand, str, str] | str:
        """The command, its name as typed and the rest of the line; or the output where there is none."""
        line = line.lstrip()
        word, rest = _split(line)
        if not word:
            return ""
        command = next((command for command in self.commands if command.answers_to(word)), None)
        if command is None:
            return f"unknown command: '{word}'\r\n"
        if word != "info" or not rest.strip():
            return command, word, rest
        topic, after = _split(rest.lstrip())
        typed = line[: len(line) - len(after)]
        info = next((info for info in self.infos if info.answers_to(topic)), None)
        return (info, typed, after) if info is not None else f"unknown command: '{typed}'\r\n"


def read_arguments(command: HmpCommand, text: str) -> list[str | bool | None]:
    """The values of a command's arguments, ``None`` for one left out.

    Raises :class:`UsageError` with QEMU's text.
    """
    values: list[str | bool | None] = []
    for arg in command.args:
        text = text.lstrip()
        if arg.kind == "rest":
            values.extend(text.split())
            return values
        if arg.optional and not text:
            values.append(None)
        elif arg.kind == "onoff":
            word, text = _split(text)
            if word not in ("on", "off"):
                raise UsageError("Expected 'on' or 'off'")
            values.append(word == "on")
        elif arg.kind == "options" and not text:
            values.append("")
        else:
            value, text = _string(command, text)
            values.append(value)
    if text.strip():
        raise UsageError(f"{command.names}: extraneous characters at the end of line")
    return values


def clipped(text: str) -> str:
    """As much of a user's text as the log needs."""
    return text if len(text) <= LOGGED else f"{text[:LOGGED]}…"


def _split(text: str) -> tuple[str, str]:
    found = re.match(r"\S*", text)
    end = found.end() if found else 0
    return text[:end], text[end:]


def _string(command: HmpCommand, text: str) -> tuple[str, str]:
    """One word, or a string in double quotes with C's escapes; and what follows it."""
    if not text.startswith('"'):
        word, rest = _split(text)
        if not word:
            raise UsageError(f"{command.names}: string expected")
        return word, rest
    found = re.match(r'"((?:[^"\\]|\\.)*)"', text, re.DOTALL)
    unknown = found and re.search(r"\\[^nr\\'\"]", found[1])
    if found is None or unknown:
        reason = f"unsupported escape code: '{unknown[0]}'" if unknown else "unterminated string"
        log.info("human monitor", line=clipped(text), reason=reason)
        raise UsageError(f"{command.names}: string expected")
    value = re.sub(r"\\(.)", lambda escape: _ESCAPES[escape[1]], found[1], flags=re.DOTALL)
    return value, text[found.end() :]


def _line(prefix: str, command: HmpCommand) -> str:
    return f"{prefix}{command.names} {command.params} -- {command.help}\r\n"
