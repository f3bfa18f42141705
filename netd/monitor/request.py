"""What a QMP request must look like. Pure.

QEMU walks a request's members in the order of its hash table and reports the first that is
wrong, so the order is part of the protocol (``qmp_dispatch_check_obj``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from netd.errors import NetdError
from netd.wire.qdict import bucket

CROWD = 64
"""Members that are looked at; a good request has three."""


@dataclass(frozen=True, slots=True)
class Request:
    """A well-formed request. ``oob`` says it came as ``exec-oob``."""

    command: str
    arguments: dict[str, Any]
    oob: bool = False


def check(message: object, *, oob_enabled: bool) -> Request:
    """The request in a message, or :class:`NetdError` in QEMU's words.

    ``oob_enabled`` says whether the session negotiated out-of-band execution.
    """
    if not isinstance(message, Mapping):
        raise NetdError("QMP input must be a JSON object")
    ways = ("execute", "exec-oob") if oob_enabled else ("execute",)
    way = None
    for name in _in_order(message):
        if name in ways:
            if not isinstance(message[name], str):
                raise NetdError(f"QMP input member '{name}' must be a string")
            if way is not None:
                raise NetdError(f"QMP input member '{name}' clashes with '{way}'")
            way = name
        elif name == "arguments":
            _check_arguments(message[name])
        elif name != "id":
            raise NetdError(f"QMP input member '{name}' is unexpected")
    if way is None:
        raise NetdError("QMP input lacks member 'execute'")
    return Request(message[way], message.get("arguments", {}), oob=way == "exec-oob")


def _check_arguments(arguments: object) -> None:
    if not isinstance(arguments, Mapping):
        raise NetdError("QMP input member 'arguments' must be an object")
    if not isinstance(arguments, dict):  # only what is endless is another mapping
        raise NetdError("QMP input member 'arguments' has more members than any command")


def _in_order(message: Mapping[str, Any]) -> Iterable[str]:
    """The members as QEMU walks them; of a crowd only some, of which one will be refused."""
    if len(message) == 1:
        return message
    some = list(islice(message, CROWD))
    for name in some:
        if not isinstance(name, str):
            raise NetdError("QMP input has a member with an endless name")
    return sorted(some, key=bucket)
