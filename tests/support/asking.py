"""Commands sent to a session of :mod:`tests.support.fakes`."""

from __future__ import annotations

import json


async def answer(client, name, /, **arguments):
    """The reply to a command, events left out."""
    await client.send(json.dumps({"execute": name, "arguments": arguments}).encode())
    while "event" in (reply := json.loads(await client.line())):
        pass
    return reply


async def ask(client, name, /, **arguments):
    """What a command returns; it must not be refused."""
    reply = await answer(client, name, **arguments)
    assert "return" in reply, reply
    return reply["return"]


async def refused(client, name, /, **arguments):
    """The reason a command is refused for."""
    reply = await answer(client, name, **arguments)
    assert "error" in reply, reply
    return reply["error"]["desc"]
