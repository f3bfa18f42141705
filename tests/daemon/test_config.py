import pytest

from netd.daemon import config
from netd.daemon.config import Config, load
from netd.errors import NetdError


def test_the_default_file_may_be_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "DEFAULT_PATH", tmp_path / "netd.toml")
    assert load(None) == Config()
    (tmp_path / "netd.toml").write_text('name = "labhost"')
    assert load(None).name == "labhost"


def test_everything_that_can_be_said(tmp_path):
    path = tmp_path / "netd.toml"
    path.write_text('name = "l"\ngroup = "lab"\nmac-prefix = "52:54:00:ab"\n')
    read = load(path)
    assert (read.name, read.group, read.mac_start) == ("l", "lab", "52:54:00:ab:00:00")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense = 1", "nonsense"),
        ("group = 1", "Expected `str`"),
        ("group = ", "Invalid value"),
        ('mac-prefix = "zz"', "mac-prefix 'zz' is not one to six octets"),
        ("\udcff", "can't decode"),
    ],
)
def test_a_mistake_is_told_with_the_files_name(tmp_path, text, reason):
    path = tmp_path / "netd.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(NetdError) as caught:
        load(path)
    assert caught.value.desc.startswith(f"configuration {path}: ")
    assert reason in caught.value.desc


def test_a_named_file_must_be_there(tmp_path):
    with pytest.raises(NetdError, match="there is no such file"):
        load(tmp_path / "nope.toml")
    with pytest.raises(NetdError, match="Is a directory"):
        load(tmp_path)
