"""Netlink in the words netd uses: pyroute2, with the kernel's errors as :class:`OSError`.

pyroute2's state is thread-local: used from another thread, the same object silently opens a
socket in *that* thread's namespace. So an :class:`Rtnl` is made, used and closed by one thread
(:class:`netd.kernel.thread.NetThread`) and refuses every other.
"""

from __future__ import annotations

import os
import threading
from typing import Any, cast

from pyroute2.iproute.linux import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from netd.kernel.syscalls import index_of


class Rtnl:
    """A netlink socket in the namespace of the thread that makes it."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        # No notification groups: nobody would read them, and the queue would grow for ever.
        self._ipr = cast(Any, IPRoute)(ext_ack=True, groups=0)

    def close(self) -> None:
        """Close the socket and pyroute2's event loop."""
        self._check_thread()
        self._ipr.close()

    def index(self, name: str) -> int:
        """The interface's number. ``OSError(ENODEV)`` if there is none of that name."""
        self._check_thread()
        return index_of(name)

    def link(self, command: str, **members: Any) -> list[Any]:
        """``add``, ``set``, ``del`` or ``get`` an interface (``rtnetlink(7)``, RTM_*LINK)."""
        return self._request("link", command, **members)

    def addr(self, command: str, **members: Any) -> list[Any]:
        """``add`` or ``del`` an address (RTM_*ADDR)."""
        return self._request("addr", command, **members)

    def route(self, command: str, **members: Any) -> list[Any]:
        """``add`` or ``del`` a route (RTM_*ROUTE)."""
        return self._request("route", command, **members)

    def fdb(self, command: str, **members: Any) -> list[Any]:
        """Change a bridge's forwarding table (RTM_*NEIGH of AF_BRIDGE)."""
        return self._request("fdb", command, **members)

    def tc(self, command: str, *what: Any, **members: Any) -> list[Any]:
        """Change queueing disciplines and filters (``tc(8)``, RTM_*QDISC and RTM_*TFILTER)."""
        return self._request("tc", command, *what, **members)

    def _request(self, family: str, *arguments: Any, **members: Any) -> list[Any]:
        self._check_thread()
        try:
            return list(getattr(self._ipr, family)(*arguments, **members) or ())
        except NetlinkError as error:
            raise _os_error(error) from error

    def _check_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise RuntimeError("a netlink socket is used by the thread that made it, no other")


def _os_error(error: NetlinkError) -> OSError:
    """The kernel's errno, and its own explanation (``NLMSGERR_ATTR_MSG``) where it gave one."""
    plain = os.strerror(error.code)
    detail = str(error.args[1]).rstrip(".\0")
    return OSError(error.code, plain if detail == plain else f"{plain} ({detail})")
