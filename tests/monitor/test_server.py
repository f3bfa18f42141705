import os

import trio

from netd.monitor import server as server_module
from netd.monitor.access import Access, Role
from tests.support.asking import ask
from tests.support.fakes import bench


async def connect(host, address):
    sock = trio.socket.socket(trio.socket.AF_UNIX)
    host.sockets.append(sock)
    await sock.connect(address)
    return trio.SocketStream(sock)


async def listening(host, tmp_path):
    sock = trio.socket.socket(trio.socket.AF_UNIX)
    host.sockets.append(sock)
    await sock.bind(str(tmp_path / "s"))
    sock.listen()
    host.nursery.start_soon(host.server.serve, trio.SocketListener(sock))
    return str(tmp_path / "s")


async def test_clients_are_greeted_and_forgotten(tmp_path):
    async with bench() as host:
        address = await listening(host, tmp_path)
        one, other = await connect(host, address), await connect(host, address)
        assert b'{"QMP": ' in await one.receive_some()
        assert b'{"QMP": ' in await other.receive_some()
        assert {session.peer.pid for session in host.server.sessions} == {os.getpid()}
        await one.aclose()
        await other.aclose()
        await trio.testing.wait_all_tasks_blocked()
        assert host.server.sessions == set()


async def test_one_session_too_many_is_turned_away(tmp_path, monkeypatch):
    monkeypatch.setattr(server_module, "MAX_SESSIONS", 1)
    async with bench() as host:
        address = await listening(host, tmp_path)
        first = await connect(host, address)
        await first.receive_some()
        assert await (await connect(host, address)).receive_some() == b""


async def test_a_stranger_cannot_take_all_the_sessions(tmp_path, monkeypatch):
    monkeypatch.setattr(server_module, "MAX_STRANGER_SESSIONS", 1)
    monkeypatch.setattr(Access, "role", lambda self, peer: Role.STRANGER)
    async with bench() as host:
        address = await listening(host, tmp_path)
        first = await connect(host, address)
        await first.receive_some()
        assert await (await connect(host, address)).receive_some() == b""


async def test_a_client_that_takes_nothing_does_not_hold_up_the_end(autojump_clock):
    async with bench() as host:
        stuck = await host.client()
        with trio.move_on_after(1):
            while True:
                await stuck.send(b'{"execute":"query-qmp-schema"}' * 100)
        started = trio.current_time()
        host.server.end("host-signal")
        await host.server.say_goodbye()
        assert trio.current_time() - started <= server_module.FAREWELL + 0.1


async def test_the_end_comes_once():
    async with bench() as host:
        client = await host.client()
        host.server.end("host-signal")
        host.server.end("host-signal")
        assert b"SHUTDOWN" in await client.line()
        assert await ask(client, "query-name") == {}
