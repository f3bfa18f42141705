"""Namespaces for what is tried against the kernel."""

from __future__ import annotations

from tests.support.hosts import make_host, netns_dir, no_leaks

__all__ = ["make_host", "netns_dir", "no_leaks"]  # pytest finds fixtures by their names here
