"""What can go wrong, and whose fault it is.

::

    Exception
    ├── NetdError              the request or the host; told to the client in QMP's shape
    │   ├── CommandNotFound    no such command here
    │   ├── DeviceNotFound     no client of that name
    │   ├── DeviceNotActive    the thing exists but is not in a state to serve
    │   ├── KVMMissingCap      the kernel lacks what was asked
    │   ├── AccessDenied       the asking user may not
    │   └── HostError          the host refused: what was being done, to what, and why
    └── Malformed              a peer's bytes; the peer is told, counted or cut off

Anything else that is raised is a bug of ours. The error classes are QMP's (QEMU's
``qapi/error.json``); the texts are QEMU's wherever QEMU has the case.
"""

from __future__ import annotations

import os
from typing import ClassVar


class NetdError(Exception):
    """A request that cannot be done; its text is the whole description."""

    qmp_class: ClassVar[str] = "GenericError"

    @property
    def desc(self) -> str:
        """The text for the client."""
        return str(self)


class CommandNotFound(NetdError):
    """There is no such command, or it is not to be used now."""

    qmp_class = "CommandNotFound"


class DeviceNotFound(NetdError):
    """No client has this name."""

    qmp_class = "DeviceNotFound"

    @classmethod
    def named(cls, name: str) -> DeviceNotFound:
        """The error in QEMU's words."""
        return cls(f"Device '{name}' not found")


class DeviceNotActive(NetdError):
    """The device exists but cannot serve now."""

    qmp_class = "DeviceNotActive"


class KVMMissingCap(NetdError):
    """The kernel lacks a capability that was asked for."""

    qmp_class = "KVMMissingCap"


class AccessDenied(NetdError):
    """The asking user may not do this; the text says who may."""


class HostError(NetdError):
    """The host refused: ``<what was being done>: <reason>``.

    ``errno`` is the kernel's, where it gave one.
    """

    def __init__(self, doing: str, reason: str | OSError | int) -> None:
        self.errno: int | None = None
        if isinstance(reason, OSError):
            self.errno = reason.errno
            reason = reason.strerror or str(reason)
        elif isinstance(reason, int):
            self.errno = reason
            reason = os.strerror(reason)
        super().__init__(f"{doing}: {reason}")


class Malformed(Exception):
    """Bytes of a peer that are not what its protocol says."""
