"""``netd-bridge-helper``: gives an unmodified QEMU or libvirt its NIC.

A stand-in for qemu-bridge-helper: same command line, same protocol (one zero byte with
the tap's descriptor over ``SCM_RIGHTS`` on the inherited socket ``--fd``). What
``--br`` names is a NIC's id. So ``qemu … -netdev bridge,br=NIC,helper=…`` works.

netd's taps have a vnet header whether ``--use-vnet`` asks for one or not, as libvirt does for
virtio models only: QEMU asks the descriptor (``TUNGETIFF``) and does what is right for any model.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from typing import NamedTuple

from netctl.client import Client, socket_path
from netctl.errors import Failure, Refused, Usage

USAGE = "Usage: netd-bridge-helper [--use-vnet] --br=nic --fd=unixfd"


class Options(NamedTuple):
    """The command line: the NIC wanted, and the descriptor of the socket it goes to."""

    nic: str
    unixfd: int


def main(argv: Sequence[str] | None = None) -> int:
    """Hand one tap over; 0 done, 1 not, with the reason on stderr."""
    try:
        options = parse(sys.argv[1:] if argv is None else argv)
        _hand_over(_open(options), options.unixfd)
    except Usage as problem:
        print(problem, file=sys.stderr)
        return 1
    except Failure as problem:
        print(f"netd-bridge-helper: {problem}", file=sys.stderr)
        return 1
    return 0


def parse(words: Sequence[str]) -> Options:
    """Read the command line as qemu-bridge-helper does; raise `Usage`."""
    nic, unixfd = "", -1
    for word in words:
        option, _, value = word.partition("=")
        if word == "--use-vnet":
            continue
        if option == "--br":
            nic = value
        elif option == "--fd" and value.isdecimal():
            unixfd = int(value)
        else:
            raise Usage(USAGE)
    if not nic or unixfd < 0:
        raise Usage(USAGE)
    return Options(nic, unixfd)


def _open(options: Options) -> int:
    """The NIC's one tap descriptor."""
    with Client(socket_path()) as client:
        try:
            answer, descriptors = client.execute_for_descriptors("nic-open", {"id": options.nic})
        except Refused as refusal:
            if refusal.qmp_class == "DeviceNotFound":
                raise Failure(
                    f"no NIC of that id: {options.nic} (netctl query-network lists them)"
                ) from refusal
            raise
    if len(descriptors) != 1:
        raise Failure(
            f"NIC {options.nic} has {answer['queues']} queues, and only one can go this way: "
            f"netctl run {options.nic} -- qemu-system-…"
        )
    return descriptors[0]


def _hand_over(tap: int, unixfd: int) -> None:
    try:
        with socket.socket(fileno=os.dup(unixfd)) as qemu:
            socket.send_fds(qemu, [b"\0"], [tap])
    except OSError as error:
        raise Failure(f"failed to write fd to unix socket: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
