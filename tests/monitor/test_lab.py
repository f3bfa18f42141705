import pytest

from netd.errors import HostError
from netd.plan import planner
from netd.topology.network import Network
from tests.support.fakes import bench
from tests.support.labs import hubport, lab_of_two


async def test_the_kernel_follows_the_network():
    async with bench() as host:
        await host.lab.become(lab_of_two())
        assert host.fabric.things == set(planner.whole("t", lab_of_two()))
        await host.lab.teardown()
        assert host.fabric.things == set()
        assert host.lab.network == Network()


async def test_when_the_kernel_refuses_nothing_has_changed():
    async with bench() as host:
        await host.lab.become(lab_of_two())
        before = host.lab.network
        host.fabric.refuse = "Cannot allocate memory"
        with pytest.raises(HostError, match="create something: Cannot allocate memory"):
            await host.lab.become(hubport(before, "h2", 1))
        assert host.lab.network is before
