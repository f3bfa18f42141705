from dataclasses import dataclass, field

from netd.topology.network import Network
from netd.topology.warnings import warnings
from tests.support.labs import hubport, lab_of_two, nic


@dataclass(frozen=True)
class HostBackend:
    """A netdev with an interface of its own, to the host."""

    kind: str = "user"
    host_side: bool = True
    hubid: None = None
    info: str = ""
    shown: dict = field(default_factory=dict)


def test_a_hub_without_the_host_is_warned_about():
    assert list(warnings(lab_of_two())) == ["hub 0 is not connected to host network"]


def test_a_hub_with_the_host_and_no_nic_is_warned_about():
    network = hubport(Network().add_netdev("u", HostBackend()), "h", 0, "u")
    assert list(warnings(network)) == ["hub 0 with no nics"]


def test_a_hub_with_both_is_fine():
    network = hubport(Network().add_netdev("u", HostBackend()), "h", 0, "u")
    assert list(warnings(nic(hubport(network, "g", 0), "n", "g"))) == []


def test_whoever_has_no_peer_is_named_ports_first_newest_hub_first():
    network = nic(hubport(hubport(Network(), "a", 1), "b", 2), "n")
    assert list(warnings(network)) == [
        "hub port b has no peer",
        "hub port a has no peer",
        "netdev a has no peer",
        "netdev b has no peer",
        "nic n has no peer",
    ]


def test_the_same_mac_twice_on_a_hub_is_warned_about():
    network = hubport(hubport(Network(), "a", 0), "b", 0)
    for name, port in (("x", "a"), ("y", "b")):
        network = nic(network, name, port, mac="52:54:00:00:00:01")
    assert "hub 0 has MAC address 52:54:00:00:00:01 2 times: x, y" in list(warnings(network))
