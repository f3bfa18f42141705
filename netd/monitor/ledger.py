"""What all sessions together hold in memory, and who gives way when it is too much.

Each session enters what it holds: the unfinished message it is sending us and the reply it
has not taken yet. A message may be 64 MiB and a reply of any size, so a few idle or hostile
clients could hold more than the host can spare. When the sum passes the limit, the sessions
that have made no progress for longest are disconnected, large holders only, until it fits;
whoever is being served right now has just made progress and is never among them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

LIMIT = 256 << 20
"""Bytes that all sessions together may hold."""

SMALL = 64 << 10
"""Bytes that no session is ever disconnected for."""


class Holder(Protocol):
    """A session, as the ledger sees it."""

    progress: float
    """When bytes last moved between it and its client (monotonic seconds)."""

    def disconnect(self, why: str) -> None:
        """Give up on the client."""


@dataclass(slots=True)
class Ledger:
    """The sum, and who holds what."""

    limit: int = LIMIT
    held: dict[Holder, int] = field(default_factory=dict)
    total: int = 0

    def enter(self, holder: Holder, size: int) -> None:
        """Say that a session now holds ``size`` bytes; others may be disconnected for it."""
        self.total += size - self.held.get(holder, 0)
        if size:
            self.held[holder] = size
        else:
            self.held.pop(holder, None)
        if self.total > self.limit:
            self._make_room(holder)

    def _make_room(self, newcomer: Holder) -> None:
        large = [holder for holder, size in self.held.items() if size > SMALL and holder is not newcomer]
        for holder in sorted(large, key=lambda holder: holder.progress):
            if self.total <= self.limit:
                return
            self.total -= self.held.pop(holder)
            holder.disconnect("it holds memory that others need and makes no progress")
