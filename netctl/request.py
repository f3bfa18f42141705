"""What a person typed, as a command with arguments.

Three ways to say the same::

    set_link n0 off                       words, in the schema's order
    set_link name=n0 up=off               key=value words, in QEMU's option syntax
    set_link {"name": "n0", "up": false}  one JSON object

and the commands that make things take QEMU's option strings whole: ``netdev_add
hubport,id=h0,hubid=0`` (or with blanks for the commas).
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Sequence
from typing import Any

from netctl.errors import Usage
from netctl.schema import Schema
from netd.errors import NetdError
from netd.wire.keyval import parse

IMPLIED = {"device_add": "driver", "netdev_add": "type", "object-add": "qom-type"}
"""The commands with an option string, and the key its first value goes without."""

_KEY = re.compile(r"[A-Za-z_][\w.-]*=")


def split(line: str) -> list[str]:
    """A line of the shell or a script in words: quotes as in sh, ``#`` starts a comment.

    A JSON object is taken as it stands.
    """
    line = line.strip()
    command, _, rest = line.partition(" ")
    if rest.lstrip().startswith("{"):
        return [command, rest.strip()]
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise Usage(f"{str(error).lower()}: {line}") from error
    comment = next((at for at, word in enumerate(words) if word.startswith("#")), None)
    return words[:comment]


def qmp_name(word: str, names: Collection[str]) -> str | None:
    """The QMP command meant by ``word``; None where there is none, or more than one.

    QMP's names use ``-`` here and ``_`` there; either is understood.
    """
    if word in names:
        return word
    alike = [name for name in names if _plain(name) == _plain(word)]
    return alike[0] if len(alike) == 1 else None


def json_arguments(words: Sequence[str]) -> dict[str, Any] | None:
    """The arguments, if they are written as one JSON object."""
    if len(words) != 1 or not words[0].lstrip().startswith("{"):
        return None
    try:
        value = json.loads(words[0])
    except ValueError as error:
        raise Usage(f"not JSON: {words[0]}: {error}") from error
    return dict(value)


def arguments(command: str, words: Sequence[str], schema: Schema) -> dict[str, Any]:
    """The words as arguments of a QMP command, in the types it asks for.

    Raises `netd.wire.keyval.HelpWanted` where they ask for help instead.
    """
    if command in IMPLIED:
        given = _options(",".join(words), IMPLIED[command])
    else:
        keyed = [word for word in words if _KEY.match(word)]
        given = _options(",".join(keyed), None) if keyed else {}
        _place(command, [word for word in words if not _KEY.match(word)], given, schema)
    return schema.typed(command, given)


def _place(command: str, words: list[str], given: dict[str, Any], schema: Schema) -> None:
    """Give each word to the next argument that has none; a list takes all that follow."""
    free = [member for member in schema.members(command) if member.name not in given]
    for word in words:
        if not free:
            raise Usage(f"{command} has no use for '{word}' (netctl help {command})")
        if schema.is_array(free[0]):
            given.setdefault(free[0].name, []).append(word)
        else:
            given[free.pop(0).name] = word


def _options(text: str, implied: str | None) -> dict[str, Any]:
    try:
        return dict(parse(text, implied=implied))
    except NetdError as error:
        raise Usage(f"{error}: {text}") from error


def _plain(name: str) -> str:
    return name.replace("_", "-")
