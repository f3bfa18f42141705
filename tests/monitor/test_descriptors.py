import os
import socket
from pathlib import Path

import pytest

from netd.errors import NetdError
from netd.monitor import descriptors
from netd.monitor.descriptors import Descriptors


def null():
    return os.open("/dev/null", os.O_RDONLY)


def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


@pytest.fixture
def kept():
    kept = Descriptors()
    yield kept
    kept.close()


def test_of_several_only_the_first_is_kept_and_a_newer_one_replaces_it(kept):
    first, second, newer = null(), null(), null()
    kept.arrived([first, second])
    assert (is_open(first), is_open(second)) == (True, False)
    kept.arrived([newer])
    assert not is_open(first)
    assert kept.waiting == newer


def test_a_name_used_again_closes_what_it_named(kept):
    one, other = null(), null()
    kept.arrived([one])
    kept.name("x")
    kept.arrived([other])
    kept.name("x")
    assert kept.named == {"x": other}
    assert not is_open(one)
    kept.close_named("x")
    assert not is_open(other)


def test_a_name_that_begins_with_a_digit_costs_the_descriptor(kept):
    fd = null()
    kept.arrived([fd])
    with pytest.raises(NetdError, match="Parameter 'fdname' expects a name not starting with a digit"):
        kept.name("9x")
    assert not is_open(fd)


@pytest.mark.parametrize("act", [lambda k: k.name("x"), lambda k: k.add_to_set(None, None)])
def test_without_a_descriptor_there_is_nothing_to_name(kept, act):
    with pytest.raises(NetdError, match="No file descriptor supplied via SCM_RIGHTS"):
        act(kept)


def test_sets_take_the_lowest_free_number(kept):
    for number in (0, 2):
        kept.arrived([null()])
        kept.add_to_set(number, "o")
    kept.arrived([null()])
    assert kept.add_to_set(None, None)[0] == 1
    kept.arrived([null()])
    with pytest.raises(NetdError, match="Parameter 'fdset-id' expects a non-negative value"):
        kept.add_to_set(-1, None)


def test_a_set_goes_with_its_last_descriptor(kept):
    kept.arrived([null()])
    number, fd = kept.add_to_set(7, None)
    for wrong, name in (((7, 999), "fdset-id:7, fd:999"), ((99, None), "fdset-id:99")):
        with pytest.raises(NetdError) as caught:
            kept.remove_from_set(*wrong)
        assert caught.value.desc == f"File descriptor named '{name}' not found"
    kept.remove_from_set(number, fd)
    assert kept.sets == {}
    assert not is_open(fd)


def test_a_session_keeps_only_so_many(kept, monkeypatch):
    monkeypatch.setattr(descriptors, "LIMIT", 1)
    for name in ("a", "b"):
        kept.arrived([null()])
        if name == "b":
            with pytest.raises(NetdError, match="This session keeps 1 file descriptors already"):
                kept.name(name)
        else:
            kept.name(name)


def test_closing_closes_everything(kept):
    fds = [null() for _ in range(3)]
    kept.arrived(fds[:1])
    kept.name("n")
    kept.arrived(fds[1:2])
    kept.add_to_set(None, None)
    kept.arrived(fds[2:])
    kept.close()
    assert not any(map(is_open, fds))


def test_a_connection_to_the_control_socket_itself_is_not_kept(kept, tmp_path):
    address = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(address)
        listener.listen()
        client.connect(address)
        fd, other = os.dup(client.fileno()), null()
        kept.arrived([fd], but_none_to=address)
        assert kept.waiting is None
        assert not is_open(fd)
        kept.arrived([other], but_none_to=address)
        assert kept.waiting == other


def test_looking_at_what_came_costs_no_descriptor(kept):
    before = len(list(Path("/proc/self/fd").iterdir()))
    kept.arrived([null()], but_none_to="/somewhere")
    kept.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
