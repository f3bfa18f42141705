import array
import os
import socket

import pytest

from netd.monitor.access import Peer
from netd.plan.objects import GuestVeth
from tests.support.asking import ask, refused
from tests.support.fakes import bench

OWN_NETNS = "/proc/self/ns/net"


async def with_hub(host, ports=1):
    client = await host.client()
    for number in range(ports):
        await ask(client, "netdev_add", type="hubport", id=f"h{number}", hubid=0)
    return client


async def test_a_nic_comes_and_goes_and_its_netdev_stays():
    async with bench() as host:
        client = await with_hub(host)
        before = set(host.fabric.things)
        await ask(client, "device_add", driver="e1000", id="n0", netdev="h0", mac="52-54-00-00-00-AA")
        assert host.lab.network.nic("n0").mac == "52:54:00:00:00:aa"
        await ask(client, "device_del", id="n0")
        assert host.fabric.things == before
        await ask(client, "device_add", driver="usb-net", netdev="h0")
        await ask(client, "device_del", id="/machine/peripheral-anon/device[0]")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "Parameter 'driver' is missing"),
        ({"driver": "nosuch"}, "'nosuch' is not a valid device model name"),
        ({"driver": 1}, "'1' is not a valid device model name"),
        ({"driver": "e1000", "id": "1"}, "Parameter 'id' expects an identifier"),
        ({"driver": "e1000", "bogus": 1}, "Property 'e1000.bogus' not found"),
        ({"driver": "e1000", "mac": 1}, "Property 'e1000.mac' doesn't take value '1'"),
        ({"driver": "e1000", "netdev": "nope"}, "Property 'e1000.netdev' can't find value 'nope'"),
        (
            {"driver": "e1000", "mac": "fe:6e:64:00:00:01"},
            "Property 'e1000.mac' doesn't take value 'fe:6e:64:00:00:01': "
            "addresses with fe:6e:64: are of the fabric's own ports",
        ),
        ({"driver": "veth"}, "Parameter 'netns' is missing"),
        ({"driver": "veth", "netns": "no-such-ns"}, "find network namespace 'no-such-ns'"),
    ],
)
async def test_what_is_wrong_is_said(arguments, reason):
    async with bench() as host:
        client = await with_hub(host)
        assert (await refused(client, "device_add", **arguments)).startswith(reason)
        assert host.lab.network.nics() == []


async def test_a_nic_may_be_called_like_a_netdev_but_not_like_another_nic():
    async with bench() as host:
        client = await with_hub(host)
        await ask(client, "device_add", driver="e1000", id="h0", netdev="h0")
        assert await refused(client, "device_add", driver="e1000", id="h0") == "Duplicate device ID 'h0'"


async def test_a_netdev_in_use_is_not_taken():
    async with bench() as host:
        client = await with_hub(host)
        await ask(client, "device_add", driver="e1000", id="n0", netdev="h0")
        reason = await refused(client, "device_add", driver="e1000", netdev="h0")
        assert reason == "Property 'e1000.netdev' can't take value 'h0', it's in use"


async def test_a_namespace_guest_gets_the_next_free_name():
    async with bench() as host:
        client = await with_hub(host)
        await ask(client, "device_add", driver="veth", id="c0", netns=OWN_NETNS, ip=["192.0.2.1/24"])
        veth = next(thing for thing in host.fabric.things if isinstance(thing, GuestVeth))
        assert (veth.ifname, veth.addresses, veth.guest_mtu) == ("eth1", ("192.0.2.1/24",), 1500)


async def test_a_namespace_of_someone_elses_takes_root(monkeypatch):
    async with bench() as host:
        operator = await host.client(Peer(os.getpid(), 54321, 0, user="54321"))
        monkeypatch.setattr(type(host.server.access), "role", lambda self, peer: operator.session.role)
        operator.session.role = type(operator.session.role).OPERATOR
        reason = await refused(operator, "device_add", driver="veth", netns=OWN_NETNS)
        assert reason == (
            f"Network namespace '{OWN_NETNS}' is not user '54321's own: it takes root to put a NIC there"
        )


async def test_moving_a_nic_leaves_its_own_interface_alone():
    async with bench() as host:
        client = await with_hub(host, 2)
        await ask(client, "device_add", driver="e1000", id="n0", netdev="h0")
        await ask(client, "netdev_add", type="hubport", id="far", hubid=9)
        ports = {thing for thing in host.fabric.things if thing.key[0] == "port"}
        await ask(client, "nic-plug", id="n0", netdev="far")
        assert host.lab.network.hub_of(host.lab.network.nic("n0")) == 9
        assert ports <= host.fabric.things
        assert await refused(client, "nic-plug", id="n0", netdev="n0") == "Device 'n0' not found"


async def receive_fds(client):
    data, ancillary, _, _ = await client.stream.socket.recvmsg(65536, socket.CMSG_SPACE(1024))
    fds = array.array("i")
    for _, _, payload in ancillary:
        fds.frombytes(payload)
    return data, list(fds)


async def test_opening_a_nic_hands_out_its_descriptors_once():
    async with bench() as host:
        client = await with_hub(host)
        await ask(client, "device_add", driver="virtio-net-pci", id="n0", mq=True, queues=2, bootindex=1)
        await client.send(b'{"execute":"nic-open","arguments":{"id":"n0"}}')
        data, fds = await receive_fds(client)
        try:
            assert b'"vnet-hdr": true' in data
            assert b'"bootindex": 1' in data
            assert len(fds) == 2
        finally:
            for fd in fds:
                os.close(fd)
        reason = await refused(client, "nic-open", id="n0")
        assert reason.startswith(f"NIC 'n0' is held by process {os.getpid()} (")


async def test_there_is_nothing_to_open_of_a_namespace_guest():
    async with bench() as host:
        client = await host.client()
        await ask(client, "device_add", driver="veth", id="c0", netns=OWN_NETNS)
        assert (await refused(client, "nic-open", id="c0")).startswith("NIC 'c0' is its guest's already")
        assert await refused(client, "nic-open", id="nope") == "Device 'nope' not found"


async def test_receive_filters_are_those_of_a_fresh_virtio_nic():
    async with bench() as host:
        client = await with_hub(host)
        await ask(client, "device_add", driver="e1000", id="e")
        await ask(client, "device_add", driver="virtio-net-pci", id="v")
        (entry,) = await ask(client, "query-rx-filter")
        assert entry == (await ask(client, "query-rx-filter", name="v"))[0]
        assert entry["vlan-table"] == list(range(4095, -1, -1))
        assert (entry["name"], entry["main-mac"]) == ("v", "52:54:00:12:34:57")
        assert entry["broadcast-allowed"] is False
        for name, reason in (
            ("zz", "invalid net client name: zz"),
            ("h0", "net client(h0) isn't a NIC"),
            ("e", "net client(e) doesn't support rx-filter querying"),
        ):
            assert await refused(client, "query-rx-filter", name=name) == reason


async def test_announcements_want_their_parameters():
    async with bench() as host:
        client = await host.client()
        assert await refused(client, "announce-self") == "Parameter 'initial' is missing"
        timing = {"initial": 50, "max": 550, "rounds": 5, "step": 100}
        assert await ask(client, "announce-self", **timing, interfaces=["nope"], id="t") == {}
