"""Frames, and the end of a tap that a VMM would hold."""

from __future__ import annotations

import os
import select
from collections.abc import Iterable
from typing import Self

from tests.support.hosts import PATIENCE

EVERYONE = "ff:ff:ff:ff:ff:ff"
ONE = "02:00:00:00:00:01"
OTHER = "02:00:00:00:00:02"

HEADER = bytes(10)  # struct virtio_net_hdr: nothing to be done to the frame
EXPERIMENTAL = bytes.fromhex("88b5")  # IEEE Std 802, local experimental EtherType 1


def frame(number: int = 0, *, to: str = EVERYONE, source: str = ONE, size: int = 60) -> bytes:
    """An Ethernet frame of ``size`` octets that only this number has."""
    return (octets(to) + octets(source) + EXPERIMENTAL + number.to_bytes(8, "big")).ljust(size, b"\0")


def octets(mac: str) -> bytes:
    """A MAC address as it is in frames."""
    return bytes.fromhex(mac.replace(":", ""))


class TapEnd:
    """The descriptors of a NIC's tap, one a queue, as a VMM uses them. They are closed with it."""

    def __init__(self, descriptors: Iterable[int]) -> None:
        self.descriptors = list(descriptors)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors.clear()

    def send(self, data: bytes, queue: int = 0) -> None:
        """Let the guest send a frame."""
        assert os.write(self.descriptors[queue], HEADER + data) == len(HEADER) + len(data)

    def receive(self) -> bytes:
        """The next frame for the guest, on any queue; `TimeoutError` if none comes."""
        poll = select.poll()
        for descriptor in self.descriptors:
            poll.register(descriptor, select.POLLIN)
        ready = poll.poll(PATIENCE * 1000)
        if not ready:
            raise TimeoutError("no frame came")
        return os.read(ready[0][0], 1 << 17)[len(HEADER) :]

    def waiting(self) -> list[bytes]:
        """All frames that are there for the guest now."""
        frames = []
        for descriptor in self.descriptors:
            try:
                while True:
                    frames.append(os.read(descriptor, 1 << 17)[len(HEADER) :])
            except BlockingIOError:
                pass
        return frames

    def until(self, last: bytes) -> list[bytes]:
        """All frames received before ``last``, which must come."""
        frames = []
        while (data := self.receive()) != last:
            frames.append(data)
        return frames
