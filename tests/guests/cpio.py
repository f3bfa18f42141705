"""The archive that the kernel unpacks as its first file system: cpio's "newc" format.

Format: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_END = "TRAILER!!!"


def pack(root: Path) -> bytes:
    """The tree below ``root`` as an archive: owned by root, without times, the same for the same tree."""
    entries = [_entry(path.relative_to(root).as_posix(), path, number) for number, path in _tree(root)]
    return b"".join([*entries, _record(_END, b"", mode=0, number=0)])


def _tree(root: Path) -> Iterator[tuple[int, Path]]:
    return enumerate(sorted(root.rglob("*")), start=1)


def _entry(name: str, path: Path, number: int) -> bytes:
    if path.is_symlink():
        data = str(path.readlink()).encode()
    else:
        data = path.read_bytes() if path.is_file() else b""
    return _record(name, data, mode=path.lstat().st_mode, number=number)


def _record(name: str, data: bytes, *, mode: int, number: int) -> bytes:
    encoded = name.encode() + b"\0"
    # inode, mode, uid, gid, links, mtime, size, device (2), device it is (2), length of the name, checksum
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(header + encoded) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
