"""What hostile clients do, and how the others fare meanwhile."""

from __future__ import annotations

import contextlib
import select
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator

from tests.support.daemon import Daemon
from tests.support.qmp import QmpClient

MIB = 1 << 20
MOST = 512 * MIB
"""What netd may take: twice what it lets all sessions hold together, by its own estimate."""

PROMPT = 0.1
"""Seconds in which a client that means no harm is answered, whatever another does; a median."""

QUESTION = b'{"execute": "query-name", "id": "still there?"}'
ANSWER = b'{"return": {}, "id": "still there?"}'


def storm(qmp: QmpClient, data: bytes) -> bytes:
    """Send anything and listen meanwhile; then the session must still answer a question. What was heard."""
    with qmp:
        to_send = memoryview(data + b"\xff" + QUESTION)
        heard = bytearray()
        qmp.socket.setblocking(False)
        while ANSWER not in heard[-200:]:
            readable, writable, _ = select.select([qmp.socket], [qmp.socket] if to_send else [], [], 60)
            assert readable or writable, "neither listens nor speaks"
            if writable:
                to_send = to_send[qmp.socket.send(to_send[:MIB]) :]
            if readable:
                received = qmp.socket.recv(MIB)
                assert received, "the session was ended"
                heard += received
    return bytes(heard)


def send_what_is_taken(sock: socket.socket, data: bytes) -> None:
    """Send until all is sent, or the other side has not read for a second."""
    sock.setblocking(False)
    to_send = memoryview(data)
    while to_send and select.select([], [sock], [], 1)[1]:
        to_send = to_send[sock.send(to_send[:MIB]) :]


def others_are_served_while(netd: Daemon, job: Callable[[], object]) -> int:
    """Do something, and see that another client is served in time; the most memory netd had meanwhile."""
    took: list[float] = []
    most = 0
    with running(job) as alive, netd.qmp() as other:
        while alive() or not took:
            started = time.monotonic()
            other.cmd("query-name")
            took.append(time.monotonic() - started)
            most = max(most, netd.rss())
    assert statistics.median(took) < PROMPT
    return most


@contextlib.contextmanager
def running(job: Callable[[], object]) -> Iterator[Callable[[], bool]]:
    """Do something in a thread; what the block gets tells whether it is still being done."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            job()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield thread.is_alive
    finally:
        thread.join()
    if failures:
        raise failures[0]
