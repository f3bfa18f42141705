"""Everything away at once: one message deletes a whole group of interfaces.

Deleting one by one costs 16 ms each, most of it waiting for readers in the kernel to go by; a
group waits once. Only taps that a VMM holds are looked after one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from netd.kernel.links import IFLA_GROUP, IFLA_IFALIAS, Message
from netd.kernel.site import GROUP, GROUP_GONE, Site
from netd.kernel.steps import unless_gone
from netd.kernel.syscalls import reason
from netd.kernel.taps import cut_off, free_name, leave


@dataclass(frozen=True, slots=True)
class Found:
    """An interface as far as clearing away is concerned."""

    name: str
    index: int
    group: int
    kind: str
    queues: int
    alias: str

    @classmethod
    def of(cls, link: Message) -> Found:
        """What a dump says of it."""
        return cls(
            link.name, link.index, link.number(IFLA_GROUP), link.kind, link.queues, link.text(IFLA_IFALIAS)
        )

    @property
    def is_ours(self) -> bool:
        """Made by netd and not given up: also a tap that a crash left before it got its group."""
        return self.group == GROUP or (self.kind == "tun" and self.group != GROUP_GONE)


def ours(site: Site) -> list[Found]:
    """What netd has made in the fabric."""
    return [link for link in site.links.each(Found.of) if link.is_ours]


def clear(site: Site) -> list[str]:
    """Remove everything netd made; returns what could not be done, in words."""
    failures: list[str] = []

    def attempt(doing: str, do: Callable[[], object]) -> None:
        try:
            with unless_gone():
                do()
        except OSError as error:
            failures.append(f"{doing}: {reason(error)}")

    found: list[Found] = []
    attempt("look at the fabric", lambda: found.extend(ours(site)))
    for link in found:
        if link.queues:
            attempt(f"leave tap '{link.name}' to its holder", partial(_give_up, site, link))
        elif link.group != GROUP:
            attempt(f"delete tap '{link.name}'", partial(site.rtnl.link, "del", index=link.index))
    attempt("delete all ports", lambda: site.rtnl.link("del", group=GROUP))
    return failures


def _give_up(site: Site, link: Found) -> None:
    cut_off(site, link.index)
    gone = free_name(site, link.index)
    leave(site, link.index, gone, link.alias)
