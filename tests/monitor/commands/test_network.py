from tests.support.asking import ask
from tests.support.fakes import bench


async def test_every_client_is_shown_with_all_that_is_known():
    async with bench() as host:
        client = await host.client()
        await ask(client, "netdev_add", type="hubport", id="h0", hubid=3)
        await ask(client, "device_add", driver="e1000", id="n0", netdev="h0", romfile="")
        await ask(client, "device_add", driver="veth", netns="/proc/self/ns/net", ip="192.0.2.1/24", mtu=9000)
        host.fabric.held.add("n0")
        host.lab.holders.handed("/machine/peripheral/n0", client.session.peer.pid)
        shown = await ask(client, "query-network")
        port, nic, guest = shown["clients"]
        assert port == {
            "id": "h0",
            "kind": "netdev",
            "type": "hubport",
            "options": {"hubid": 3},
            "peer": "n0",
            "hub": 3,
            "link": True,
        }
        for direction in ("received", "sent"):
            assert set(nic.pop(direction)) == {"frames", "bytes", "dropped"}
        assert nic == {
            "id": "n0",
            "kind": "nic",
            "type": "e1000",
            "path": "/machine/peripheral/n0",
            "options": {"romfile": "", "attach": "tap", "queues": 1},
            "peer": "h0",
            "hub": 3,
            "link": True,
            "mac": "52:54:00:12:34:56",
            "mtu": 65521,
            "port": "n0",
            "attached": True,
            "pid": client.session.peer.pid,
        }
        assert guest["options"] == {
            "attach": "netns",
            "netns": "/proc/self/ns/net",
            "ifname": "eth1",
            "ip": ["192.0.2.1/24"],
            "mtu": 9000,
        }
        assert (guest["id"], guest["mtu"], guest["attached"]) == ("veth.0", 9000, True)
        assert shown["hubs"] == [{"id": 3, "ports": ["h0"], "bridges": ["_hub3"]}]
        assert shown["warnings"] == ["hub 3 is not connected to host network", "nic veth.0 has no peer"]
        assert (shown["instance"], shown["fabric"]) == ("t", "t")


async def test_a_nic_nobody_holds_is_not_attached():
    async with bench() as host:
        client = await host.client()
        await ask(client, "device_add", driver="e1000", id="n0")
        (nic,) = (await ask(client, "query-network"))["clients"]
        assert nic["attached"] is False
        assert "pid" not in nic
