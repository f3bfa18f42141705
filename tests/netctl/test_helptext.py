from __future__ import annotations

from collections.abc import Iterator

import pytest

from netctl import helptext
from netctl.command import Daemon
from netctl.errors import Refused
from tests.netctl.fake_daemon import FakeDaemon


@pytest.fixture
def talk(daemon: FakeDaemon) -> Iterator[Daemon]:
    daemon.texts = {
        "help": "help|? [cmd] -- show the help\r\ninfo [subcommand] -- show various information\r\n",
        "help set_link": "set_link name on|off -- change the link status\r\n",
        "help netdev_add hubport": "netdev_add [hubport],id=str -- add host network device\r\n",
        "help info network": "info network  -- show the network state\r\n",
    }
    with Daemon(str(daemon.path)) as talk:
        yield talk


def test_the_overview_has_what_the_daemon_has(talk: Daemon) -> None:
    text = helptext.overview(talk)
    assert "\n  set_link name up\n" in text
    assert "\n  netdev_add type,id=…,…\n" in text
    assert "\n  announce-self initial [interfaces] [id]\n" in text
    assert "\n  info [subcommand] -- show various information\n" in text
    assert "\n  run NIC… -- PROGRAM ARGS" in text


def test_a_command_of_both_shows_both(talk: Daemon) -> None:
    assert helptext.of(talk, ["set_link"]) == (
        "set_link name on|off -- change the link status\n"
        "\n"
        "set_link name up\n"
        "  ARGUMENT            TYPE\n"
        "  name      required  string\n"
        "  up        required  on | off"
    )


def test_a_commands_kind_brings_the_kinds_arguments(talk: Daemon) -> None:
    text = helptext.of(talk, ["netdev_add", "hubport"])
    assert text.startswith("netdev_add [hubport],id=str -- add host network device\n")
    assert text.endswith("  hubid     required  int\n  netdev    optional  string")
    assert helptext.of(talk, ["netdev_add"]).endswith(
        "more arguments for each type: netctl help netdev_add TYPE"
    )


def test_a_command_that_only_one_side_has(talk: Daemon) -> None:
    assert helptext.of(talk, ["info", "network"]) == "info network  -- show the network state"
    assert helptext.of(talk, ["query_network"]) == "query-network takes no arguments"


def test_no_such_command(talk: Daemon) -> None:
    with pytest.raises(Refused, match="unknown command: 'help nosuch'"):
        helptext.of(talk, ["nosuch"])


@pytest.mark.qemu
def test_qemu_is_asked_for_its_own(qemu: str) -> None:
    with Daemon(qemu) as talk:
        text = helptext.overview(talk)
        assert "\n  set_link name up\n" in text
        assert "\n  info [subcommand] -- show various information about the system state" in text
        assert "  hubid     required  int\n" in helptext.of(talk, ["netdev_add", "hubport"])
