"""``.ci/packages`` installs what is missing and nothing else, or says what it could not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci/packages"

# A Debian of text files: installed, listed (what apt's lists know), available (what the mirror has), said.
FAKES = {
    "dpkg-query": 'grep -qx -- "${!#}" installed && echo installed',
    "apt-cache": 'shift; for name; do grep -qx -- "$name" listed || exit 100; done',
    "apt-get": """
        echo "$DEBIAN_FRONTEND apt-get $*" >>said
        case " $* " in
        *" update "*) cp available listed ;;
        *" install "*)
            words="$*"
            names=${words##*--no-install-recommends }
            for name in $names; do grep -qx -- "$name" listed || exit 100; done
            printf '%s\\n' $names >>installed ;;
        esac""",
    "id": "cat user",
    "sudo": 'echo sudo >>said; exec "$@"',
}


class Debian:
    """A make-believe system in a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name, text in FAKES.items():
            program = directory / "bin" / name
            program.parent.mkdir(exist_ok=True)
            program.write_text(f'#!/bin/bash\ncd "{directory}"\n{text}\n')
            program.chmod(0o755)
        self.has(installed="bash", listed="bash socat", available="bash socat zsh", user="0")

    def has(self, **files: str) -> None:
        """Write its files, one word a line."""
        for name, words in files.items():
            (self.directory / name).write_text("".join(f"{word}\n" for word in words.split()))

    def want(self, *packages: str) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        (self.directory / "said").write_text("")
        path = f"{self.directory / 'bin'}:{os.environ['PATH']}"
        argv = [str(SCRIPT), *packages]
        return subprocess.run(argv, env={"PATH": path}, capture_output=True, text=True, check=False)

    @property
    def said(self) -> list[str]:
        """What was done, shortened to the verbs and names."""
        lines = (self.directory / "said").read_text().splitlines()
        noise = (
            "noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 ",
            "-y --no-install-recommends ",
        )
        for text in noise:
            lines = [line.replace(text, "") for line in lines]
        return lines


@pytest.fixture
def debian(tmp_path: Path) -> Debian:
    return Debian(tmp_path)


def test_nothing_is_done_when_nothing_is_missing(debian: Debian) -> None:
    assert debian.want("bash").returncode == 0
    assert debian.said == []


def test_only_what_is_missing_is_installed(debian: Debian) -> None:
    assert debian.want("bash", "socat").returncode == 0
    assert debian.said == ["install socat"]


def test_lists_are_fetched_when_they_do_not_know_a_name(debian: Debian) -> None:
    assert debian.want("socat", "zsh").returncode == 0
    assert debian.said == ["update", "install socat zsh"]


def test_a_failure_is_tried_once_more_and_names_the_package(debian: Debian) -> None:
    done = debian.want("nosuch")
    assert done.returncode == 1
    assert done.stderr.endswith(".ci/packages: could not be installed: nosuch\n")
    assert debian.said == ["update", "install nosuch", "update", "install nosuch"]


def test_lists_alone_can_be_fetched(debian: Debian) -> None:
    assert debian.want("--lists").returncode == 0
    assert debian.said == ["update"]


def test_sudo_is_used_by_who_is_not_root(debian: Debian) -> None:
    debian.has(user="1000")
    assert debian.want("socat").returncode == 0
    assert debian.said == ["sudo", "install socat"]


def test_a_system_that_is_no_debian_is_told_what_to_install(debian: Debian) -> None:
    (debian.directory / "bin/dpkg-query").unlink()
    (debian.directory / "bin/bash").symlink_to("/bin/bash")
    done = subprocess.run(
        ["/bin/bash", SCRIPT, "zsh"],
        env={"PATH": str(debian.directory / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == ".ci/packages: this is no Debian; install by hand what these packages hold: zsh\n"
