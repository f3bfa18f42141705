"""A tap in a network namespace of its own, which lives as long as the tap is held."""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
import threading

CLONE_NEWNET = 0x40000000  # linux/sched.h
TUNSETIFF = 0x400454CA  # linux/if_tun.h
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR, IFF_MULTI_QUEUE = 0x0002, 0x1000, 0x4000, 0x0100


def tap(name: str, queues: int = 1) -> list[int]:
    """The descriptors of a new tap as netd makes them: with a vnet header, multi-queue."""
    descriptors: list[int] = []
    thread = threading.Thread(target=_make, args=[name, queues, descriptors])
    thread.start()
    thread.join()
    assert len(descriptors) == queues, "no network namespace, or no tap in it: is this root?"
    return descriptors


def _make(name: str, queues: int, descriptors: list[int]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):  # of this thread alone
        raise OSError(ctypes.get_errno(), "unshare")
    flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE
    for _ in range(queues):
        descriptors.append(os.open("/dev/net/tun", os.O_RDWR))
        fcntl.ioctl(descriptors[-1], TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
