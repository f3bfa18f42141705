"""Events: what netd tells every session unasked.

An event carries the wall-clock time of its emission (QMP, ``qmp-spec``). Each session has a
bounded queue for them; a client that does not read loses its connection, never the daemon
its memory and never another client its events.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from netd.schema.base import Arguments
from netd.wire.qmp import encode

if TYPE_CHECKING:
    from netd.monitor.session import Session


class DeviceDeleted(Arguments, frozen=True, kw_only=True):
    """A NIC is gone."""

    device: Annotated[str | None, Meta(description="its id, if it had one")] = None
    path: Annotated[str, Meta(description="its QOM path")]


class NicChanged(DeviceDeleted, frozen=True, kw_only=True):
    """A guest took its NIC, or left it."""


class Shutdown(Arguments, frozen=True):
    """The daemon is about to end."""

    guest: Annotated[bool, Meta(description="whether a guest asked for it: never here")]
    reason: Annotated[
        Literal[
            "none",
            "host-error",
            "host-qmp-quit",
            "host-qmp-system-reset",
            "host-signal",
            "host-ui",
            "guest-shutdown",
            "guest-reset",
            "guest-panic",
            "subsystem-reset",
            "snapshot-load",
        ],
        Meta(description="what made it end"),
    ]


@dataclass(frozen=True, slots=True)
class EventKind:
    """An event as the schema describes it; ``data`` is a Struct or ``None``."""

    name: str
    data: type[Arguments] | None = None


EVENTS = (
    EventKind("SHUTDOWN", Shutdown),
    EventKind("DEVICE_DELETED", DeviceDeleted),
    EventKind("NIC_ATTACHED", NicChanged),
    EventKind("NIC_DETACHED", NicChanged),
)
"""Every event there is."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    name: str
    data: dict[str, Any] | None = None

    def encoded(self) -> bytes:
        """The event as it goes over the wire, stamped with the time of now."""
        seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        message: dict[str, Any] = {
            "timestamp": {"seconds": seconds, "microseconds": nanoseconds // 1000},
            "event": self.name,
        }
        return encode(message if self.data is None else {**message, "data": self.data})


@dataclass(slots=True)
class Events:
    """Who hears events: every session that has negotiated."""

    listeners: set[Session] = field(default_factory=set)

    def emit(self, event: Event, *, after_reply_of: Session | None = None) -> None:
        """Send an event to everyone; one session may hear it only after its current reply."""
        line = event.encoded()
        for session in tuple(self.listeners):
            session.hear(line, after_reply=session is after_reply_of)
