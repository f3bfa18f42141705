"""One client of the control socket.

Theory of operation
-------------------
A session reads, runs and answers one command after the other. While a reply waits to be
taken by the client nothing is read from it, so a client presses back only on itself; a reply
of any size is sent whole. Events come from elsewhere at any time: they wait in a bounded
queue that a task of its own sends, and a queue that overflows ends the session. Replies and
events share the socket through a lock; a reply first sends the events that came before it.

With out-of-band execution negotiated (``oob``), requests go through a queue of eight to a
task that runs them, as in QEMU, and the reader stays free to run an ``exec-oob`` request at
once.

A session goes through the states of :class:`State`, in this order only.
"""

from __future__ import annotations

import array
import os
import socket
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

import structlog
import trio

from netd.errors import CommandNotFound, NetdError
from netd.monitor.access import Role
from netd.monitor.command import Call
from netd.monitor.descriptors import Descriptors
from netd.monitor.request import check
from netd.schema.validate import validate
from netd.wire.qmp import PAUSE, Message, ParseError, Parser, dispose, encode_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netd.monitor.access import Peer
    from netd.monitor.command import Command
    from netd.monitor.request import Request
    from netd.monitor.server import Server

CHUNK = 64 << 10  # bytes per read
EVENT_QUEUE = 1 << 20  # bytes of events a client may be behind
REQUEST_QUEUE = (
    8  # requests in the queue of an OOB session: QMP_REQ_QUEUE_LEN_MAX, monitor/monitor-internal.h
)
STRANGER_TEXT = 64 << 10  # the longest message of a user who will be refused anyway
BIG = 64 << 10  # bytes of message that is freed piecemeal, and not queued behind others
_ANCILLARY = socket.CMSG_SPACE(253 * array.array("i").itemsize)  # SCM_MAX_FD, net/core/scm.c

_Item: TypeAlias = Message | ParseError

log = structlog.get_logger()


class State(Enum):
    """How far a session has come."""

    NEGOTIATING = "waiting for qmp_capabilities"
    READY = "serving"
    CLOSED = "closed"


class Session:
    """A client from its greeting to its end."""

    def __init__(self, sock: trio.socket.SocketType, peer: Peer, role: Role, server: Server) -> None:
        self.peer = peer
        self.server = server
        self.role = role
        self.state = State.NEGOTIATING
        self.oob = False
        self.descriptors = Descriptors()
        self.progress = trio.current_time()
        self._sock = sock
        self._scope = trio.CancelScope()
        self._parser = Parser(max_text=STRANGER_TEXT) if self.role is Role.STRANGER else Parser()
        self._answering = trio.Lock()
        self._sending = trio.Lock()
        self._events: deque[bytes] = deque()
        self._deferred: list[bytes] = []
        self._wake = trio.Event()
        self._behind = 0  # bytes of events not sent yet
        self._unsent = 0  # bytes of the reply not sent yet
        self._in_hand = 0  # bytes of messages not answered yet
        self._answered = trio.Event()
        self._requests: trio.MemorySendChannel[_Item] | None = None

    # -- the life of a session ---------------------------------------------------------------

    async def run(self) -> None:
        """Serve the client until it or we end it."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._send_events)
                    await self._send(self.server.greeting)
                    await self._read(nursery)
                    nursery.cancel_scope.cancel()
        except* OSError:
            log.debug("the client went away", peer=self.peer.pid)
        finally:
            self.state = State.CLOSED
            self.server.events.listeners.discard(self)
            self.descriptors.close()
            self._sock.close()
            await self._forget()

    async def _forget(self) -> None:
        """Free what the client left unfinished, a little at a time."""
        with trio.CancelScope(shield=True):
            for _ in self._parser.abandon():
                await trio.lowlevel.checkpoint()
        self.server.ledger.enter(self, 0)

    def negotiate(self, *, oob: bool) -> None:
        """The client has said ``qmp_capabilities``: serve it, and let it hear events."""
        if self.state is not State.NEGOTIATING:
            raise CommandNotFound("Capabilities negotiation is already complete, command ignored")
        self.state = State.READY
        self.oob = oob
        self.server.events.listeners.add(self)

    def disconnect(self, why: str) -> None:
        """Give up on the client."""
        log.warning("client disconnected", reason=why, peer=self.peer.pid, user=self.peer.user)
        self._scope.cancel()

    async def finish(self) -> None:
        """Let the current command be answered and the events be heard, then end the session."""
        async with self._answering, self._sending:
            with suppress(OSError):  # it went away by itself
                await self._flush_events()
            self._scope.cancel()

    # -- input -------------------------------------------------------------------------------

    async def _read(self, nursery: trio.Nursery) -> None:
        while data := await self._receive():
            for step in self._parser.feed(data):
                if step is PAUSE:
                    self._account()
                    await trio.lowlevel.checkpoint()
                else:
                    await self._take(step, nursery)
            self._account()

    async def _receive(self) -> bytes:
        data, ancillary, _, _ = await self._sock.recvmsg(CHUNK, _ANCILLARY, socket.MSG_CMSG_CLOEXEC)
        self.progress = trio.current_time()
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
                self.descriptors.arrived(fds, but_none_to=self._sock.getsockname())
        return data

    async def _take(self, item: _Item, nursery: trio.Nursery) -> None:
        self._in_hand += _size(item)
        if self._in_hand > BIG:
            self._account()
        if not self.oob:
            await self._answer_in_turn(item)
        elif isinstance(item, Message) and isinstance(item.value, Mapping) and "exec-oob" in item.value:
            await self._answer(item)
        else:
            await self._queue(item, nursery)

    async def _queue(self, item: _Item, nursery: trio.Nursery) -> None:
        """Have a request run after those before it; read on meanwhile, unless they are big."""
        if self._requests is None:
            self._requests, queue = trio.open_memory_channel[_Item](REQUEST_QUEUE)
            nursery.start_soon(self._work, queue)
        await self._requests.send(item)
        while self._in_hand > BIG:
            self._answered = trio.Event()
            await self._answered.wait()

    async def _work(self, queue: trio.MemoryReceiveChannel[_Item]) -> None:
        async for item in queue:
            await self._answer_in_turn(item)

    # -- one request -------------------------------------------------------------------------

    async def _answer_in_turn(self, item: _Item) -> None:
        async with self._answering:
            await self._answer(item)

    async def _answer(self, item: _Item) -> None:
        try:
            if isinstance(item, ParseError):
                await self._send({"error": {"class": NetdError.qmp_class, "desc": item.desc}})
            else:
                await self._answer_message(item.value)
        finally:
            await self._done_with(item)

    async def _answer_message(self, message: Any) -> None:
        reply, fds = await self._reply_to(message)
        try:
            await self._send(reply, fds)
        finally:
            for fd in fds:
                os.close(fd)
        self._hear_deferred()

    async def _done_with(self, item: _Item) -> None:
        """Free a message, a big one a little at a time; also when its client has gone away."""
        if isinstance(item, Message) and item.size > BIG:
            with trio.CancelScope(shield=True):
                for _ in dispose(item.value):
                    await trio.lowlevel.checkpoint()
        self._in_hand -= _size(item)
        self._answered.set()

    async def _reply_to(self, message: Any) -> tuple[dict[str, Any], Sequence[int]]:
        ident = {"id": message["id"]} if isinstance(message, Mapping) and "id" in message else {}
        try:
            request = check(message, oob_enabled=self.oob)
            result, fds = await self._execute(request)
        except NetdError as error:
            return {**ident, **_refusal(error)}, ()
        except Exception:
            log.exception("a command failed by a fault of netd's own", peer=self.peer.pid)
            bug = NetdError("Internal error: netd's log tells more, and its developers would like to see it")
            return {**ident, **_refusal(bug)}, ()
        return {"return": result, **ident}, fds

    async def _execute(self, request: Request) -> tuple[Any, Sequence[int]]:
        command = self._find(request)
        call = Call(self, self.server.lab, self.server.commands)
        call.check(command)
        given = request.arguments
        if command.precheck is not None:
            command.precheck(given)
        if command.free_form:
            given, call.extra = command.split(given)
        result = await command.run(call, validate(command.arguments, given, loose=command.free_form))
        return ({} if result is None else result), call.reply_fds

    def _find(self, request: Request) -> Command:
        if self.state is State.NEGOTIATING and request.command != "qmp_capabilities":
            raise CommandNotFound("Expecting capabilities negotiation with 'qmp_capabilities'")
        command = self.server.commands.find(request.command)
        if request.oob and not command.allow_oob:
            raise NetdError(f"The command {command.name} does not support OOB")
        return command

    # -- output ------------------------------------------------------------------------------

    def hear(self, line: bytes, *, after_reply: bool) -> None:
        """Queue an event, for now or for after the reply of the command that is being run."""
        if after_reply:
            self._deferred.append(line)
            return
        self._events.append(line)
        self._behind += len(line)
        self._wake.set()
        if self._behind > EVENT_QUEUE:
            self.disconnect("it does not read its events")

    def _hear_deferred(self) -> None:
        lines, self._deferred = self._deferred, []
        for line in lines:
            self.hear(line, after_reply=False)

    async def _send_events(self) -> None:
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            async with self._sending:
                await self._flush_events()

    async def _flush_events(self) -> None:
        while self._events:
            line = self._events.popleft()
            await self._write(line)
            self._behind -= len(line)

    async def _send(self, reply: Any, fds: Sequence[int] = ()) -> None:
        pieces: deque[bytes] = deque()
        for piece in encode_pieces(reply):
            if pieces:
                await trio.lowlevel.checkpoint()
            pieces.append(piece)
        del reply
        try:
            async with self._sending:
                await self._flush_events()
                self._unsent = sum(map(len, pieces))
                self._account()
                while pieces:
                    piece = pieces.popleft()
                    await self._write(piece, fds)
                    self._unsent -= len(piece)
                    fds = ()
        finally:
            pieces.clear()  # an error's traceback would keep them

    async def _write(self, data: bytes, fds: Sequence[int] = ()) -> None:
        if fds:
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))
            data = data[await self._sock.sendmsg([data], [rights]) :]
        while data:
            sent = await self._sock.send(data)
            self.progress = trio.current_time()
            if sent == len(data):
                return
            data = data[sent:]

    def _account(self) -> None:
        held = self._parser.held + self._in_hand + self._unsent + self._behind
        self.server.ledger.enter(self, held)


def _size(item: _Item) -> int:
    return (
        item.size
        if isinstance(item, Message)
        else len(item.desc)
        if isinstance(item.desc, str)
        else item.desc.size
    )


def _refusal(error: NetdError) -> dict[str, Any]:
    return {"error": {"class": error.qmp_class, "desc": error.desc}}
