"""What may come next on a command line: for bash, zsh and the shell alike.

The daemon knows: its commands, what they take, and the names of what exists. A candidate
is a whole word; one that ends in a blank is finished, one that does not goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from netctl.client import socket_path
from netctl.command import Daemon
from netctl.errors import Failure, Usage
from netctl.request import IMPLIED, qmp_name
from netctl.schema import Member

SHELLS = ("bash", "zsh")
OWN = ("completion", "events", "help", "run")
FILES = 3
"""Exit code of the hidden ``netctl __complete``: complete names of files here."""
PROGRAMS = 4
"""Exit code likewise: complete names of programs."""

_PATIENCE = 2.0  # seconds; a daemon that takes longer to answer does not help a person at a prompt
_OPTIONS = ("--help", "--json", "--socket", "--version", "-s")
_CLIENT = re.compile(r"(\S+): index=\d+,type=([\w-]+)")  # a line of `info network`
_HUB_PORT = re.compile(r"^ \\ (\S+?)(?::|$)", re.MULTILINE)
_MODEL = re.compile(r'^name "([^"]+)"', re.MULTILINE)  # of `device_add help`
_PROPERTY = re.compile(r"^ +([\w.-]+)=<", re.MULTILINE)  # of `device_add MODEL,help`
_MONITOR_NAME = re.compile(r"^([\w|?-]+) ", re.MULTILINE)  # of `help`
_INFO_NAME = re.compile(r"^info ([\w-]+)", re.MULTILINE)  # of `help info`

_NIC_COMMANDS = {"device_del", "nic-open", "nic-plug", "query-rx-filter"}


def script(shell: str) -> str:
    """The completion script of a shell, to be sourced by it. Raises `Usage`."""
    if shell not in SHELLS:
        raise Usage(f"completion: for {' or '.join(SHELLS)}, not '{shell}'")
    return Path(__file__).with_name(f"completion.{shell}").read_text(encoding="utf-8")


def answer(words: Sequence[str]) -> int:
    """Print what may stand for the last of ``words``, those after ``netctl``; return the exit code.

    Never an error: who completes wants no message in the middle of a line.
    """
    path, rest = _skip_options(words)
    if not rest:
        return FILES
    if rest[0] == "run" and "--" in rest[:-1]:
        return PROGRAMS if rest[-2] == "--" else FILES
    with Daemon(path, timeout=_PATIENCE) as daemon:
        for candidate in candidates(daemon, rest):
            print(candidate)
    return 0


def candidates(daemon: Daemon, words: Sequence[str]) -> list[str]:
    """What may stand for the last of ``words``, sorted; nothing if the daemon does not answer."""
    *before, word = words
    try:
        found = _candidates(daemon, before, word)
        return sorted({each for each in found if each.startswith(word)})
    except Failure:
        return []


def _skip_options(words: Sequence[str]) -> tuple[str, list[str]]:
    """The socket the words name, and the words from the command on; none while in an option's value."""
    path, rest = socket_path(), list(words)
    while len(rest) > 1 and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in {"-s", "--socket"}:
            path = rest.pop(0)
        elif option.startswith("--socket="):
            path = option.removeprefix("--socket=")
    return path, rest


def _candidates(daemon: Daemon, before: list[str], word: str) -> Iterable[str]:
    match before:
        case []:
            found = list(_OPTIONS) if word.startswith("-") else _starts(daemon)
        case ["help"]:
            found = _starts(daemon)
        case ["info"] | ["help", "info"]:
            found = _INFO_NAME.findall(daemon.monitor("help info"))
        case ["completion"]:
            found = list(SHELLS)
        case ["run", *_]:
            found = ["--", *_of_kind(_clients(daemon), nics=True)]
        case [command, *given]:
            return _of_command(daemon, command, given, word)
    return _finished(found)


def _starts(daemon: Daemon) -> list[str]:
    """What a command line may start with; netctl's own also when there is no daemon."""
    try:
        return [*OWN, *_commands(daemon)]
    except Failure:
        return list(OWN)


def _commands(daemon: Daemon) -> list[str]:
    monitor = _MONITOR_NAME.findall(daemon.monitor("help"))
    return [*daemon.names, *(name for names in monitor for name in names.split("|") if name != "?")]


def _of_command(daemon: Daemon, command: str, given: list[str], word: str) -> Iterable[str]:
    name = qmp_name(command, daemon.names)
    if name is None or name not in daemon.schema:
        return _finished(_clients(daemon))
    if name in IMPLIED:
        return _option_string(daemon, name, given, word)
    return _words(daemon, name, given, word)


def _words(daemon: Daemon, command: str, given: list[str], word: str) -> Iterable[str]:
    """What goes on ``set_link n0 …``: the next argument's values, or another's name."""
    members = daemon.schema.members(command)
    key, equals, _ = word.partition("=")
    if equals:
        return _finished(f"{key}={value}" for value in _values(daemon, command, members, key))
    keyed = {each.partition("=")[0] for each in given if "=" in each}
    free = [each.name for each in members if each.name not in keyed][len(given) - len(keyed) :]
    by_position = _values(daemon, command, members, free[0]) if free else []
    return [*_finished(by_position), *(f"{name}=" for name in free)]


def _option_string(daemon: Daemon, command: str, given: list[str], word: str) -> Iterable[str]:
    """What goes on ``hubport,id=h0,hu``; blanks may stand for the commas."""
    head = word[: word.rfind(",") + 1]
    if not given and not head:
        return [f"{kind}," for kind in _kinds(daemon, command)]
    pairs = [pair.partition("=") for pair in ",".join([*given, word]).split(",")]
    kind = pairs[0][2] or pairs[0][0]
    members = daemon.schema.members(command, kind)
    key, equals, _ = pairs[-1]
    if equals:
        return [f"{head}{key}={value}" for value in _values(daemon, command, members, key)]
    used = {IMPLIED[command], *(pair[0] for pair in pairs[:-1])}
    keys = [each.name for each in members] + (_properties(daemon, kind) if command == "device_add" else [])
    return [f"{head}{key}=" for key in keys if key not in used]


def _kinds(daemon: Daemon, command: str) -> list[str]:
    if command == "device_add":
        return _MODEL.findall(daemon.monitor("device_add help"))
    tags = [each for each in daemon.schema.members(command) if each.name == daemon.schema.tag(command)]
    return [value for tag in tags for value in daemon.schema.values(tag.type)]


def _properties(daemon: Daemon, model: str) -> list[str]:
    return _PROPERTY.findall(daemon.monitor(f"device_add {model},help"))


def _values(daemon: Daemon, command: str, members: Sequence[Member], key: str) -> list[str]:
    """What an argument may be, where that is a choice."""
    choice = [value for each in members if each.name == key for value in daemon.schema.values(each.type)]
    return choice or _named(daemon, command, key)


def _named(daemon: Daemon, command: str, key: str) -> list[str]:
    """The names that exist and make sense for an argument; for a new thing's name, none."""
    if key == "netdev":
        return _of_kind(_clients(daemon), nics=False)
    if key not in {"id", "name"} or command in IMPLIED:
        return []
    clients = _clients(daemon)
    if command in _NIC_COMMANDS:
        return _of_kind(clients, nics=True)
    return _of_kind(clients, nics=False) if command == "netdev_del" else list(clients)


def _clients(daemon: Daemon) -> dict[str, str]:
    """Each client and its type, from the monitor's text, which any daemon of QMP's has."""
    text = daemon.monitor("info network")
    return dict.fromkeys(_HUB_PORT.findall(text), "hubport") | dict(_CLIENT.findall(text))


def _of_kind(clients: dict[str, str], *, nics: bool) -> list[str]:
    return [name for name, kind in clients.items() if (kind == "nic") is nics]


def _finished(words: Iterable[str]) -> list[str]:
    return [f"{word} " for word in words]
