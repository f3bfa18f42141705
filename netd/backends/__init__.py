"""The netdev types, one file each: the options, what it does, nothing else.

To add one: write its file after the model of :mod:`netd.backends.hubport`, put its class into
:data:`BACKENDS`, take its name out of :data:`LATER`, and give it a test. Schema, validation,
help, completion and errors all come from the class.
"""

from netd.backends.base import Backend
from netd.backends.hubport import Hubport

BACKENDS: tuple[type[Backend], ...] = (Hubport,)
"""Every netdev type there is."""

LATER: tuple[str, ...] = (
    "bridge",
    "dgram",
    "l2tpv3",
    "socket",
    "stream",
    "tap",
    "user",
    "vde",
    "vhost-user",
    "vhost-vdpa",
)
"""QEMU's netdev types that this version does not have yet."""

__all__ = ["BACKENDS", "LATER", "Backend"]
