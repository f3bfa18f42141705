"""The system calls Python 3.11's ``os`` lacks, or does not report well.

Each raises :class:`OSError` with the kernel's errno. ``setns(2)`` and ``unshare(2)`` act on the
calling thread alone, ``mount(2)`` and ``umount2(2)`` on the whole process.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket

CLONE_NEWNET = 0x40000000  # <linux/sched.h>

MS_BIND = 0x1000  # <linux/mount.h>
MS_REC = 0x4000
MS_SHARED = 0x100000
MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)


def enter_netns(fd: int) -> None:
    """Move the calling thread into the network namespace of ``fd``."""
    _checked(_libc.setns(fd, CLONE_NEWNET))


def new_netns() -> None:
    """Move the calling thread into a network namespace made for it."""
    _checked(_libc.unshare(CLONE_NEWNET))


def mount(source: str, target: str, flags: int) -> None:
    """Change the mount table: bind ``source`` to ``target``, or set ``target``'s propagation."""
    _checked(_libc.mount(os.fsencode(source), os.fsencode(target), b"none", ctypes.c_ulong(flags), None))


def unmount(target: str) -> None:
    """Detach what is mounted on ``target``."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH))


def index_of(name: str) -> int:
    """The number of an interface in the calling thread's namespace; ENODEV if there is none."""
    try:
        return socket.if_nametoindex(name)
    except OSError as error:  # CPython gives no errno here
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV)) from error


def reason(error: OSError) -> str:
    """Why, in the kernel's words, and with which file if it was one."""
    text = error.strerror or str(error)
    return text if error.filename is None else f"{error.filename}: {text}"


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
