"""``make install`` makes a lab host, again brings it up to date, and ``make uninstall`` takes it away."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {"netd": "sbin", "netctl": "bin", "netd-bridge-helper": "bin"}

pytestmark = [pytest.mark.kernel, pytest.mark.limit(300)]  # pip may be slow


def make(target: str, **variables: str | Path) -> str:
    """What a target prints; it must succeed."""
    return run(
        "make", "--no-print-directory", target, *(f"{name}={value}" for name, value in variables.items())
    )


def run(*argv: str | Path, **environment: str) -> str:
    done = subprocess.run(
        argv,
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def files_in(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir())


def test_staged_below_another_directory(tmp_path: Path) -> None:
    where: dict[str, str | Path] = {"DESTDIR": tmp_path, "PREFIX": "/usr", "HOMEDIR": "/opt/lab/netd"}
    make("install", **where)

    for command, directory in COMMANDS.items():
        assert (tmp_path / "usr" / directory / command).readlink() == Path("/opt/lab/netd/bin", command)
        script = tmp_path / "opt/lab/netd/bin" / command
        assert script.read_text().startswith("#!/opt/lab/netd/bin/python")
    assert [name for name in files_in(tmp_path) if not name.startswith("opt/")] == [
        "usr/bin/netctl",
        "usr/bin/netd-bridge-helper",
        "usr/lib/systemd/system/netd.service",
        "usr/lib/sysusers.d/netd.conf",
        "usr/lib/tmpfiles.d/netd.conf",
        "usr/sbin/netd",
        "usr/share/bash-completion/completions/netctl",
        "usr/share/zsh/site-functions/_netctl",
    ]
    assert "ExecStart=/usr/sbin/netd " in (tmp_path / "usr/lib/systemd/system/netd.service").read_text()
    assert not list((tmp_path / "opt/lab/netd").rglob("pytest"))

    make("uninstall", **where)
    assert files_in(tmp_path) == []


# A copy of the system to write on, gone with its mount namespace; it has no service manager to talk to.
COPY = """
set -euo pipefail
mount -t tmpfs tmpfs "$LAYERS"
for directory in etc opt usr/local; do
    mkdir -p "$LAYERS/new/$directory" "$LAYERS/work/$directory"
    mount -t overlay overlay "/$directory" \
        -o "lowerdir=/$directory,upperdir=$LAYERS/new/$directory,workdir=$LAYERS/work/$directory"
done
mount -t tmpfs -o mode=755 tmpfs /run
"""

INSTALL = """
make install
make install
getent group netd
cd /
setpriv --reuid=nobody --regid=nogroup --clear-groups netctl --help
netd --help
cd -
make uninstall
echo LEFT
cd "$LAYERS/new" && find . -type f
"""


def test_on_a_system(tmp_path: Path) -> None:
    said = run("unshare", "--mount", "bash", "-c", COPY + INSTALL, LAYERS=str(tmp_path))
    assert said.count("netd is installed") == 2
    left = said.partition("LEFT\n")[2].split()
    assert {Path(name).name.rstrip("-") for name in left} <= {"group", "gshadow", ".pwd.lock"}
