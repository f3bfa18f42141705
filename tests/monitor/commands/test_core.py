import json

import pytest

from netd.monitor.commands import COMMANDS
from tests.support.asking import ask, refused
from tests.support.fakes import bench
from tests.support.labs import lab_of_two


async def test_the_version_is_the_release_that_is_matched_and_our_own():
    async with bench() as host:
        version = await ask(await host.client(), "query-version")
        assert version["qemu"] == {"major": 7, "minor": 2, "micro": 22}
        assert version["package"].startswith("(netd ")


async def test_commands_are_listed_newest_first():
    async with bench() as host:
        listed = await ask(await host.client(), "query-commands")
        assert [entry["name"] for entry in listed] == [known.name for known in reversed(COMMANDS)]
        assert len({known.name for known in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize(("name", "answer"), [(None, {}), ("labhost", {"name": "labhost"})])
async def test_the_name_is_the_configurations(name, answer):
    async with bench() as host:
        host.lab.name = name
        assert await ask(await host.client(), "query-name") == answer


async def test_it_always_runs():
    async with bench() as host:
        answer = await ask(await host.client(), "query-status")
        assert answer == {"running": True, "singlestep": False, "status": "running"}


async def test_there_are_no_cpus_but_the_one_that_clients_take_for_granted():
    async with bench() as host:
        line = {"command-line": "info status", "cpu-index": 0}
        assert await ask(await host.client(), "human-monitor-command", **line) == "VM status: running\r\n"
        reason = await refused(
            await host.client(),
            "human-monitor-command",
            **{"command-line": "info network", "cpu-index": 1},
        )
        assert reason == "Parameter 'cpu-index' expects a CPU number"


async def test_teardown_leaves_nothing_and_tells_everyone():
    async with bench() as host:
        await host.lab.become(lab_of_two())
        client = await host.client()
        assert await ask(client, "teardown") == {}
        gone = [json.loads(await client.line())["data"]["device"] for _ in range(2)]
        assert gone == ["n0", "n1"]
        assert host.fabric.things == set()
        assert host.lab.network.clients == {}
