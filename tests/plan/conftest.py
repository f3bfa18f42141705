"""Namespaces for the tests that show a plan's texts at work, and a look for leaks around them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.hosts import Host, MakeHost, make_host, netns_dir, no_leaks

__all__ = ["make_host", "netns_dir", "no_leaks"]  # pytest finds fixtures by their names here


@pytest.fixture
def hosts(no_leaks: None, make_host: MakeHost) -> Iterator[MakeHost]:
    """Makes namespaces that say nothing unasked: their interfaces make no link-local address."""

    def make(name: str) -> Host:
        host = make_host(name)
        host.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv4.conf.all.rp_filter=0")
        host.run("ip", "link", "set", "lo", "up")
        return host

    return make
