import itertools

import pytest
import trio
from trio.testing import MockClock

from netd.errors import NetdError
from netd.monitor.announce import MOST_SERIES, Rounds, frame
from tests.support.fakes import bench
from tests.support.labs import lab_of_two


def test_the_frame_is_qemus():
    expected = "ffffffffffff525400123456803500010800060400035254001234560000000052540012345600000000"
    assert frame("52:54:00:12:34:56") == bytes.fromhex(expected).ljust(60, b"\0")


@pytest.mark.parametrize(
    ("when", "delays"),
    [
        (Rounds(50, 550, 5, 100), [0.05, 0.15, 0.25, 0.35]),
        (Rounds(50, 200, 4, 100), [0.05, 0.15, 0.2]),
        (Rounds(50, 550, 1, 100), []),
        (Rounds(0, 0, 3, 0), [0.01, 0.01]),
        (Rounds(-5, 70, 2, 0), [0.07]),
    ],
)
def test_delays_grow_up_to_the_longest(when, delays):
    assert list(when.delays()) == pytest.approx(delays)


def test_a_negative_number_of_rounds_goes_on_for_ever():
    assert len(list(itertools.islice(Rounds(1, 1, -1, 0).delays(), 1000))) == 1000


async def test_each_nic_is_announced_to_everyone_else_in_rounds(autojump_clock: MockClock):
    async with bench() as host:
        host.lab.network = lab_of_two()
        host.server.announcer.start("", Rounds(50, 550, 3, 100), None)
        await trio.testing.wait_all_tasks_blocked()
        one_round = [(("n1",), frame("52:54:00:12:34:56")), (("n0",), frame("52:54:00:12:34:57"))]
        assert host.fabric.announced == one_round
        await trio.sleep(10)
        assert host.fabric.announced == one_round * 3


async def test_a_series_is_stopped_by_name_and_can_be_for_some_only(autojump_clock: MockClock):
    async with bench() as host:
        host.lab.network = lab_of_two()
        host.server.announcer.start("a", Rounds(50, 550, -1, 100), ["n1", "nope"])
        await trio.sleep(10)
        host.server.announcer.start("a", Rounds(50, 550, 0, 100), None)
        so_far = len(host.fabric.announced)
        assert {ports for ports, _ in host.fabric.announced} == {("n0",)}
        await trio.sleep(10)
        assert len(host.fabric.announced) == so_far


async def test_series_are_not_without_end(autojump_clock: MockClock):
    async with bench() as host:
        for number in range(MOST_SERIES):
            host.server.announcer.start(f"s{number}", Rounds(50, 550, -1, 0), None)
        with pytest.raises(NetdError, match="256 announcements are under way"):
            host.server.announcer.start("one more", Rounds(50, 550, 1, 0), None)
        host.server.announcer.start("s0", Rounds(50, 550, 0, 0), None)
        host.server.announcer.start("one more", Rounds(50, 550, 1, 0), None)
