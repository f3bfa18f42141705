"""Network namespaces: finding, checking, pinning.

A namespace is known by a name (as ``ip netns`` shows it), by a path, or by the pid of a
process in it. What is kept is the path and the inode number: the number tells a namespace
from one that took its place (``namespaces(7)``, ``ioctl_ns(2)``).

A pinned namespace has a name: it is bound to a file in the directory that ``ip netns`` reads
and lives until the file is unbound, whoever made it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from netd.errors import HostError
from netd.kernel import syscalls
from netd.plan.objects import NetnsRef

NETNS_DIR = "/run/netns"  # ip-netns(8)

NS_GET_USERNS = 0xB701  # <linux/nsfs.h>
NS_GET_NSTYPE = 0xB703
NS_GET_OWNER_UID = 0xB704


@dataclass(frozen=True, slots=True)
class Netns:
    """A network namespace and whose it is.

    ``owner`` is the uid that owns the namespace's user namespace: 0 for everything a host
    makes as root, the user's for a rootless container.
    """

    ref: NetnsRef
    owner: int


def identify(where: str, *, netns_dir: str = NETNS_DIR) -> Netns:
    """The namespace that ``where`` names: a pid (digits), a path (with a slash) or a name.

    Raises :class:`HostError` if nothing is there, or something else.
    """
    path = _path(where, netns_dir)
    fd = _open(path, f"find network namespace '{where}'")
    try:
        return Netns(NetnsRef(path, os.fstat(fd).st_ino), _owner(fd))
    except OSError as error:
        raise HostError(f"find the owner of network namespace '{where}'", error) from error
    finally:
        os.close(fd)


def open_ref(ref: NetnsRef) -> int:
    """A descriptor of the namespace ``ref`` means; the caller closes it.

    Raises :class:`HostError` if it is gone, also when another has taken its path.
    """
    doing = f"enter network namespace '{ref.path}'"
    fd = _open(ref.path, doing)
    if os.fstat(fd).st_ino != ref.inode:
        os.close(fd)
        raise HostError(doing, "it is gone, and another one is in its place")
    return fd


def current() -> int:
    """A descriptor of the calling thread's network namespace; the caller closes it."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def pin(path: str) -> None:
    """Give the calling thread's namespace the name ``path``, so that ``ip netns`` knows it too.

    Raises :class:`OSError`; :class:`FileExistsError` if the name is taken.
    """
    _share(Path(path).parent)
    if not _is_stale(path):
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444))
    try:
        syscalls.mount("/proc/thread-self/ns/net", path, syscalls.MS_BIND)
    except OSError:
        Path(path).unlink()
        raise


def unpin(path: str) -> None:
    """Take the name away: the namespace ends with the last who uses it. Raises :class:`OSError`."""
    syscalls.unmount(path)
    Path(path).unlink()


def is_pinned(path: str) -> bool:
    """Whether a namespace has the name ``path``. A plain file left by a crash does not count."""
    return Path(path).exists() and not _is_stale(path)


def _path(where: str, netns_dir: str) -> str:
    if where.isascii() and where.isdigit():
        return f"/proc/{where}/ns/net"
    if "/" in where:
        return where
    if where in {"", ".", ".."}:
        raise HostError(f"find network namespace '{where}'", "not a name of a network namespace")
    return f"{netns_dir}/{where}"


def _open(path: str, doing: str) -> int:
    """Open ``path`` if a network namespace is there. Opening anything else could have effects."""
    try:
        peek = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if os.fstat(peek).st_dev != _nsfs():
                raise HostError(doing, "not a network namespace")
            fd = os.open(f"/proc/self/fd/{peek}", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            os.close(peek)
    except OSError as error:
        raise HostError(doing, error) from error
    if fcntl.ioctl(fd, NS_GET_NSTYPE) != syscalls.CLONE_NEWNET:
        os.close(fd)
        raise HostError(doing, "not a network namespace")
    return fd


def _nsfs() -> int:
    return Path("/proc/self/ns/net").stat().st_dev


def _owner(fd: int) -> int:
    user = fcntl.ioctl(fd, NS_GET_USERNS)
    try:
        uid = fcntl.ioctl(user, NS_GET_OWNER_UID, bytes(4))
    finally:
        os.close(user)
    return int(struct.unpack("=I", uid)[0])


def _share(directory: Path) -> None:
    """Make ``directory`` a shared mount, as ``ip netns add`` does: names appear in every mount namespace."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o755)
    try:
        syscalls.mount("", str(directory), syscalls.MS_SHARED | syscalls.MS_REC)
    except OSError as error:
        if error.errno != errno.EINVAL:  # "not a mount point": make it one
            raise
        syscalls.mount(str(directory), str(directory), syscalls.MS_BIND | syscalls.MS_REC)
        syscalls.mount("", str(directory), syscalls.MS_SHARED | syscalls.MS_REC)


def _is_stale(path: str) -> bool:
    """Whether ``path`` is the empty file of a namespace that is no more."""
    with contextlib.suppress(FileNotFoundError):
        status = Path(path).stat()
        return status.st_dev != _nsfs() and status.st_size == 0
    return False
