from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netctl import completion
from netctl.command import Daemon
from netctl.errors import Usage
from tests.netctl.conftest import Netctl
from tests.netctl.fake_daemon import FakeDaemon
from tests.netctl.terminal import Terminal

NETWORK = """\
hub 0\r
 \\ h1\r
 \\ h0: n0: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:56\r
n1: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:57\r
 \\ u0: index=0,type=user,net=10.0.2.0,restrict=off\r
"""

TEXTS = {
    "help": "help|? [cmd] -- show the help\r\nhostfwd_add [netdev] rule -- redirect\r\n\t\t\t more\r\n",
    "help info": "info name  -- show it\r\ninfo network  -- show the network state\r\n",
    "info network": NETWORK,
    "device_add help": 'Network devices:\r\nname "e1000", bus PCI\r\nname "virtio-net-pci", bus PCI\r\n',
    "device_add e1000,help": "e1000 options:\r\n  mac=<str>   - MAC\r\n  netdev=<str> - ID\r\n",
}


@pytest.fixture
def talk(daemon: FakeDaemon) -> Iterator[Daemon]:
    daemon.texts = TEXTS
    with Daemon(str(daemon.path)) as talk:
        yield talk


@pytest.mark.parametrize(
    ("words", "candidates"),
    [
        (["set"], ["set_link "]),
        (["h"], ["help ", "hostfwd_add ", "human-monitor-command "]),
        (["nosuch"], []),
        (["--j"], ["--json "]),
        (["info", "n"], ["name ", "network "]),
        (["help", "info", "na"], ["name "]),
        (["help", "set"], ["set_link "]),
        (["completion", ""], ["bash ", "zsh "]),
        (["run", "n"], ["n0 ", "n1 "]),
        (["run", "n0", "-"], ["-- "]),
        (["set_link", ""], ["h0 ", "h1 ", "n0 ", "n1 ", "name=", "u0 ", "up="]),
        (["set_link", "n0", ""], ["off ", "on ", "up="]),
        (["set_link", "n0", "o"], ["off ", "on "]),
        (["set_link", "name=n"], ["name=n0 ", "name=n1 "]),
        (["set_link", "name=n0", "up=o"], ["up=off ", "up=on "]),
        (["set_link", "n0", "on", ""], []),
        (["netdev_del", ""], ["h0 ", "h1 ", "id=", "u0 "]),
        (["nic-open", "n"], ["n0 ", "n1 "]),
        (["hostfwd_add", "u"], ["u0 "]),
        (["netdev_add", ""], ["hubport,", "none,", "user,"]),
        (["netdev_add", "hubport,"], ["hubport,hubid=", "hubport,id=", "hubport,netdev="]),
        (["netdev_add", "hubport,id=h0,hu"], ["hubport,id=h0,hubid="]),
        (["netdev_add", "hubport,netdev=u"], ["hubport,netdev=u0"]),
        (["netdev_add", "hubport,id="], []),
        (["netdev_add", "user,restrict=o"], ["user,restrict=off", "user,restrict=on"]),
        (["netdev_add", "type=hubport,hu"], ["type=hubport,hubid="]),
        (["netdev_add", "user", "re"], ["restrict="]),
        (["device_add", "e"], ["e1000,"]),
        (["device_add", "e1000,"], [f"e1000,{key}=" for key in ("bus", "id", "mac", "netdev")]),
        (
            ["device_add", "e1000,id=n0,netdev="],
            [f"e1000,id=n0,netdev={name}" for name in ("h0", "h1", "u0")],
        ),
        (["device_add", "nosuch,m"], []),
    ],
)
def test_what_may_come_next(talk: Daemon, words: list[str], candidates: list[str]) -> None:
    assert completion.candidates(talk, words) == candidates


def test_without_a_daemon_there_is_still_what_is_netctls_own() -> None:
    with Daemon("/nowhere") as talk:
        assert completion.candidates(talk, ["co"]) == ["completion "]
        assert completion.candidates(talk, ["set_link", ""]) == []


def test_the_hidden_command_prints_candidates(netctl: Netctl, daemon: FakeDaemon) -> None:
    daemon.texts = TEXTS
    for option in (["-s", str(daemon.path)], [f"--socket={daemon.path}"]):
        done = netctl("__complete", *option, "--json", "set_link", "n0", "o")
        assert (done.code, done.out, done.err) == (0, "off \non \n", "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-s", ""], completion.FILES),
        (["--socket", "/ru"], completion.FILES),
        (["run", "n0", "--", "qe"], completion.PROGRAMS),
        (["run", "n0", "--", "qemu", "-hda", "la"], completion.FILES),
    ],
)
def test_the_shell_completes_files_and_programs_itself(netctl: Netctl, words: list[str], code: int) -> None:
    done = netctl("__complete", *words)
    assert (done.code, done.out, done.err) == (code, "", "")


def test_there_is_a_script_for_each_shell(netctl: Netctl) -> None:
    for shell in completion.SHELLS:
        assert netctl("completion", shell).out.startswith(("# bash completion", "#compdef netctl"))
    with pytest.raises(Usage):
        completion.script("fish")


@pytest.fixture
def environment(daemon: FakeDaemon, program: Callable[[str], Path], tmp_path: Path) -> dict[str, str]:
    """One where ``netctl`` is found, the daemon too, and no start-up file of a shell."""
    daemon.texts = TEXTS
    path = f"{program('netctl.main').parent}:{os.environ['PATH']}"
    return {"PATH": path, "NETD_SOCKET": str(daemon.path), "HOME": str(tmp_path), "TERM": "dumb", "PS1": "$ "}


def bash(environment: dict[str, str], code: str) -> list[str]:
    done = subprocess.run(
        ["bash", "--norc", "-c", f'eval "$(netctl completion bash)"; {code}'],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_bash_knows_of_it(environment: dict[str, str]) -> None:
    assert bash(environment, "complete -p netctl") == ["complete -o nospace -F _netctl netctl"]


@pytest.mark.parametrize(
    ("line", "words", "replies"),
    [
        ("netctl set_l", "netctl set_l", ["set_link "]),
        ("netctl set_link ", "netctl set_link ''", ["h0 ", "h1 ", "n0 ", "n1 ", "name=", "u0 ", "up="]),
        ("netctl device_add e1000,id=n0,netdev=u", "netctl device_add e1000,id = n0,netdev = u", ["u0"]),
        ("netctl device_add e1000,id=n0,ma", "netctl device_add e1000,id = n0,ma", ["n0,mac="]),
        ("netctl nosuch x", "netctl nosuch x", []),
    ],
)
def test_bash_replies(environment: dict[str, str], line: str, words: str, replies: list[str]) -> None:
    code = (
        f"COMP_LINE='{line}' COMP_POINT={len(line)}\n"
        f"COMP_WORDS=({words}); COMP_CWORD={len(words.split()) - 1}\n"
        "_netctl netctl; [[ ${#COMPREPLY[@]} == 0 ]] || printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    assert bash(environment, code) == replies


def start(shell: str, environment: dict[str, str]) -> Terminal:
    command = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
    terminal = Terminal(command, environment)
    terminal.expect("$ ")
    if shell == "zsh":
        terminal.send("autoload -Uz compinit; compinit -u -D\r")
    terminal.send(f'eval "$(netctl completion {shell})"; echo read""y\r')
    terminal.expect("ready")
    terminal.expect("$ ")
    return terminal


@pytest.mark.parametrize(
    "shell",
    ["bash", pytest.param("zsh", marks=pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh here"))],
)
def test_a_person_presses_tab(daemon: FakeDaemon, environment: dict[str, str], shell: str) -> None:
    daemon.answers["set_link"] = daemon.answers["netdev_add"] = {}
    with start(shell, environment) as terminal:
        terminal.send("netctl set_l\tname=u\tup=of\t; echo do''ne\r")
        terminal.expect("done")
        terminal.send("netctl netdev_add hubp\thu\t0,netdev=u\t,id=h9; echo do''ne\r")
        terminal.expect("done")
    assert [each for each in daemon.commands if each[0] != "human-monitor-command"] == [
        ("set_link", {"name": "u0", "up": False}),
        ("netdev_add", {"type": "hubport", "hubid": 0, "netdev": "u0", "id": "h9"}),
    ]
