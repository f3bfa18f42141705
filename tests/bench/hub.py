"""A hub with two ports: TCP between two guests that are namespaces.

Against a plain Linux bridge (what the kernel can do), ``vde_switch -hub`` and QEMU's own hub
(what the field uses).
"""

from __future__ import annotations

from tests.bench.peers import linux_bridge, netd, qemu_hub, vde
from tests.bench.race import Contender, race
from tests.bench.results import Effort, Table, Target

NETD = Contender("netd hub", netd.hub)

PEERS = (
    Contender("Linux bridge", linux_bridge.bridge, Target("≥", 0.9)),
    Contender("vde_switch -hub", vde.hub, Target("≥", 10)),
    Contender("QEMU hub, two taps", qemu_hub.hub, Target("≥", 10)),
)


def run(effort: Effort) -> list[Table]:
    """Race netd's hub against its peers."""
    return [race("TCP between two guests on a hub", "Gbit/s", NETD, PEERS, effort)]
