"""A session as its client sees it, on a kernel that is only a list."""

import array
import json
import os
import socket

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from netd.monitor import session as session_module
from netd.monitor.access import Peer
from netd.monitor.command import Commands, command
from netd.monitor.commands import COMMANDS
from netd.monitor.events import Event
from netd.monitor.session import State
from netd.plan import planner
from tests.support.fakes import bench
from tests.support.labs import lab_of_two

STRANGER = Peer(os.getpid(), 54321, 54321, user="54321")


async def ask(client, name, ident=None, **arguments):
    message = {"execute": name, "arguments": arguments}
    await client.send(json.dumps(message if ident is None else {**message, "id": ident}).encode())
    return json.loads(await client.line())


async def test_the_greeting_and_the_negotiation():
    async with bench() as host:
        client = await host.client(negotiate=False)
        greeting = json.loads(client.greeting)["QMP"]
        assert greeting["version"]["qemu"] == {"major": 7, "minor": 2, "micro": 22}
        assert greeting["capabilities"] == ["oob"]
        refused = await ask(client, "query-version")
        assert refused["error"] == {
            "class": "CommandNotFound",
            "desc": "Expecting capabilities negotiation with 'qmp_capabilities'",
        }
        assert client.session.state is State.NEGOTIATING
        assert await ask(client, "qmp_capabilities") == {"return": {}}
        assert client.session.state is State.READY
        again = await ask(client, "qmp_capabilities")
        assert again["error"]["desc"] == "Capabilities negotiation is already complete, command ignored"


async def test_a_failed_negotiation_leaves_the_session_as_it_was():
    async with bench() as host:
        client = await host.client(negotiate=False)
        refused = await ask(client, "qmp_capabilities", enable=["zz"])
        assert refused["error"]["desc"] == "Parameter 'null' does not accept value 'zz'"
        assert client.session.state is State.NEGOTIATING


async def test_many_commands_in_one_write_are_answered_in_order():
    async with bench() as host:
        client = await host.client()
        await client.send(b"".join(b'{"execute":"query-name","id":%d}' % n for n in range(200)))
        assert [json.loads(await client.line())["id"] for _ in range(200)] == list(range(200))


async def test_one_command_in_many_writes():
    async with bench() as host:
        client = await host.client()
        for octet in b'{"execute":"query-name","id":"x"}':
            await client.send(bytes([octet]))
        assert json.loads(await client.line()) == {"return": {}, "id": "x"}


async def test_a_parse_error_has_no_id_and_the_next_command_works():
    async with bench() as host:
        client = await host.client()
        await client.send(b"{]" + b'{"execute":"nosuch","id":1}')
        assert json.loads(await client.line())["error"]["desc"] == "JSON parse error, expecting value"
        assert json.loads(await client.line())["error"]["class"] == "CommandNotFound"


async def test_strangers_are_refused_with_the_reason():
    async with bench() as host:
        client = await host.client(STRANGER)
        refused = await ask(client, "query-network")
        assert refused["error"]["desc"] == (
            "User '54321' may not use netd: it takes root or a member of group 'netd'"
        )


async def test_a_client_that_does_not_read_its_replies_is_not_read_and_blocks_nobody():
    async with bench() as host:
        host.lab.network = lab_of_two()
        slow, quick = await host.client(), await host.client()
        with trio.move_on_after(0.5) as flooding:
            while True:
                await slow.send(b'{"execute":"query-qmp-schema"}' * 100)
        assert flooding.cancelled_caught
        for number in range(10):
            assert (await ask(quick, "query-name", number))["id"] == number


async def test_a_client_that_does_not_read_its_events_is_disconnected(monkeypatch):
    monkeypatch.setattr(session_module, "EVENT_QUEUE", 10_000)
    async with bench() as host:
        slow, quick = await host.client(), await host.client()
        heard = 0
        while slow.session.state is State.READY:
            host.server.events.emit(Event("DEVICE_DELETED", {"path": "x" * 1000}))
            heard += json.loads(await quick.line())["event"] == "DEVICE_DELETED"
        assert heard > 10
        assert (await ask(quick, "query-name")) == {"return": {}}


async def test_a_reply_of_any_size_is_sent_whole():
    async with bench() as host:
        client = await host.client()
        ident = "x" * 3_000_000
        await client.send(json.dumps({"execute": "query-name", "id": ident}).encode())
        assert json.loads(await client.line())["id"] == ident


async def test_events_come_before_the_reply_but_for_those_of_an_unplug():
    async with bench() as host:
        host.lab.network = lab_of_two()
        host.fabric.things = set(planner.whole("t", host.lab.network))
        one, other = await host.client(), await host.client()
        assert await ask(one, "device_del", id="n0") == {"return": {}}
        event = json.loads(await one.line())
        assert (event["event"], event["data"]["device"]) == ("DEVICE_DELETED", "n0")
        assert json.loads(await other.line())["data"] == event["data"]
        await one.send(b'{"execute":"quit"}')
        assert json.loads(await one.line())["event"] == "SHUTDOWN"
        assert json.loads(await one.line()) == {"return": {}}


async def test_passed_descriptors_belong_to_the_session():
    async with bench() as host:
        client = await host.client()
        fd = os.open("/dev/null", os.O_RDONLY)
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))
        await client.stream.socket.sendmsg([b'{"execute":"getfd","arguments":{"fdname":"f"}}'], [rights])
        os.close(fd)
        assert json.loads(await client.line()) == {"return": {}}
        kept = client.session.descriptors.named["f"]
        await client.stream.aclose()
        await wait_all_tasks_blocked()
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(kept)


async def test_out_of_band_overtakes_and_in_band_waits_its_turn():
    gate, passed = trio.Event(), []

    @command("slow")
    async def slow(call, args):
        """Wait at the gate."""
        await gate.wait()
        passed.append("slow")

    @command("quick", allow_oob=True)
    async def quick(call, args):
        """Pass."""
        passed.append("quick")

    async with bench() as host:
        host.server.commands = Commands([*COMMANDS, slow, quick])
        client = await host.client(oob=True)
        await client.send(
            b'{"execute":"slow","id":1}{]{"exec-oob":"query-name","id":2}{"exec-oob":"quick","id":3}'
        )
        refused = json.loads(await client.line())
        assert (refused["id"], refused["error"]["desc"]) == (2, "The command query-name does not support OOB")
        assert json.loads(await client.line()) == {"return": {}, "id": 3}
        gate.set()
        assert json.loads(await client.line()) == {"return": {}, "id": 1}
        assert json.loads(await client.line())["error"]["desc"] == "JSON parse error, expecting value"
        assert passed == ["quick", "slow"]


async def test_a_fault_of_our_own_is_an_answer_and_the_session_goes_on():
    @command("broken")
    async def broken(call, args):
        """Fail."""
        raise ZeroDivisionError

    async with bench() as host:
        host.server.commands = Commands([*COMMANDS, broken])
        client = await host.client()
        assert (await ask(client, "broken", 5))["error"]["desc"].startswith("Internal error")
        assert await ask(client, "query-name") == {"return": {}}


async def test_everyone_hears_of_the_end_and_takes_the_last_reply():
    async with bench() as host:
        one, other = await host.client(), await host.client()
        await one.send(b'{"execute":"quit","id":"bye"}')
        await host.server.ending.wait()
        await host.server.say_goodbye()
        assert json.loads(await one.line())["event"] == "SHUTDOWN"
        assert json.loads(await one.line()) == {"return": {}, "id": "bye"}
        assert await one.line() == b""
        assert json.loads(await other.line())["data"] == {"guest": False, "reason": "host-qmp-quit"}
        assert await other.line() == b""
