from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from netd.errors import HostError
from netd.kernel.links import LinkTable
from netd.kernel.site import Site
from netd.plan.objects import NetnsRef

pytestmark = pytest.mark.kernel


@pytest.fixture
def in_fabric(fabric):
    """Does something with a site, in the fabric."""

    def call(job):
        def work():
            table = LinkTable()
            try:
                with Site(fabric.thread.rtnl, table, fabric.inode) as site:
                    return job(site)
            finally:
                table.close()

        return fabric.thread.call(work)

    return call


def test_a_guest_is_entered_once_and_left_at_the_end(in_fabric, make_host):
    host = make_host("g")
    host.run("ip", "link", "add", "here", "type", "bridge")

    def visit(site):
        guest = site.guest(host.ref)
        assert site.guest(host.ref) is guest
        assert site.guest_fd(host.ref) == site.guest_fd(host.ref)
        assert "here" in {name for _, name in guest.call(socket.if_nameindex)}
        return guest

    before = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    guest = in_fabric(visit)
    assert (threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))) == before
    with pytest.raises(RuntimeError, match="has ended"):
        guest.call(os.getpid)


def test_the_fabric_is_no_guest(in_fabric, fabric):
    ref = NetnsRef(fabric.path, fabric.inode)
    with pytest.raises(HostError, match="it is the fabric itself"):
        in_fabric(lambda site: site.guest(ref))


def test_a_guest_that_is_gone(in_fabric):
    with pytest.raises(HostError, match="No such file"):
        in_fabric(lambda site: site.guest(NetnsRef("/nosuch", 1)))
