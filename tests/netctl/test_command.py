from __future__ import annotations

from collections.abc import Iterator

import pytest

from netctl.command import MONITOR, Answer, Daemon
from netctl.errors import Refused, Unreachable
from tests.netctl.fake_daemon import Error, FakeDaemon


@pytest.fixture
def talk(daemon: FakeDaemon) -> Iterator[Daemon]:
    with Daemon(str(daemon.path)) as talk:
        yield talk


def test_a_name_qmp_has_goes_as_qmp(daemon: FakeDaemon, talk: Daemon) -> None:
    daemon.answers["set_link"] = {}
    assert talk.perform(["set_link", "n0", "off"]) == Answer("set_link", {})
    assert talk.perform(["set_link", '{"name": "n0", "up": true}']) == Answer("set_link", {})
    assert daemon.commands == [
        ("set_link", {"name": "n0", "up": False}),
        ("set_link", {"name": "n0", "up": True}),
    ]


def test_the_daemon_is_asked_once_for_what_it_has_and_only_if_needed(
    daemon: FakeDaemon, talk: Daemon
) -> None:
    daemon.texts["info name"] = "labhost\r\n"
    daemon.answers["query-name"] = daemon.answers["set_link"] = {}
    talk.perform(["info", "name"])
    talk.perform(["query-name"])
    talk.perform(["query-name"])
    assert [name for name, _ in daemon.asked[2:]] == ["query-commands", "query-name", "query-name"]
    talk.perform(["set_link", "a", "on"])
    talk.perform(["set_link", "b", "on"])
    assert [name for name, _ in daemon.asked].count("query-qmp-schema") == 1


def test_other_names_go_to_the_monitor(daemon: FakeDaemon, talk: Daemon) -> None:
    daemon.texts = {"info network": "hub 0\r\n \\ h0\r\n", "hostfwd_add u0 tcp::1-:2": ""}
    assert talk.perform(["info", "network"]) == Answer(MONITOR, "hub 0\n \\ h0\n")
    assert talk.perform(["hostfwd_add", "u0", "tcp::1-:2"]) == Answer(MONITOR, "")
    with pytest.raises(Refused, match=r"^unknown command: 'nosuch a'$"):
        talk.perform(["nosuch", "a"])


def test_a_monitor_commands_error_is_a_refusal_without_the_word(daemon: FakeDaemon, talk: Daemon) -> None:
    daemon.texts["info x"] = "Error: it is broken\r\n"
    with pytest.raises(Refused, match=r"^it is broken$"):
        talk.perform(["info", "x"])


def test_the_other_dash_means_the_qmp_command(daemon: FakeDaemon, talk: Daemon) -> None:
    daemon.answers["query-name"] = {"name": "labhost"}
    assert talk.perform(["query_name"]) == Answer("query-name", {"name": "labhost"})


def test_unless_the_monitor_has_that_very_spelling(daemon: FakeDaemon, talk: Daemon) -> None:
    daemon.texts["announce_self"] = ""
    assert talk.perform(["announce_self"]) == Answer(MONITOR, "")
    daemon.texts["announce_self x"] = "announce_self: extraneous characters at the end of line\r\n"
    with pytest.raises(Refused, match="extraneous"):
        talk.perform(["announce_self", "x"])


def test_help_in_an_option_string_is_the_monitors(daemon: FakeDaemon, talk: Daemon) -> None:
    daemon.texts = {
        "netdev_add help": "Available netdev backend types:\r\n",
        "device_add e1000,help": "e1000 options:\r\n",
    }
    assert talk.perform(["netdev_add", "help"]).value == "Available netdev backend types:\n"
    assert talk.perform(["device_add", "e1000", "help"]).value == "e1000 options:\n"


def test_a_monitor_line_sent_by_hand_is_judged_too(daemon: FakeDaemon, talk: Daemon) -> None:
    daemon.texts["netdev_del q"] = "Error: Device 'q' not found\r\n"
    with pytest.raises(Refused, match="Device 'q' not found"):
        talk.perform([MONITOR, "netdev_del q"])


def test_a_qmp_error_is_a_refusal(daemon: FakeDaemon, talk: Daemon) -> None:
    daemon.answers["netdev_del"] = Error("Device 'q' not found", "DeviceNotFound")
    with pytest.raises(Refused, match="Device 'q' not found"):
        talk.perform(["netdev_del", "q"])


def test_a_daemon_that_went_and_came_back_is_talked_to_again(daemon: FakeDaemon, talk: Daemon) -> None:
    daemon.answers["query-name"] = {}
    talk.perform(["query-name"])
    daemon.hang_up()
    assert talk.perform(["query-name"]) == Answer("query-name", {})
    assert [name for name, _ in daemon.asked].count("qmp_capabilities") == 2
    assert [name for name, _ in daemon.asked].count("query-commands") == 2


def test_a_daemon_that_goes_in_mid_command_is_unreachable(daemon: FakeDaemon, talk: Daemon) -> None:
    daemon.answers["query-name"] = lambda _: daemon.hang_up()
    with pytest.raises(Unreachable, match="ended the session"):
        talk.perform(["query-name"])


@pytest.mark.qemu
def test_qemu_understands_every_way_to_say_it(qemu: str) -> None:
    with Daemon(qemu) as talk:
        assert talk.perform(["netdev_add", "user,id=u0,restrict=on,hostfwd=tcp:127.0.0.1:0-:22"]).value == {}
        assert talk.perform(["netdev_add", "hubport", "id=h0", "hubid=0x1"]).value == {}
        assert talk.perform(["set_link", "u0", "off"]).value == {}
        assert talk.perform(["set-link", "name=u0", "up=yes"]).value == {}
        assert talk.perform(["announce_self"]).value == ""
        assert talk.perform(["announce-self", "50", "550", "1", "50", "u0", "id=a"]).value == {}
        assert talk.perform(["info", "network"]).value == (
            "hub 1\n \\ h0\nu0: index=0,type=user,net=10.0.2.0,restrict=on\n"
        )
        assert talk.perform(["hostfwd_add", "u0", "tcp:127.0.0.1:0-:23"]).value == ""
        assert talk.perform(["netdev_del", "u0"]).value == {}
