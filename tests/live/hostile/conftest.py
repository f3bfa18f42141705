"""One netd that suffers all tests of a file, and must be as good after each as before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.live.hostile.siege import MOST
from tests.live.lab import descriptors, until
from tests.support.daemon import Daemon
from tests.support.qmp import QmpClient

NETWORK = "hub 0\r\n \\ p0: n0: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:56\r\n"


@pytest.fixture(scope="module")
def netd(lasting: Daemon) -> Daemon:
    """The one that suffers, with a NIC on a hub."""
    with lasting.qmp() as qmp:
        qmp.cmd("netdev_add", type="hubport", id="p0", hubid=0)
        qmp.cmd("device_add", driver="e1000", id="n0", netdev="p0")
    return lasting


@pytest.fixture
def other(netd: Daemon) -> Iterator[QmpClient]:
    """A client that means no harm, all the time."""
    with netd.qmp() as qmp:
        qmp.cmd("query-name")
        yield qmp


@pytest.fixture
def alone(netd: Daemon, other: QmpClient) -> Callable[[], None]:
    """Waits until netd has as many descriptors open as at the beginning: all sessions have ended."""
    opened = len(descriptors(netd.pid))
    return lambda: until(lambda: len(descriptors(netd.pid)) == opened + 1, netd)  # one for who asks


@pytest.fixture(autouse=True)
def unharmed(netd: Daemon, other: QmpClient, alone: Callable[[], None]) -> Iterator[None]:
    """Afterwards it answers, and has what it had: network, descriptors, memory."""
    logged = len(netd.log)
    yield
    alone()
    with netd.qmp() as new:
        assert other.hmp("info network") == new.hmp("info network") == NETWORK
    assert netd.rss() < MOST
    assert "fault of netd's own" not in netd.log[logged:]
