import socket
import stat
from pathlib import Path

import pytest

from netd.daemon.place import DEFAULT_DIRECTORY, instance_of, listening, occupy
from netd.errors import HostError, NetdError


def test_the_instance_is_called_after_its_socket():
    assert instance_of(DEFAULT_DIRECTORY / "netd.sock") == "netd"
    one, other = (instance_of(Path(f"/run/{name}/netd.sock")) for name in "ab")
    assert one.startswith("netd-")
    assert one != other


def test_two_netds_do_not_share_a_socket(tmp_path):
    place = occupy(tmp_path / "run", None)
    assert place.socket_path == tmp_path / "run" / "netd.sock"
    with pytest.raises(NetdError, match=r"another netd listens on .*netd.sock; use --socket"):
        occupy(tmp_path / "run", None)
    occupy(tmp_path / "run", tmp_path / "other.sock").close()
    place.close()
    occupy(tmp_path / "run", None).close()


def test_a_directory_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HostError, match="make the runtime directory"):
        occupy(tmp_path / "file" / "run", None)


def test_everyone_may_connect_and_a_stale_socket_is_replaced(tmp_path):
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    with listening(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
        with pytest.raises(NetdError, match="another process answers there"), listening(path):
            pass
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    assert not path.exists()


def test_a_file_in_the_way_stays(tmp_path):
    path = tmp_path / "s"
    path.write_text("precious")
    with pytest.raises(HostError, match="Address already in use"), listening(path):
        pass
    assert path.read_text() == "precious"
