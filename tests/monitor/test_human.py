"""The human monitor's commands, on a kernel that is only a list."""

import json

import pytest

from tests.support.fakes import bench

USAGE = 'Try "help {}" for more information\r\n'


async def type_(client, line):
    message = {"execute": "human-monitor-command", "arguments": {"command-line": line}}
    await client.send(json.dumps(message).encode())
    while "event" in (answer := json.loads(await client.line())):
        pass
    return answer["return"]


@pytest.mark.parametrize(
    ("lines", "output"),
    [
        (["netdev_add hubport,id=h0,hubid=0"], ""),
        (["netdev_add hubport,id=h0,hubid=0"] * 2, USAGE.format("netdev_add")),
        (["netdev_add"], "Error: Parameter 'id' is missing\r\n"),
        (["netdev_add hubport,id=h1"], "Error: Parameter 'hubid' is missing\r\n"),
        (["netdev_add hubport,id=h1,hubid=x"], "Error: Parameter 'hubid' expects an int64 value\r\n"),
        (["netdev_add hubport,id=1h,hubid=1"], USAGE.format("netdev_add")),
        (["netdev_add hubport,id=h,hubid=1,netdev=nope"], "Error: netdev 'nope' not found\r\n"),
        (["netdev_add zz,id=b"], "Error: Parameter 'type' does not accept value 'zz'\r\n"),
        (["netdev_add hubport,id=b,bogus=1,hubid=1"], "Error: Invalid parameter 'bogus'\r\n"),
        (["netdev_add help"], "Available netdev backend types:\r\nhubport\r\n"),
        (["netdev_add ?"], "Available netdev backend types:\r\nhubport\r\n"),
        (["netdev_del nope"], "Error: Device 'nope' not found\r\n"),
        (["netdev_del"], "netdev_del: string expected\r\n" + USAGE.format("netdev_del")),
        (["netdev_add hubport,id=h0,hubid=0", "device_add e1000,id=n0,netdev=h0"], ""),
        (["device_add e1000,id=n0", "device_add e1000,id=n0"], "Error: Duplicate device ID 'n0'\r\n"),
        (["device_add"], "Error: Parameter 'driver' is missing\r\n"),
        (["device_add nosuch"], "Error: 'nosuch' is not a valid device model name\r\n"),
        (["device_add e1000,id=1"], USAGE.format("device_add")),
        (["device_add e1000,bogus=1"], "Error: Property 'e1000.bogus' not found\r\n"),
        (
            ["device_add e1000,netdev=nope"],
            "Error: Property 'e1000.netdev' can't find value 'nope'\r\n",
        ),
        (["device_add e1000,id=n0", "device_del n0"], ""),
        (["set_link x on"], "Error: Device 'x' not found\r\n"),
        (["set_link x maybe"], "Expected 'on' or 'off'\r\n" + USAGE.format("set_link")),
        (["device_add e1000,id=n0", "set_link n0 off"], ""),
        (["info network"], ""),
        (["info status"], "VM status: running\r\n"),
        (["info name"], ""),
        (["info usernet"], ""),
        (["getfd x"], "Error: No file descriptor supplied via SCM_RIGHTS\r\n"),
        (["closefd x"], "Error: File descriptor named 'x' not found\r\n"),
        (["announce_self"], ""),
        (["announce_self n0,n1 series"], ""),
        (["hostfwd_add tcp::5400-:22"], "user mode network stack not in use\r\n"),
        (["hostfwd_remove nope tcp::5400"], "unrecognized netdev id 'nope'\r\n"),
        (
            ["netdev_add hubport,id=h0,hubid=0", "hostfwd_add h0 tcp::5400-:22"],
            "invalid device specified\r\n",
        ),
        (["help info network"], "info network  -- show the network state\r\n"),
        (
            ["help getfd"],
            "getfd getfd name -- receive a file descriptor via SCM rights and assign it a name\r\n",
        ),
        (["?  quit"], "quit|q  -- quit the emulator\r\n"),
        (["quit"], ""),
    ],
)
async def test_the_output_is_qemus(lines, output):
    async with bench() as host:
        client = await host.client()
        for line in lines:
            said = await type_(client, line)
        assert said == output


async def test_a_type_that_is_not_there_yet_is_named_with_those_that_are():
    async with bench() as host:
        said = await type_(await host.client(), "netdev_add user,id=u0")
        assert said == (
            "Error: network backend 'user' is not in this version of netd yet; it has: hubport\r\n"
        )


async def test_help_lists_qemus_commands_in_its_order():
    async with bench() as host:
        said = await type_(await host.client(), "help")
        assert [line.split()[0] for line in said.split("\r\n")[:-1]] == [
            "announce_self",
            "closefd",
            "device_add",
            "device_del",
            "getfd",
            "help|?",
            "hostfwd_add",
            "hostfwd_remove",
            "info",
            "netdev_add",
            "netdev_del",
            "quit|q",
            "set_link",
        ]
        assert await type_(await host.client(), "info") == await type_(await host.client(), "help info")


async def test_the_name_and_the_version():
    async with bench() as host:
        host.lab.name = "labhost"
        client = await host.client()
        assert await type_(client, "info name") == "labhost\r\n"
        assert (await type_(client, "info version")).startswith("7.2.22(netd ")


async def test_models_and_their_properties_are_listed():
    async with bench() as host:
        client = await host.client()
        assert 'name "e1000", bus PCI, alias "e1000-82540em"' in await type_(client, "device_add help")
        assert (await type_(client, "device_add e1000,help")).startswith("e1000 options:\r\n")
