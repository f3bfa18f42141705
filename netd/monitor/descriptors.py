"""Descriptors that a client passed over its control socket (``SCM_RIGHTS``).

A descriptor waits in the session until a command asks for it: ``getfd`` gives it a name,
``add-fd`` puts it into a set. Both belong to the session and are closed with it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from netd.errors import NetdError

LIMIT = 1024
"""Descriptors one session may keep: every process's own default limit (RLIMIT_NOFILE)."""


@dataclass(frozen=True, slots=True)
class SetMember:
    """A descriptor in a set, with the note its owner gave it."""

    fd: int
    opaque: str | None


@dataclass(slots=True)
class Descriptors:
    """One session's descriptors."""

    waiting: int | None = None
    named: dict[str, int] = field(default_factory=dict)
    sets: dict[int, list[SetMember]] = field(default_factory=dict)

    def arrived(self, fds: Iterable[int], *, but_none_to: object = None) -> None:
        """Take what came with some bytes: the first is kept in place of an older one, the rest closed.

        ``but_none_to`` is the control socket's address. A client's end of a session that is in
        netd's own hands would never be seen to go, so none is kept.
        """
        for index, fd in enumerate(fds):
            if index or (but_none_to and _leads_to(fd) == but_none_to):
                os.close(fd)
                continue
            if self.waiting is not None:
                os.close(self.waiting)
            self.waiting = fd

    def name(self, name: str) -> None:
        """Give the waiting descriptor a name; one that had it before is closed."""
        fd = self._take()
        if name[:1].isascii() and name[:1].isdigit():
            os.close(fd)
            raise NetdError("Parameter 'fdname' expects a name not starting with a digit")
        if name in self.named:
            os.close(self.named.pop(name))
        self.named[name] = fd

    def close_named(self, name: str) -> None:
        """Close the descriptor of a name."""
        if name not in self.named:
            raise NetdError(f"File descriptor named '{name}' not found")
        os.close(self.named.pop(name))

    def add_to_set(self, number: int | None, opaque: str | None) -> tuple[int, int]:
        """Put the waiting descriptor into a set, the lowest unused one if none is named.

        Returns the set's number and the descriptor's.
        """
        fd = self._take()
        if number is not None and number < 0:
            os.close(fd)
            raise NetdError("Parameter 'fdset-id' expects a non-negative value")
        if number is None:
            number = next(n for n in count() if n not in self.sets)
        self.sets.setdefault(number, []).append(SetMember(fd, opaque))
        return number, fd

    def remove_from_set(self, number: int, fd: int | None) -> None:
        """Close one descriptor of a set, or all of them."""
        members = self.sets.get(number, [])
        gone = [member for member in members if fd is None or member.fd == fd]
        if not gone:
            which = f"fdset-id:{number}" if fd is None else f"fdset-id:{number}, fd:{fd}"
            raise NetdError(f"File descriptor named '{which}' not found")
        for member in gone:
            os.close(member.fd)
            members.remove(member)
        if not members:
            del self.sets[number]

    def close(self) -> None:
        """Close everything."""
        fds = [*self.named.values(), *(member.fd for members in self.sets.values() for member in members)]
        if self.waiting is not None:
            fds.append(self.waiting)
        for fd in fds:
            os.close(fd)
        self.waiting, self.named, self.sets = None, {}, {}

    def _take(self) -> int:
        if self.waiting is None:
            raise NetdError("No file descriptor supplied via SCM_RIGHTS")
        kept = len(self.named) + sum(map(len, self.sets.values()))
        if kept >= LIMIT:
            raise NetdError(f"This session keeps {kept} file descriptors already: close some first")
        fd, self.waiting = self.waiting, None
        return fd


def _leads_to(fd: int) -> object:
    """The address at the other end of a socket; ``None`` of what is none."""
    try:
        sock = socket.socket(fileno=fd)
    except OSError:
        return None
    try:
        return sock.getpeername()
    except OSError:
        return None
    finally:
        sock.detach()  # it stays the session's
