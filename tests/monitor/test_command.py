import pytest

from netd.errors import CommandNotFound
from netd.monitor.command import Commands, NoArguments, command
from netd.monitor.commands.devices import device_add


@command("say", root_only=True)
async def say(call, args):
    """Say something."""


def test_a_declaration_is_a_command():
    assert (say.name, say.arguments, say.root_only, say.doc) == ("say", NoArguments, True, "Say something.")


def test_commands_are_found_by_name():
    commands = Commands([say])
    assert commands.find("say") is say
    with pytest.raises(CommandNotFound, match="The command shout has not been found"):
        commands.find("shout")


def test_a_free_form_command_parts_what_it_declares_from_the_rest():
    declared, rest = device_add.split({"driver": "e1000", "mac": "x", "id": "n0"})
    assert (declared, rest) == ({"driver": "e1000", "id": "n0"}, {"mac": "x"})
