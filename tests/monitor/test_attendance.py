import json

import pytest

from netd.kernel.watch import LinkChanged, LinkGone, Resync
from netd.monitor.attendance import Attendance
from tests.support.fakes import bench
from tests.support.labs import hubport, in_netns, lab_of_two, nic

LONG = "a-name-that-is-longer-than-the-kernel-takes"


def state_of(host, port, *, carrier):
    if carrier:
        host.fabric.held.add(port)
    else:
        host.fabric.held.discard(port)
    return host.fabric.links()[port]


async def lab(host):
    network = nic(hubport(nic(lab_of_two(), LONG), "h2", 0), "c0", "h2", attachment=in_netns())
    await host.lab.become(network)
    return Attendance(host.lab, host.server.events)


@pytest.mark.parametrize("name", ["n0", LONG])
async def test_a_machine_that_opens_its_nic_and_ends_is_told_once_each(name):
    async with bench() as host:
        attendance = await lab(host)
        client = await host.client()
        port = name if name == "n0" else next(p for p in host.fabric.links() if "~" in p)
        for carrier in (True, True, False, False):
            attendance.take(LinkChanged(port, state_of(host, port, carrier=carrier)))
        for event in ("NIC_ATTACHED", "NIC_DETACHED"):
            told = json.loads(await client.line())
            assert (told["event"], told["data"]) == (
                event,
                {"device": name, "path": f"/machine/peripheral/{name}"},
            )


async def test_a_namespace_guest_is_there_until_its_namespace_is_gone():
    async with bench() as host:
        attendance = await lab(host)
        client = await host.client()
        attendance.take(LinkChanged("c0", state_of(host, "c0", carrier=False)))
        assert json.loads(await client.line())["event"] == "NIC_ATTACHED"
        attendance.take(LinkGone("c0", 5))
        assert json.loads(await client.line())["event"] == "NIC_DETACHED"


async def test_what_is_no_nics_port_is_no_news():
    async with bench() as host:
        attendance = await lab(host)
        client = await host.client()
        attendance.take(LinkGone("_hub0", 1))
        attendance.take(LinkGone("nobody", 2))
        attendance.take(Resync())
        host.server.end("host-signal")
        assert json.loads(await client.line())["event"] == "SHUTDOWN"


async def test_after_news_were_lost_everything_is_looked_at_again():
    async with bench() as host:
        attendance = await lab(host)
        client = await host.client()
        host.fabric.held.add("n1")
        await attendance.look_again()
        told = {json.loads(await client.line())["data"]["device"] for _ in range(2)}
        assert told == {"n1", "c0"}
