from __future__ import annotations

import errno

import pytest

from netd.kernel.steps import GONE, Step, nothing, perform, remake, tolerating, unless_gone


@pytest.mark.parametrize("code", sorted(GONE))
def test_what_is_gone_counts_as_done(code):
    with unless_gone():
        raise OSError(code, "gone")


def test_other_errors_pass():
    with pytest.raises(PermissionError), unless_gone(errno.EINVAL):
        raise PermissionError(errno.EPERM, "no")
    with unless_gone(errno.EINVAL):
        raise OSError(errno.EINVAL, "says so here")
    with pytest.raises(OSError, match="gone"), tolerating(errno.EEXIST):
        raise OSError(errno.ENODEV, "gone")


def test_remaking_does_the_steps_of_making():
    done = []

    class Kind:
        def make(self, thing):
            yield Step("one", lambda: done.append((thing, 1)))
            yield Step("two", lambda: done.append((thing, 2)), nothing)

        change = remove = make

    remake(Kind(), "x")()
    assert done == [("x", 1), ("x", 2)]
    perform(iter(()))
