"""The control socket's server: every session, and what they share."""

from __future__ import annotations

import socket
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
import trio

from netd.monitor.access import Access, Peer, Role
from netd.monitor.events import Event, Events
from netd.monitor.ledger import Ledger
from netd.monitor.session import Session
from netd.monitor.version import VERSION

if TYPE_CHECKING:
    from netd.monitor.announce import Announcer
    from netd.monitor.command import Commands
    from netd.monitor.lab import Lab

MAX_SESSIONS = 4096
"""Sessions at once, everyone's together."""

MAX_STRANGER_SESSIONS = 16
"""Sessions at once of one user who may do nothing but be told so."""

FAREWELL = 2.0
"""Seconds that clients have to take their last reply and events when netd ends."""

log = structlog.get_logger()


@dataclass
class Server:
    """Listens, and gives every client a session of its own."""

    lab: Lab
    commands: Commands
    announcer: Announcer
    access: Access = field(default_factory=Access)
    events: Events = field(default_factory=Events)
    ledger: Ledger = field(default_factory=Ledger)
    sessions: set[Session] = field(default_factory=set)
    ending: trio.Event = field(default_factory=trio.Event)

    @property
    def greeting(self) -> dict[str, Any]:
        """What a client hears first."""
        return {"QMP": {"version": VERSION, "capabilities": ["oob"]}}

    async def serve(self, listener: trio.SocketListener) -> None:
        """Serve clients until cancelled."""
        async with trio.open_nursery() as nursery:
            await trio.serve_listeners(self._welcome, [listener], handler_nursery=nursery)

    async def _welcome(self, stream: trio.SocketStream) -> None:
        sock = stream.socket
        try:
            peer, role = await trio.to_thread.run_sync(self._recognize, sock)
        except OSError:  # it is gone already
            sock.close()
            return
        if not self._has_room_for(peer, role):
            log.warning("too many sessions, client turned away", user=peer.user, sessions=len(self.sessions))
            sock.close()
            return
        session = Session(sock, peer, role, self)
        self.sessions.add(session)
        try:
            await session.run()
        except Exception:  # a fault of netd's own costs this session, not the others
            log.exception("a session ended by a fault of netd's own", peer=peer.pid, user=peer.user)
        finally:
            self.sessions.discard(session)

    def _recognize(self, sock: trio.socket.SocketType) -> tuple[Peer, Role]:
        peer = Peer.of(_plain(sock))
        return peer, self.access.role(peer)

    def _has_room_for(self, peer: Peer, role: Role) -> bool:
        if len(self.sessions) >= MAX_SESSIONS:
            return False
        if role is not Role.STRANGER:
            return True
        return Counter(session.peer.uid for session in self.sessions)[peer.uid] < MAX_STRANGER_SESSIONS

    def end(self, reason: str) -> None:
        """Tell everyone that netd ends, and end it. ``reason`` is one of the schema's."""
        if not self.ending.is_set():
            self.events.emit(Event("SHUTDOWN", {"guest": False, "reason": reason}))
            self.ending.set()

    async def say_goodbye(self) -> None:
        """Let every client take its last reply and events, but wait for none that does not."""
        with trio.move_on_after(FAREWELL):
            async with trio.open_nursery() as nursery:
                for session in tuple(self.sessions):
                    nursery.start_soon(session.finish)


def _plain(sock: trio.socket.SocketType) -> socket.socket:
    """Trio's sockets lend themselves for what they do not wrap: asking the peer's credentials."""
    return sock  # type: ignore[return-value]  # has the same getsockopt
