"""Building the image: once, by whoever comes first, and without the network when it was there before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.guests import cpio
from tests.guests.image import Image, image
from tests.support.process import MissingTool, spawn

BUILD = "import sys; from pathlib import Path; from tests.guests.image import image; image(Path(sys.argv[1]))"


@pytest.mark.guests
def test_many_build_at_once_and_need_no_network(guest_image: Image, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    kernel = guest_image.kernel.parent
    (cache / kernel.name).symlink_to(kernel)
    tools = tmp_path / "tools"  # no apt among them
    tools.mkdir()
    for name in ("busybox", "setpriv"):
        (tools / name).symlink_to(Path("/usr/bin") / name)
    abandoned = cache / ".building-abandoned"
    abandoned.mkdir()
    builders = [
        spawn([sys.executable, "-c", BUILD, str(cache)], env={"PATH": str(tools)}, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [(builder.communicate(timeout=60)[1], builder.returncode) for builder in builders] == [
        (b"", 0)
    ] * 4
    built = cache / guest_image.initramfs.name
    assert built.read_bytes() == guest_image.initramfs.read_bytes()
    assert {path.name for path in cache.iterdir()} == {kernel.name, built.name, "lock"}


def test_a_missing_tool_is_named_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name, path: None)
    with pytest.raises(MissingTool, match="busybox is not installed: apt install busybox-static"):
        image(tmp_path)


def test_a_dynamic_busybox_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name, path: sys.executable)
    with pytest.raises(MissingTool, match="is not static: apt install busybox-static"):
        image(tmp_path)


@pytest.mark.guests
def test_the_archive_holds_the_tree(tmp_path: Path) -> None:
    root, unpacked = tmp_path / "root", tmp_path / "unpacked"
    (root / "bin").mkdir(parents=True)
    unpacked.mkdir()
    (root / "bin/tool").write_bytes(b"odd")
    (root / "bin/tool").chmod(0o755)
    (root / "bin/alias").symlink_to("tool")
    subprocess.run(
        ["busybox", "cpio", "-i"], cwd=unpacked, input=cpio.pack(root), check=True, capture_output=True
    )
    assert (unpacked / "bin/tool").read_bytes() == b"odd"
    assert (unpacked / "bin/tool").stat().st_mode & 0o777 == 0o755
    assert str((unpacked / "bin/alias").readlink()) == "tool"
