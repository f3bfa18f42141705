from __future__ import annotations

import errno
import socket

import pytest

from netd.kernel import syscalls


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: syscalls.enter_netns(-1), errno.EBADF),
        (lambda: syscalls.mount("/nosuch", "/nosuch", syscalls.MS_BIND), errno.ENOENT),
        (lambda: syscalls.unmount("/nosuch"), errno.ENOENT),
        (lambda: syscalls.index_of("nosuch"), errno.ENODEV),
    ],
)
def test_the_kernels_errors_are_os_errors(call, code):
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the errno is what is looked at
        call()
    # Without privilege the kernel may say so first.
    assert caught.value.errno in {code, errno.EPERM}


def test_a_number_by_name():
    assert syscalls.index_of("lo") == socket.if_nametoindex("lo")
