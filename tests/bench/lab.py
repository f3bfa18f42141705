"""Guests that are network namespaces, and TCP between two of them."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.bench.race import Attempt
from tests.support.process import finish, spawn, tool


def ip(command: str, *, netns: str | None = None) -> None:
    """Run an ``ip`` command (words separated by spaces), in a named namespace or the bench's host."""
    place = ["-n", netns] if netns else []
    done = subprocess.run(
        [tool("ip", "iproute2"), *place, *command.split()], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(place)} {command}: {done.stderr.strip()}")


@contextlib.contextmanager
def namespaces(*names: str) -> Iterator[None]:
    """Named network namespaces."""
    with contextlib.ExitStack() as stack:
        for name in names:
            ip(f"netns add {name}")
            stack.callback(ip, f"netns del {name}")
        yield


@dataclass(frozen=True)
class Pair:
    """Two guests, by the names of their namespaces; each has, or will have, an ``eth0``."""

    left: str
    right: str
    subnet: str = "10.99.0"

    @classmethod
    def of(cls, contender: str) -> Pair:
        """The two guests of a contender."""
        return cls(f"{contender}-left", f"{contender}-right")

    @property
    def names(self) -> tuple[str, str]:
        """Both names."""
        return self.left, self.right

    @contextlib.contextmanager
    def talking(self) -> Iterator[Attempt]:
        """Address the guests' ``eth0``; then the attempt sends TCP from left to right, in Gbit/s."""
        for number, name in enumerate(self.names, start=1):
            ip("link set lo up", netns=name)
            ip(f"address add {self.subnet}.{number}/24 dev eth0", netns=name)
            ip("link set eth0 up", netns=name)
        # The first answer shows that the way is open; it ends the wait.
        _within(self.left, [tool("ping", "iputils-ping"), "-q", "-c1", "-i0.2", "-w10", f"{self.subnet}.2"])
        with _iperf_server(self.right):
            yield self._transfer

    def _transfer(self, seconds: float) -> float:
        command = [
            tool("iperf3", "iperf3"),
            "--client",
            f"{self.subnet}.2",
            "--time",
            f"{seconds:g}",
            "--json",
        ]
        report = json.loads(_within(self.left, command))
        if "error" in report:
            raise RuntimeError(f"iperf3: {report['error']}")
        return float(report["end"]["sum_received"]["bits_per_second"]) / 1e9


@contextlib.contextmanager
def _iperf_server(netns: str) -> Iterator[None]:
    command = [tool("iperf3", "iperf3"), "--server", "--forceflush"]
    server = spawn(command, netns=netns, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert server.stdout is not None
    try:
        said = b""
        while b"Server listening" not in said:
            more = server.stdout.read(4096)
            if not more:
                raise RuntimeError(f"iperf3 did not start: {said.decode()}")
            said += more
        yield
    finally:
        finish(server)
        server.stdout.close()


def _within(netns: str, command: Sequence[str]) -> str:
    process = spawn(command, netns=netns, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = process.communicate(timeout=120)
    if process.returncode != 0 and not output.startswith(b"{"):
        raise RuntimeError(f"in {netns}, {' '.join(command)}: {output.decode().strip()}")
    return output.decode()
