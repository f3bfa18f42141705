"""Who is asking, and what that user may do.

The kernel says who is at the other end of a Unix socket (``SO_PEERCRED``, ``SO_PEERGROUPS``,
unix(7)); nothing the client sends is believed. There are three kinds of users:

* **root** may do everything;
* members of the **operators' group** (``netd`` unless configured otherwise) may do all that
  gives no power over the host itself;
* **others** may do nothing, and are told which group they would have to be in.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import socket
import struct
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from netd.errors import AccessDenied

if TYPE_CHECKING:
    from netd.monitor.command import Command

_SO_PEERGROUPS = 59  # linux/asm-generic/socket.h; not in the socket module
_UCRED = struct.Struct("=iII")  # struct ucred: pid, uid, gid
_MOST = 1024  # bytes that Python's getsockopt returns at most


class Role(Enum):
    """What a user is to netd."""

    ROOT = "root"
    OPERATOR = "operator"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Peer:
    """The process at the other end of a control socket, as it was when it connected.

    ``user`` is the user's name, or the number of one without a name.
    """

    pid: int
    uid: int
    gid: int
    groups: frozenset[int] = frozenset()
    user: str = ""

    @classmethod
    def of(cls, sock: socket.socket) -> Peer:
        """The peer of a connected Unix socket. Asks the user database, which may take its time."""
        pid, uid, gid = _UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
        return cls(pid, uid, gid, _groups(sock, uid, gid), _name(uid))


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _groups(sock: socket.socket, uid: int, gid: int) -> frozenset[int]:
    try:
        raw = sock.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _MOST)
    except OSError as error:
        if error.errno != errno.ERANGE:
            raise
        return _groups_of_user(uid, gid)
    return frozenset(struct.unpack(f"={len(raw) // 4}I", raw))


def _groups_of_user(uid: int, gid: int) -> frozenset[int]:
    """The groups of a process that is in too many to be asked for: those its user has."""
    try:
        return frozenset(os.getgrouplist(pwd.getpwuid(uid).pw_name, gid))
    except KeyError:
        return frozenset()


@dataclass(frozen=True, slots=True)
class Access:
    """The rules: which group operates this netd."""

    group: str = "netd"

    def role(self, peer: Peer) -> Role:
        """What the peer is to us. Asks the group database, which may take its time."""
        if peer.uid == 0:
            return Role.ROOT
        try:
            gid = grp.getgrnam(self.group).gr_gid
        except KeyError:
            return Role.STRANGER
        return Role.OPERATOR if gid == peer.gid or gid in peer.groups else Role.STRANGER

    def check(self, peer: Peer, role: Role, command: Command) -> None:
        """Raise :class:`AccessDenied`, with the reason, if this user may not give this command."""
        if role is Role.STRANGER and not command.for_everyone:
            raise AccessDenied(
                f"User '{peer.user}' may not use netd: it takes root or a member of group '{self.group}'"
            )
        if command.root_only and role is not Role.ROOT:
            raise AccessDenied(f"User '{peer.user}' may not use '{command.name}': it takes root")
