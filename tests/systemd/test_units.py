"""systemd's own tools read what netd brings for them."""

from __future__ import annotations

import grp
import subprocess
from pathlib import Path

import pytest

from tests.support.process import tool

UNITS = Path(__file__).resolve().parents[2] / "systemd"

pytestmark = pytest.mark.kernel


def run(*argv: str | Path) -> str:
    """All that a program says; it must succeed."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_service_is_what_systemd_expects(tmp_path: Path) -> None:
    # systemd wants to see the program, which is not installed here.
    unit = tmp_path / "netd.service"
    unit.write_text((UNITS / "netd.service").read_text().replace("/usr/local/sbin/netd", "/bin/true"))
    said = run(tool("systemd-analyze", "systemd"), "verify", "--man=no", "--recursive-errors=no", unit)
    assert [line for line in said.splitlines() if "netd" in line] == []


def test_the_group_is_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    run(tool("systemd-sysusers", "systemd"), f"--root={tmp_path}", UNITS / "netd.sysusers")
    groups = (tmp_path / "etc/group").read_text().splitlines()
    assert [line.split(":")[0] for line in groups] == ["netd"]
    run(tool("systemd-sysusers", "systemd"), f"--root={tmp_path}", UNITS / "netd.sysusers")


def test_the_directories_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/group").write_text("netd:x:4711:\nroot:x:0:\n")
    (tmp_path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    run(tool("systemd-tmpfiles", "systemd"), "--create", f"--root={tmp_path}", UNITS / "netd.tmpfiles")
    runtime, configuration = (tmp_path / "run/netd").stat(), (tmp_path / "etc/netd").stat()
    assert (runtime.st_mode & 0o777, runtime.st_uid, runtime.st_gid) == (0o755, 0, 4711)
    assert (configuration.st_mode & 0o777, configuration.st_gid) == (0o755, grp.getgrnam("root").gr_gid)
