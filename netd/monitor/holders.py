"""Which process holds a NIC's descriptors.

The kernel says whether a tap is held, not by whom. netd knows whom it handed the descriptors
to; that process may have become the VMM by ``exec``, or be a helper that passed them to its
parent and ended, which is the bridge helper's way.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process, told apart from a later one of the same number by its start time (clock ticks)."""

    pid: int
    started: int

    @classmethod
    def find(cls, pid: int) -> Process | None:
        """The process of that number, if there is one."""
        fields = _stat(pid)
        return cls(pid, int(fields[19])) if fields else None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        fields = _stat(self.pid)
        return bool(fields) and int(fields[19]) == self.started and fields[0] not in ("Z", "X")


@dataclass(slots=True)
class Holders:
    """Who was handed what, by NIC."""

    _by_nic: dict[str, tuple[Process, ...]] = field(default_factory=dict)

    def handed(self, nic: str, pid: int) -> None:
        """Remember that this process, or soon its parent, holds the NIC."""
        fields = _stat(pid)
        parent = int(fields[1]) if fields else 0
        found = (Process.find(number) for number in (pid, parent) if number > 1)
        self._by_nic[nic] = tuple(process for process in found if process is not None)

    def pid(self, nic: str) -> int | None:
        """The process that holds the NIC, as far as netd can tell."""
        return next((process.pid for process in self._by_nic.get(nic, ()) if process.alive), None)

    def keep(self, nics: Container[str]) -> None:
        """Forget the NICs that are not among these."""
        for gone in [nic for nic in self._by_nic if nic not in nics]:
            del self._by_nic[gone]


def name_of(pid: int) -> str:
    """The name of a process's program, as ps(1) shows it."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        return "gone"


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name (proc(5)); empty if there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
