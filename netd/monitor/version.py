"""Which QEMU netd speaks like, and which netd it is."""

from typing import Annotated

from msgspec import Meta

from netd import __version__
from netd.schema.base import Arguments


class VersionTriple(Arguments, frozen=True):
    """A version of QEMU."""

    major: Annotated[int, Meta(description="major number")]
    minor: Annotated[int, Meta(description="minor number")]
    micro: Annotated[int, Meta(description="micro number")]


class VersionInfo(Arguments, frozen=True):
    """The release of QEMU that netd matches, and netd's own version as ``package``."""

    qemu: VersionTriple
    package: Annotated[str, Meta(description="netd's own version")]


VERSION = VersionInfo(qemu=VersionTriple(major=7, minor=2, micro=22), package=f"(netd {__version__})")
"""QEMU 7.2.22: its texts and shapes are netd's."""
