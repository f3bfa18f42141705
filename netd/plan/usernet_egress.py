"""A user network's egress rules as nft's: which destinations a chain lets out, refuses and counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netd.wire.egress import Egress, EgressRule

OTHERS = "others"
"""The counter of what is denied because no ``allow`` is about it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A rule, the name of its counter and what it says.

    ``rule`` is ``None`` for all that no rule is about, which is counted only where it is denied.
    """

    counter: str
    rule: EgressRule | None
    allowed: bool


def counted(egress: Egress) -> tuple[Counted, ...]:
    """All that is counted, in the order in which it is looked at.

    A counter is in both tables; its hits are the sum. They are packets: each attempt to connect,
    each echo request, and the first datagram of each UDP flow.
    """
    denies = (Counted(f"deny{number}", rule, False) for number, rule in enumerate(egress.deny))
    allows = (Counted(f"allow{number}", rule, True) for number, rule in enumerate(egress.allow))
    others = (Counted(OTHERS, None, False),) if egress.allow else ()
    return (*denies, *allows, *others)


def match(rule: EgressRule) -> str:
    """What a packet of this rule is like, in nft's words; for any table and both families."""
    family, icmp = ("ip", "icmp") if rule.network.version == 4 else ("ip6", "ipv6-icmp")
    everything = rule.network.prefixlen == 0
    destination = f"meta protocol {family}" if everything else f"{family} daddr {rule.network}"
    protocol = icmp if rule.protocol == "icmp" else rule.protocol
    if rule.ports is None:
        return destination if protocol is None else f"{destination} meta l4proto {protocol}"
    ports = str(rule.ports).replace("..", "-")
    return f"{destination} meta l4proto {protocol or '{ tcp, udp }'} th dport {ports}"


def refusing(egress: Egress) -> Iterator[str]:
    """The rules of the chain that refuses: who comes back from it is allowed.

    What is allowed is counted by the gate, except UDP, which does not pass it.
    """
    for item in counted(egress):
        matched = f"{match(item.rule)} " if item.rule else ""
        yield f'{matched}counter name "{item.counter}" {"return" if item.allowed else "goto refuse"}'


def choosing(egress: Egress, allowed: str) -> Iterator[str]:
    """The rules of the gate's chain: ``allowed`` is for what is allowed, the rest goes on to be refused."""
    for item in counted(egress):
        if item.rule is None:
            yield "accept"
        elif item.allowed:
            yield f'{match(item.rule)} counter name "{item.counter}" {allowed}'
        else:
            yield f"{match(item.rule)} accept"
    if not egress.allow:
        yield allowed
