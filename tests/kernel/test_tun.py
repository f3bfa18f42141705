from __future__ import annotations

import os

import pytest

from netd.kernel import tun

pytestmark = pytest.mark.kernel


def there(fabric):
    return set(fabric.links()) - {"lo"}


def test_a_tap_stays_until_it_may_go(fabric):
    fabric.thread.call(tun.create, "t")
    assert there(fabric) == {"t"}
    fd = fabric.thread.call(tun.attach, "t")
    fabric.thread.call(tun.set_persistent, "t", False)
    assert there(fabric) == {"t"}
    os.close(fd)
    assert there(fabric) == set()


def test_it_may_stay_after_all(fabric):
    fabric.thread.call(tun.create, "t")
    fd = fabric.thread.call(tun.attach, "t")
    for stays in (False, True):
        fabric.thread.call(tun.set_persistent, "t", stays)
    os.close(fd)
    assert there(fabric) == {"t"}


def test_creating_never_takes_over(fabric):
    fabric.thread.call(tun.create, "t")
    with pytest.raises(OSError, match="busy"):
        fabric.thread.call(tun.create, "t")


def test_attaching_never_creates(fabric):
    with pytest.raises(OSError, match="No such device"):
        fabric.thread.call(tun.attach, "t")
    assert there(fabric) == set()


@pytest.mark.parametrize(("name", "why"), [("a/b", "Invalid argument"), ("x" * 16, "File name too long")])
def test_a_bad_name_leaves_nothing(fabric, name, why):
    with pytest.raises(OSError, match=why):
        fabric.thread.call(tun.create, name)
    assert there(fabric) == set()


def test_a_reset_works_on_any_tap(fabric):
    fabric.thread.call(tun.create, "t")
    fd = fabric.thread.call(tun.attach, "t")
    try:
        tun.reset(fd)
    finally:
        os.close(fd)
