import pytest

from netd.backends import BACKENDS, LATER
from netd.monitor.commands.netdevs import NETDEV_TYPES
from tests.support.asking import ask, refused
from tests.support.fakes import bench


def test_a_type_is_there_or_comes_later_not_both():
    assert len(NETDEV_TYPES) == len(BACKENDS)
    assert not set(NETDEV_TYPES) & set(LATER)


async def test_netdevs_come_and_go():
    async with bench() as host:
        client = await host.client()
        assert await ask(client, "netdev_add", type="hubport", id="h0", hubid=-3) == {}
        assert await refused(client, "netdev_add", type="hubport", id="h0", hubid=1) == "Duplicate ID 'h0'"
        assert await ask(client, "netdev_del", id="h0") == {}
        assert host.fabric.things == set()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"type": "zz", "id": "a"}, "Parameter 'type' does not accept value 'zz'"),
        ({"type": "hubport", "hubid": 1}, "Parameter 'id' is missing"),
        ({"id": "a"}, "Parameter 'type' is missing"),
        ({"type": "nic", "id": "a"}, "network backend 'nic' is not compiled into this binary"),
        ({"type": "hubport", "id": "1a", "hubid": 1}, "Parameter 'id' expects an identifier"),
        (
            {"type": "hubport", "id": "a", "hubid": "1"},
            "Invalid parameter type for 'hubid', expected: integer",
        ),
        ({"type": "hubport", "id": "a", "hubid": 2**31}, "Parameter 'hubid' expects int32_t"),
        ({"type": "hubport", "id": "a", "hubid": 1, "bogus": {}}, "Parameter 'bogus' is unexpected"),
        ({"type": "hubport", "id": "a", "hubid": 1, "netdev": "b"}, "netdev 'b' not found"),
        *(
            (
                {"type": later, "id": "a"},
                f"network backend '{later}' is not in this version of netd yet; it has: hubport",
            )
            for later in LATER
        ),
    ],
)
async def test_what_is_wrong_is_said(arguments, reason):
    async with bench() as host:
        client = await host.client()
        assert await refused(client, "netdev_add", **arguments) == reason
        assert host.lab.network.clients == {}


async def test_a_loop_is_refused_before_the_kernel_sees_it():
    async with bench() as host:
        client = await host.client()
        await ask(client, "netdev_add", type="hubport", id="a", hubid=0)
        reason = await refused(client, "netdev_add", type="hubport", id="b", hubid=0, netdev="a")
        assert reason == "hub 0 cannot be joined to itself"


async def test_links_go_down_and_up():
    async with bench() as host:
        client = await host.client()
        await ask(client, "device_add", driver="e1000", id="n0")
        up = set(host.fabric.things)
        await ask(client, "set_link", name="n0", up=False)
        assert host.fabric.things < up
        await ask(client, "set_link", name="n0", up=True)
        assert host.fabric.things == up


async def test_the_kernels_reason_is_the_answer_and_nothing_stays():
    async with bench() as host:
        client = await host.client()
        host.fabric.refuse = "Cannot allocate memory"
        reason = await refused(client, "netdev_add", type="hubport", id="h0", hubid=0)
        assert reason == "create something: Cannot allocate memory"
        assert await ask(client, "netdev_add", type="hubport", id="h0", hubid=0) == {}
