import grp
import os
import pwd
import socket

import pytest

from netd.errors import AccessDenied
from netd.monitor.access import Access, Peer, Role
from netd.monitor.command import command

GROUP = grp.getgrall()[-1]
ACCESS = Access(GROUP.gr_name)


@command("anyone", root_only=False)
async def operate(call, args):
    """Operate."""


@command("owner", root_only=True)
async def own(call, args):
    """Own."""


@command("all", for_everyone=True)
async def all_may(call, args):
    """Whoever."""


ROOT, MEMBER, BY_GID, STRANGER = (
    Peer(1, 0, 0, user="root"),
    Peer(1, 12345, 1, frozenset({GROUP.gr_gid}), user="12345"),
    Peer(1, 12345, GROUP.gr_gid, user="12345"),
    Peer(1, 12345, 54321, user="12345"),
)


@pytest.mark.parametrize(
    ("peer", "role"),
    [(ROOT, Role.ROOT), (MEMBER, Role.OPERATOR), (BY_GID, Role.OPERATOR), (STRANGER, Role.STRANGER)],
)
def test_who_is_who(peer, role):
    assert ACCESS.role(peer) is role


def test_without_the_group_only_root_is_known():
    nobody = Access("no-such-group-anywhere")
    assert nobody.role(MEMBER) is Role.STRANGER
    assert nobody.role(ROOT) is Role.ROOT


@pytest.mark.parametrize(
    ("peer", "allowed"),
    [(ROOT, {operate, own, all_may}), (MEMBER, {operate, all_may}), (STRANGER, {all_may})],
)
def test_who_may_what(peer, allowed):
    for wanted in (operate, own, all_may):
        if wanted in allowed:
            ACCESS.check(peer, ACCESS.role(peer), wanted)
        else:
            with pytest.raises(AccessDenied, match="User '12345' may not use"):
                ACCESS.check(peer, ACCESS.role(peer), wanted)


def test_the_kernel_says_who_the_peer_is():
    one, other = socket.socketpair()
    with one, other:
        peer = Peer.of(one)
    assert (peer.pid, peer.uid, peer.gid) == (os.getpid(), os.getuid(), os.getgid())
    assert peer.groups == set(os.getgroups())
    assert peer.user in (pwd.getpwuid(os.getuid()).pw_name, str(os.getuid()))
