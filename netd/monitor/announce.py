"""Self-announcements: telling a segment where its guests are.

As QEMU does it (``net/announce.c``): for each NIC a RARP request from its own MAC address, at
once and then in rounds with growing delays. The frames leave through the NIC's peer, as if
the guest had sent them, so the guest itself does not hear them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
import trio

from netd.errors import NetdError
from netd.plan import planner

if TYPE_CHECKING:
    from netd.monitor.lab import Lab
    from netd.topology.clients import Nic

SHORTEST_DELAY = 0.01
"""Seconds between two rounds at least, whatever was asked: an announcement is not a flood."""

MOST_SERIES = 256
"""Series at once."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rounds:
    """When to announce: ``rounds`` times, delays in milliseconds; a negative number goes on for ever."""

    initial: int
    maximum: int
    rounds: int
    step: int

    def delays(self) -> Iterator[float]:
        """The seconds to wait after each announcement but the last (``qemu_announce_timer_step``)."""
        done = 1
        while done != self.rounds:
            delay = self.initial + (done - 1) * self.step
            delay = self.maximum if delay < 0 or delay > self.maximum else delay
            yield max(delay / 1000, SHORTEST_DELAY)
            done += 1


def frame(mac: str) -> bytes:
    """The announcement of a MAC address: a reverse ARP request (RFC 903), 60 octets."""
    address = bytes.fromhex(mac.replace(":", ""))
    head = b"\xff" * 6 + address + bytes.fromhex("8035 0001 0800 06 04 0003")
    return (head + (address + bytes(4)) * 2).ljust(60, b"\0")


@dataclass(slots=True)
class Announcer:
    """Runs the announcements in the background, one series per name."""

    lab: Lab
    nursery: trio.Nursery
    _series: dict[str, trio.CancelScope] = field(default_factory=dict)

    def start(self, name: str, when: Rounds, interfaces: list[str] | None) -> None:
        """Start a series, in place of one of the same name; zero rounds only stop that."""
        if (running := self._series.pop(name, None)) is not None:
            running.cancel()
        if len(self._series) >= MOST_SERIES:
            raise NetdError(
                f"{MOST_SERIES} announcements are under way: stop some first (rounds=0 and their id)"
            )
        if when.rounds:
            scope = self._series[name] = trio.CancelScope()
            only = None if interfaces is None else frozenset(interfaces)
            self.nursery.start_soon(self._run, name, scope, when, only)

    async def _run(
        self, name: str, scope: trio.CancelScope, when: Rounds, only: frozenset[str] | None
    ) -> None:
        with scope:
            await self._announce(only)
            for delay in when.delays():
                await trio.sleep(delay)
                await self._announce(only)
        if self._series.get(name) is scope:
            del self._series[name]

    async def _announce(self, only: frozenset[str] | None) -> None:
        for nic in self.lab.network.nics():
            if only is None or nic.name in only:
                await self._announce_one(nic)

    async def _announce_one(self, nic: Nic) -> None:
        ports = planner.neighbours(self.lab.network, nic)
        try:
            await self.lab.fabric.thread.run(self.lab.fabric.announce, ports, frame(nic.mac))
        except NetdError as error:  # a port may go at any time; the others still want to know
            log.warning("announcement not sent", nic=nic.name, reason=error.desc)
