"""A limit to the time that a piece of a test run takes.

In three steps, each for what the one before could not end:

1. at the limit, a trio run is cancelled, so that its clean-up runs; anything else is interrupted by an
   exception where it stands (that would tear trio's own loop apart),
2. :data:`SECOND` seconds later a trio run is interrupted so, too,
3. :data:`LAST` seconds after the limit the whole run is ended.

Where every thread stood is shown each time.
"""

from __future__ import annotations

import contextlib
import faulthandler
import signal
from collections.abc import Iterator
from types import FrameType

import pytest
import trio

SECOND = 10
LAST = 60


@contextlib.contextmanager
def limited(seconds: float, stderr: int) -> Iterator[None]:
    """Fail what takes longer than ``seconds``; tracebacks go to the descriptor ``stderr``."""
    expired = False

    def too_long(_signal: int, _frame: FrameType | None) -> None:
        nonlocal expired
        faulthandler.dump_traceback(stderr)
        if trio.lowlevel.in_trio_run() and not expired:
            trio.lowlevel.current_trio_token().run_sync_soon(cancel_main)
            signal.setitimer(signal.ITIMER_REAL, SECOND)
            expired = True
        else:
            pytest.fail(f"took longer than {seconds} s")

    handler = signal.signal(signal.SIGALRM, too_long)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds)
    faulthandler.dump_traceback_later(seconds + LAST, exit=True, file=stderr)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)
        if expired:
            pytest.fail(f"took longer than {seconds} s and was cancelled")


def cancel_main() -> None:
    """Cancel the main task and all of its children."""
    root = trio.lowlevel.current_root_task()
    # The last nursery that trio's root task opens holds the main task, alone.
    if root and root.child_nurseries:
        root.child_nurseries[-1].cancel_scope.cancel()
