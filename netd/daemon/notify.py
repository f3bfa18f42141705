"""Telling the service manager how far netd is: sd_notify(3), without its library."""

from __future__ import annotations

import os
import socket

import structlog

log = structlog.get_logger()


def notify(state: str) -> None:
    """Send a state such as ``READY=1`` to the socket in ``NOTIFY_SOCKET``, if there is one.

    A manager that does not listen is no reason not to serve.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        try:
            sock.connect(address)
            sock.sendall(state.encode())
        except OSError as error:
            log.warning("the service manager does not listen", socket=address, reason=error.strerror)
