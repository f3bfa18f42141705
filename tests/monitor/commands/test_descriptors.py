import array
import json
import os
import socket

from tests.support.asking import ask, refused
from tests.support.fakes import bench


async def pass_null(client, name, **arguments):
    fd = os.open("/dev/null", os.O_RDONLY)
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))
    await client.stream.socket.sendmsg(
        [json.dumps({"execute": name, "arguments": arguments}).encode()], [rights]
    )
    os.close(fd)
    return json.loads(await client.line())


async def test_names_come_and_go():
    async with bench() as host:
        client = await host.client()
        assert await refused(client, "getfd", fdname="a") == "No file descriptor supplied via SCM_RIGHTS"
        assert await pass_null(client, "getfd", fdname="a") == {"return": {}}
        assert await ask(client, "closefd", fdname="a") == {}
        assert await refused(client, "closefd", fdname="a") == "File descriptor named 'a' not found"


async def test_a_descriptor_waits_for_the_command_that_wants_it():
    async with bench() as host:
        client = await host.client()
        assert await pass_null(client, "query-name") == {"return": {}}
        assert await ask(client, "getfd", fdname="a") == {}


async def test_sets_are_listed_highest_first_and_belong_to_their_session():
    async with bench() as host:
        client, other = await host.client(), await host.client()
        first = (await pass_null(client, "add-fd"))["return"]
        second = (await pass_null(client, "add-fd", **{"fdset-id": 7, "opaque": "o"}))["return"]
        assert (first["fdset-id"], second["fdset-id"]) == (0, 7)
        assert await ask(client, "query-fdsets") == [
            {"fdset-id": 7, "fds": [{"fd": second["fd"], "opaque": "o"}]},
            {"fdset-id": 0, "fds": [{"fd": first["fd"]}]},
        ]
        assert await ask(other, "query-fdsets") == []
        assert await ask(client, "remove-fd", **{"fdset-id": 7}) == {}
        gone = await refused(client, "remove-fd", **{"fdset-id": 7, "fd": 999})
        assert gone == "File descriptor named 'fdset-id:7, fd:999' not found"
