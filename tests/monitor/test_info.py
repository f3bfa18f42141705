import pytest

from netd.monitor.info import client_line, network_text
from netd.topology.network import Network
from tests.support.labs import hubport, lab_of_two, nic
from tests.topology.test_warnings import HostBackend

USER = HostBackend(info="net=10.0.2.0,restrict=off")


def lines(network):
    text = network_text(network)
    assert text.count("\n") == text.count("\r\n")
    return text.split("\r\n")[:-1]


def test_nothing_is_nothing():
    assert network_text(Network()) == ""


def test_hubs_and_their_ports_newest_first():
    network = hubport(hubport(lab_of_two(), "free", 0), "other", -1)
    assert lines(network) == [
        "hub -1",
        r" \ other",
        "hub 0",
        r" \ free",
        r" \ h1: n1: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:57",
        r" \ h0: n0: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:56",
    ]


def test_a_nic_with_its_netdev_below_and_one_without():
    network = nic(nic(Network().add_netdev("u0", USER), "n0", "u0"), None)
    assert lines(network) == [
        "n0: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:56",
        r" \ u0: index=0,type=user,net=10.0.2.0,restrict=off",
        "e1000.1: index=0,type=nic,model=e1000,macaddr=52:54:00:12:34:57",
    ]


def test_a_netdev_by_itself_or_on_a_hub():
    network = Network().add_netdev("u0", USER)
    assert lines(network) == ["u0: index=0,type=user,net=10.0.2.0,restrict=off"]
    assert lines(hubport(network, "h", 0, "u0")) == [
        "hub 0",
        r" \ h: u0: index=0,type=user,net=10.0.2.0,restrict=off",
    ]


def test_two_hub_ports_joined_are_each_shown_with_the_other():
    network = hubport(hubport(Network(), "p", 5), "p2", -1, "p")
    assert lines(network) == [
        "hub -1",
        r" \ p2: p: index=0,type=hubport,",
        "hub 5",
        r" \ p: p2: index=0,type=hubport,",
    ]


@pytest.mark.parametrize("queue", [1, 2])
def test_further_queues_say_nothing(queue):
    client = nic(Network(), "vmq").nic("vmq")
    assert client_line(client, queue) == f"vmq: index={queue},type=nic,"
