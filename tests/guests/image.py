"""The image of test guests: Debian's kernel, and a busybox that lives in memory.

``python -m tests.guests.image`` builds it, if need be, and prints its two files. They are kept
in ``.cache/guests`` under a hash of what they are made of; a kernel once fetched is kept until
that directory is removed, so nothing needs the network twice.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.guests import cpio, kernel
from tests.guests.kernel import Kernel
from tests.support.process import REPOSITORY, MissingTool, tool

CACHE = REPOSITORY / ".cache" / "guests"

HERE = Path(__file__).parent

SCRIPTS = {"init": HERE / "root/init", "usr/share/udhcpc/default.script": HERE / "root/udhcpc"}
"""Files of the guest that are the repository's own."""

FILES = {
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
    "etc/passwd": "root::0:0:root:/:/bin/sh\n",
    "etc/group": "root:x:0:\n",
}

DIRECTORIES = ("bin", "dev", "etc", "proc", "sys", "tmp", "run", "usr/share/udhcpc", "lib/modules")


class Image(NamedTuple):
    """What QEMU boots: ``-kernel`` and ``-initrd``."""

    kernel: Path
    initramfs: Path


def image(cache: Path = CACHE) -> Image:
    """The image, built in ``cache`` when it is not there.

    Any number may ask at once; one builds. Raises `MissingTool` (which names the Debian package)
    or `tests.guests.kernel.NoKernel`.
    """
    busybox = _busybox()
    kernel_key = _key(Path(kernel.__file__).read_bytes())
    parts = [path.read_bytes() for path in (busybox, Path(__file__), Path(cpio.__file__), *SCRIPTS.values())]
    initramfs = cache / f"initramfs-{_key(kernel_key.encode(), *parts)}.cpio"
    debian = Kernel(cache / f"kernel-{kernel_key}")
    if not (debian.path.exists() and initramfs.exists()):
        with _building(cache) as workshop:
            if not debian.path.exists():
                kernel.unpack(_directory(workshop / "kernel"))
                (workshop / "kernel").rename(debian.path)
            packed = _pack(_directory(workshop / "root"), debian, busybox)
            (workshop / "initramfs").write_bytes(packed)
            (workshop / "initramfs").rename(initramfs)
    return Image(debian.vmlinux, initramfs)


def _busybox() -> Path:
    path = Path(tool("busybox", "busybox-static"))
    if b"/ld-linux" in path.read_bytes():  # the name of the loader that a dynamic program asks for
        raise MissingTool(f"{path} is not static: apt install busybox-static")
    return path


def _key(*parts: bytes) -> str:
    digests = b"".join(hashlib.sha256(part).digest() for part in parts)
    return hashlib.sha256(digests).hexdigest()[:12]


@contextlib.contextmanager
def _building(cache: Path) -> Iterator[Path]:
    """A directory to build in, beside the results; one process at a time has one."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for abandoned in cache.glob(".building-*"):  # by a builder that was killed
            shutil.rmtree(abandoned)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".building-") as workshop:
            yield Path(workshop)


def _directory(path: Path) -> Path:
    path.mkdir()
    return path


def _pack(root: Path, debian: Kernel, busybox: Path) -> bytes:
    """The guest's file system, put together in ``root``, as an archive."""
    for name in DIRECTORIES:
        (root / name).mkdir(parents=True)
    for name, text in FILES.items():
        (root / name).write_text(text)
    for name, script in SCRIPTS.items():
        shutil.copy(script, root / name)
        (root / name).chmod(0o755)
    shutil.copy(busybox, root / "bin/busybox")
    for applet in subprocess.check_output([busybox, "--list"], text=True).split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")
    modules = _directory(root / "lib/modules" / debian.release)
    for module in debian.modules:
        shutil.copy(module, modules)
    subprocess.run([busybox, "depmod", "-b", root, debian.release], check=True)
    return cpio.pack(root)


def main() -> None:
    """Print where the image is."""
    for file in image():
        print(file)


if __name__ == "__main__":
    main()
