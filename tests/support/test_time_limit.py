import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from tests.support.time_limit import limited


@pytest.fixture
def stderr(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "stderr", os.O_CREAT | os.O_RDWR)
    yield descriptor
    os.close(descriptor)


def test_what_ends_in_time_is_left_alone_and_an_outer_limit_goes_on(stderr: int) -> None:
    before = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0] > 0
    with limited(0.05, stderr):
        pass
    assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0] > 0) == before


def test_a_blocked_thread_is_interrupted_and_shown(stderr: int) -> None:
    with pytest.raises(pytest.fail.Exception, match="took longer"), limited(0.05, stderr):
        threading.Event().wait()
    assert b"threading.py" in os.pread(stderr, 1 << 20, 0)


def test_a_trio_run_is_cancelled_and_cleans_up(stderr: int) -> None:
    cleaned = []

    async def main() -> None:
        try:
            await trio.sleep_forever()
        finally:
            cleaned.append(True)

    with pytest.raises(pytest.fail.Exception, match="cancelled"), limited(0.05, stderr):
        trio.run(main)
    assert cleaned
