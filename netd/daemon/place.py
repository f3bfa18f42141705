"""Where an instance lives: its runtime directory, its control socket, its name.

Several netds can run side by side, told apart by their control sockets. The one that listens
on ``/run/netd/netd.sock`` is called ``netd``, another after its socket's path; the name is on
every kernel object and is that of the fabric's namespace.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from netd.errors import HostError, NetdError

DEFAULT_DIRECTORY = Path("/run/netd")
SOCKET_NAME = "netd.sock"
SOCKET_MODE = 0o666
"""Anyone may connect; who may do what is decided by who it is, and the others are told so."""


@dataclass(frozen=True, slots=True)
class Place:
    """An instance's place; ``lock`` is the open file that keeps a second one of its name out."""

    instance: str
    socket_path: Path
    lock: int

    def close(self) -> None:
        """Give the place up. The directory stays: it may hold what others need."""
        os.close(self.lock)


def instance_of(socket_path: Path) -> str:
    """The name of the netd that listens there."""
    if socket_path == DEFAULT_DIRECTORY / SOCKET_NAME:
        return "netd"
    return f"netd-{blake2b(os.fsencode(socket_path), digest_size=4).hexdigest()}"


def occupy(directory: Path, socket_path: Path | None) -> Place:
    """Make the runtime directory, and lock the instance's place, beside its socket.

    Raises :class:`NetdError` when another netd is there.
    """
    directory = directory.absolute()
    socket_path = (socket_path or directory / SOCKET_NAME).absolute()
    instance = instance_of(socket_path)
    path = socket_path.with_name(f"{socket_path.name}.lock")
    try:
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise HostError(f"make the runtime directory {directory}", error) from error
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise HostError(f"listen on {socket_path}", error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise NetdError(
            f"another netd listens on {socket_path}; use --socket for a second one beside it"
        ) from None
    return Place(instance, socket_path, lock)


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """The control socket, listening, for as long as the block runs; then its path is taken away.

    A stale socket is replaced. What is no socket, or one that answers, stays: :class:`NetdError`.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as sock:
        try:
            _clear(path)
            sock.bind(str(path))
        except OSError as error:
            raise HostError(f"listen on {path}", error) from error
        try:
            path.chmod(SOCKET_MODE)
            sock.listen(socket.SOMAXCONN)
            yield sock
        finally:
            path.unlink(missing_ok=True)


def _clear(path: Path) -> None:
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise NetdError(f"listen on {path}: another process answers there; use --socket for another path")
