"""A Debian kernel for test guests: fetched as a package, unpacked without being installed."""

from __future__ import annotations

import lzma
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.process import tool

PACKAGE = "linux-image-amd64"
"""Debian's full kernel; the small "cloud" one knows no NIC but virtio."""

DRIVERS = (
    *("virtio_pci", "virtio_net"),
    *("e1000", "e1000e", "igb", "8139cp", "ne2k_pci", "pcnet32", "e100", "tulip", "vmxnet3"),
    "8021q",
)
"""The modules that guests can load: of the NICs that QEMU emulates, and VLANs."""

_XZ = b"\xfd7zXZ\0"


class NoKernel(Exception):
    """The kernel's package cannot be had; the text says what to do."""


@dataclass(frozen=True)
class Kernel:
    """An unpacked kernel; ``path`` holds ``vmlinux`` and ``modules/RELEASE/*.ko``."""

    path: Path

    @property
    def vmlinux(self) -> Path:
        """The kernel itself, not compressed: a guest under emulation would need seconds to unpack it."""
        return self.path / "vmlinux"

    @property
    def release(self) -> str:
        """Its ``uname -r``."""
        return next((self.path / "modules").iterdir()).name

    @property
    def modules(self) -> list[Path]:
        """`DRIVERS` and what they need."""
        return sorted((self.path / "modules" / self.release).iterdir())


def unpack(into: Path) -> None:
    """Make a `Kernel` of Debian's newest in the directory ``into``.

    Raises `NoKernel` when apt cannot provide it, `MissingTool` when there is no apt.
    """
    with tempfile.TemporaryDirectory(dir=into.parent, prefix=".unpacking-") as temporary:
        tree = Path(temporary) / "tree"
        subprocess.run([tool("dpkg-deb", "dpkg"), "-x", _download(Path(temporary)), tree], check=True)
        (into / "vmlinux").write_bytes(_vmlinux(next(tree.glob("boot/vmlinuz-*"))))
        (available,) = tree.glob("lib/modules/*")
        modules = into / "modules" / available.name
        modules.mkdir(parents=True)
        for module in _closure(DRIVERS, available.rglob("*.ko")):
            shutil.copy(module, modules)


def _download(directory: Path) -> Path:
    """Fetch the package that `PACKAGE` stands for; the file."""
    shown = _apt("apt-cache", "show", "--no-all-versions", PACKAGE, within=directory)
    concrete = re.search(r"^Depends: (linux-image-[^\s,]+)", shown, re.MULTILINE)
    if concrete is None:
        raise NoKernel(f"apt knows no {PACKAGE}: apt-get update")
    _apt("apt-get", "download", concrete[1], within=directory)
    return next(directory.glob("*.deb"))


def _apt(name: str, *arguments: str, within: Path) -> str:
    done = subprocess.run(
        [tool(name, "apt"), *arguments],
        cwd=within,
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        command = " ".join([name, *arguments])
        raise NoKernel(f"{command} failed (perhaps after apt-get update it will not):\n{done.stderr.strip()}")
    return done.stdout


def _vmlinux(vmlinuz: Path) -> bytes:
    """The kernel inside the self-unpacking one; QEMU starts it at its PVH entry point."""
    packed = vmlinuz.read_bytes()
    return lzma.LZMADecompressor().decompress(packed[packed.index(_XZ) :])


def _closure(names: Sequence[str], files: Iterable[Path]) -> Iterator[Path]:
    """The files of the modules ``names`` and of all that they depend on."""
    known = {_name(file.stem): file for file in files}
    wanted = [_name(name) for name in names]
    for name in wanted:  # grows on the way
        yield known[name]
        wanted += [other for other in _depends(known[name]) if other not in wanted]


def _depends(module: Path) -> list[str]:
    """What a module says that it needs: ``depends=`` in its .modinfo."""
    found = re.search(rb"\0depends=([^\0]*)\0", module.read_bytes())
    return [_name(name) for name in found[1].decode().split(",") if name] if found else []


def _name(name: str) -> str:
    return name.replace("-", "_")  # file names have either, and mean the same
