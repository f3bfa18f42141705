import json
from pathlib import Path

from netd.backends import BACKENDS
from netd.monitor.commands import COMMANDS
from netd.monitor.commands.netdevs import NETDEV_TYPES
from netd.monitor.events import EVENTS
from netd.schema.validate import validate
from tests.support.asking import ask
from tests.support.fakes import bench
from tests.support.qmp_schema import by_name, compatible

EXCERPT = json.loads((Path(__file__).parents[2] / "schema" / "qemu-7.2-schema.json").read_text())


async def schema():
    async with bench() as host:
        return await ask(await host.client(), "query-qmp-schema")


async def test_it_lists_exactly_what_there_is():
    listed = await schema()
    for meta, there in (("command", COMMANDS), ("event", EVENTS)):
        assert {e["name"] for e in listed if e["meta-type"] == meta} == {known.name for known in there}
    entries = by_name(listed)
    netdevs = entries[entries["netdev_add"]["arg-type"]]
    assert {variant["case"] for variant in netdevs["variants"]} == set(NETDEV_TYPES)
    assert len(NETDEV_TYPES) == len(BACKENDS)


async def test_it_is_of_the_form_that_it_says_it_is():
    command = next(known for known in COMMANDS if known.name == "query-qmp-schema")
    assert validate(command.returns, await schema())


async def test_what_qemu_has_too_is_as_qemu_has_it():
    shared = {known.name for known in (*COMMANDS, *EVENTS)} & {entry["name"] for entry in EXCERPT}
    assert len(shared) >= 20
    problems = compatible(await schema(), EXCERPT, sorted(shared))
    absent = [
        problem
        for problem in problems
        if problem.startswith("netdev_add.type: no value ") or problem.endswith(": no such branch")
    ]
    assert problems == absent  # netdev types that netd does not have
