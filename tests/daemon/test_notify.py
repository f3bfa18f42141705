import socket

import pytest

from netd.daemon.notify import notify


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_hears_it(tmp_path, monkeypatch, abstract):
    address = f"\0{tmp_path}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        monkeypatch.setenv("NOTIFY_SOCKET", address.replace("\0", "@"))
        notify("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_without_a_manager_nothing_happens(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")


def test_a_manager_that_is_gone_is_no_harm(tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    notify("STOPPING=1")
