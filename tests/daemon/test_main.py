import os
import subprocess
import sys
from pathlib import Path

import pytest

from netd import __version__
from netd.daemon import main
from netd.errors import NetdError


def test_the_command_line_has_defaults():
    args = main.parse([])
    assert (args.socket, args.runtime_dir, args.config, args.keep) == (None, Path("/run/netd"), None, False)
    assert (args.log_level, args.log_format) == ("info", None)


def test_everything_can_be_said():
    line = "--socket /s --runtime-dir /r --config /c --log-level debug --log-format json --keep"
    args = main.parse(line.split())
    assert (args.socket, args.runtime_dir, args.config) == (Path("/s"), Path("/r"), Path("/c"))
    assert (args.log_level, args.log_format, args.keep) == ("debug", "json", True)


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_are_answered(option):
    run = subprocess.run([sys.executable, "-m", "netd", option], capture_output=True, text=True, check=True)
    assert ("--keep" if option == "--help" else __version__) in run.stdout


def test_it_takes_root(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NetdError, match="it takes root"):
        main.run(main.parse(["--runtime-dir", str(tmp_path)]))
    assert list(tmp_path.iterdir()) == []


def test_a_start_that_fails_says_why_in_a_line(tmp_path):
    config = tmp_path / "netd.toml"
    config.write_text("nonsense = 1")
    arguments = ["--config", str(config), "--runtime-dir", str(tmp_path / "run")]
    if os.geteuid() != 0:
        arguments = ["--runtime-dir", str(tmp_path / "run")]
    run = subprocess.run(
        [sys.executable, "-m", "netd", *arguments], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert run.stderr.startswith("netd: ")
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()
