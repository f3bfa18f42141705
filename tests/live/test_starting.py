"""Where netd starts, where it does not, and what it says then."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from netd.kernel import netns
from tests.live.conftest import StartDaemon
from tests.live.ends import frame
from tests.live.lab import Inside, Lab, fabric_of
from tests.support.daemon import PROGRAM, Daemon
from tests.support.hosts import Host
from tests.support.process import finish, spawn

pytestmark = pytest.mark.kernel

MakeLab = Callable[[Daemon], Lab]
Refused = Callable[..., str]


@pytest.fixture
def refused(host: Host, tmp_path: Path) -> Refused:
    """Starts a netd that ends at once with one line and exit status 1; returns the line."""

    def run(*arguments: object, user: str | None = None) -> str:
        usual = ["--runtime-dir", tmp_path / "run", "--socket", tmp_path / "netd.sock"]
        command = [str(word) for word in (*PROGRAM, *usual, *arguments)]
        process = spawn(command, netns=host.path, user=user, stderr=subprocess.PIPE)
        try:
            _, said = process.communicate(timeout=20)
        finally:
            finish(process, how=signal.SIGKILL)
        assert process.returncode == 1, said
        (line,) = said.decode().splitlines()
        return line

    return run


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("group = [", "Invalid value (at end of document)"),
        ("groop = 'netd'", "Object contains unknown field `groop`"),
        ("group = 7", "Expected `str`, got `int` - at `$.group`"),
        ("mac-prefix = '52:54:0'", "52:54:0"),
        ("mac-prefix = '01:00:5e'", "01:00:5e"),
        ("name = '\xff'", "can't decode byte 0xff"),
    ],
)
def test_a_configuration_that_is_wrong(refused: Refused, tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "netd.toml"
    path.write_text(text, encoding="latin-1")
    said = refused("--config", path)
    assert said.startswith(f"netd: configuration {path}: ")
    assert reason in said


def test_a_configuration_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    assert refused("--config", path) == f"netd: configuration {path}: there is no such file"
    assert refused("--config", tmp_path) == f"netd: configuration {tmp_path}: Is a directory"


def test_a_runtime_directory_that_cannot_be(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refused("--runtime-dir", tmp_path / "file" / "run")
    assert said == f"netd: make the runtime directory {tmp_path}/file/run: Not a directory"


def test_a_socket_that_cannot_be(refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "none" / "netd.sock"
    assert refused("--socket", path) == f"netd: listen on {path}: No such file or directory"
    path = tmp_path / ("x" * 108)  # one more than sockaddr_un takes
    assert refused("--socket", path) == f"netd: listen on {path}: AF_UNIX path too long"


def test_a_socket_path_with_a_file_in_its_place(refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "netd.sock"
    path.write_text("precious")
    assert refused() == f"netd: listen on {path}: Address already in use"
    assert path.read_text() == "precious"


def test_it_takes_root(refused: Refused) -> None:
    assert refused(user="nobody") == "netd: it takes root to own network interfaces"


def test_a_second_one_in_the_same_place_is_refused(refused: Refused, lab: Lab) -> None:
    lab.opened("n0", 0)
    before = lab.network()
    daemon = lab.daemon
    for runtime in (daemon.runtime, daemon.directory / "another"):
        said = refused("--socket", daemon.socket, "--runtime-dir", runtime)
        assert str(daemon.socket) in said
        assert "use --socket for" in said
    assert lab.network() == before
    assert daemon.socket.is_socket()


def test_a_refusal_leaves_nothing(refused: Refused, tmp_path: Path) -> None:
    namespaces = sorted(Path(netns.NETNS_DIR).iterdir())
    refused("--socket", tmp_path / "none" / "netd.sock")
    assert not (tmp_path / "netd.sock").exists()
    assert [path for path in namespaces if not path.exists()] == []


def test_two_side_by_side_do_not_touch_each_other(start: StartDaemon, labs: Callable[[Daemon], Lab]) -> None:
    one, other = labs(start()), labs(start())
    assert one.fabric != other.fabric
    ends = [(lab.opened("n0", 0), lab.opened("n1", 0)) for lab in (one, other)]
    for number, (sender, receiver) in enumerate(ends):
        sender.send(frame(number))
        assert receiver.receive() == frame(number)
    inside = other.inside()
    one.qmp.cmd("teardown")
    one.daemon.stop(signal.SIGTERM)
    assert inside.links() == ["_hub0", "n0", "n1"]
    sender, receiver = ends[1]
    sender.send(frame(7))
    assert receiver.until(frame(7)) == []


def test_somebody_elses_namespace_of_the_fabrics_name_is_left_alone(
    start: StartDaemon, host: Host, refused: Refused, tmp_path: Path
) -> None:
    daemon = Daemon(netns=host.path)
    foreign = Host(str(fabric_of(daemon)))
    try:
        foreign.run("ip", "link", "add", "precious", "type", "veth", "peer", "name", "other")
        said = refused("--socket", daemon.socket, "--runtime-dir", daemon.runtime)
        assert said.startswith(f"netd: open the fabric '{foreign.path}': ")
        assert f"remove it with 'ip netns del {fabric_of(daemon).name}'" in said
        look = Inside(foreign.path)
        assert look.links() == ["other", "precious"]
        look.close()
    finally:
        foreign.close()
        daemon.close()


def test_what_an_earlier_one_left_on_disk_is_in_nobodys_way(start: StartDaemon) -> None:
    daemon = start()
    daemon.kill()
    assert daemon.socket.is_socket(), "a crash leaves it"
    fabric = fabric_of(daemon)
    netns.unpin(str(fabric))
    fabric.touch()  # what a reboot would leave of the name, if /run/netns were on disk
    daemon.start()
    with daemon.qmp() as qmp:
        assert qmp.hmp("info network") == ""
