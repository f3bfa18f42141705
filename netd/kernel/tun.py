"""Taps as ``/dev/net/tun`` makes them (the kernel's ``Documentation/networking/tuntap.rst``).

A tap of netd's is always multi-queue with a vnet header, and every attach says so again: the
flags of the last attach are the device's. It is persistent: it stays when nobody holds it.
All functions act in the namespace of the calling thread and raise :class:`OSError`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct

from netd.kernel.syscalls import index_of

IFNAMSIZ = 16  # <linux/if.h>

IFF_TAP = 0x0002  # <linux/if_tun.h>
IFF_MULTI_QUEUE = 0x0100
IFF_NO_PI = 0x1000
IFF_VNET_HDR = 0x4000
IFF_TUN_EXCL = 0x8000
FLAGS = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE

TUNSETIFF = 0x400454CA
TUNSETPERSIST = 0x400454CB
TUNSETOFFLOAD = 0x400454D0
TUNSETTXFILTER = 0x400454D1
TUNSETSNDBUF = 0x400454D4
TUNDETACHFILTER = 0x401054D6
TUNSETVNETHDRSZ = 0x400454D8
TUNSETVNETLE = 0x400454DC
TUNSETSTEERINGEBPF = 0x800454E0
TUNSETFILTEREBPF = 0x800454E1

PLAIN_HEADER = 10  # struct virtio_net_hdr: what a reader expects who does not say otherwise
NO_LIMIT = 0x7FFFFFFF  # a new tap's send buffer
NO_PROGRAM = -1

MAX_MTU = 65521
"""The largest MTU the kernel gives a tap: 65535 less an Ethernet header."""


def create(name: str) -> None:
    """Make a persistent tap. ``OSError(EBUSY)`` if an interface has that name already."""
    fd = _attached(name, FLAGS | IFF_TUN_EXCL)
    try:
        fcntl.ioctl(fd, TUNSETPERSIST, 1)
    finally:
        os.close(fd)


def attach(name: str) -> int:
    """One more queue of a tap that exists: a descriptor, non-blocking, that reads and writes frames.

    ``OSError(ENODEV)`` if there is no such interface (the kernel would make one).
    """
    index_of(name)
    return _attached(name, FLAGS)


def set_persistent(name: str, stays: bool) -> None:
    """Whether a tap outlives its last holder; also of a tap that somebody holds."""
    fd = attach(name)
    try:
        fcntl.ioctl(fd, TUNSETPERSIST, int(stays))
    finally:
        os.close(fd)


def reset(fd: int) -> None:
    """Take back all that a former holder may have set on the device."""
    fcntl.ioctl(fd, TUNSETOFFLOAD, 0)
    for request, value in (
        (TUNSETVNETHDRSZ, PLAIN_HEADER),
        (TUNSETSNDBUF, NO_LIMIT),
        (TUNSETVNETLE, 0),
        (TUNSETTXFILTER, 0),
        (TUNSETSTEERINGEBPF, NO_PROGRAM),
        (TUNSETFILTEREBPF, NO_PROGRAM),
    ):
        fcntl.ioctl(fd, request, struct.pack("=i", value))
    fcntl.ioctl(fd, TUNDETACHFILTER, bytes(16))


def _attached(name: str, flags: int) -> int:
    if len(name.encode()) >= IFNAMSIZ:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    with contextlib.ExitStack() as undo:
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        undo.callback(os.close, fd)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH14x", name.encode(), flags))
        undo.pop_all()
    return fd
