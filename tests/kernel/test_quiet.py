from __future__ import annotations

import pytest

from netd.kernel import quiet


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A /proc/sys that is a directory."""
    monkeypatch.setattr(quiet, "ROOT", tmp_path)

    def make(*names):
        for name in names:
            path = tmp_path / name.replace(".", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    return make


def values(tmp_path):
    return {
        str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()
    }


def test_everything_there_is_is_set(tree, tmp_path):
    tree(*(name for name, _ in quiet.QUIET), *quiet.BRIDGE_QUIET, "net.extra")
    quiet.be_quiet([("net.extra", "7")])
    found = values(tmp_path)
    assert found.pop("net/extra") == "7"
    assert found == {
        **{name.replace(".", "/"): value for name, value in quiet.QUIET},
        **{name.replace(".", "/"): "0" for name in quiet.BRIDGE_QUIET},
    }


def test_a_kernel_without_ipv6_and_br_netfilter_is_quiet(tree, tmp_path):
    tree("net.ipv4.ip_forward")
    quiet.be_quiet()
    quiet.keep_quiet()
    assert values(tmp_path) == {"net/ipv4/ip_forward": "0"}
    with pytest.raises(FileNotFoundError):
        quiet.be_quiet([("net.no.such", "1")])
