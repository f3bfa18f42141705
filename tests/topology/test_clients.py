from netd.topology.network import Network
from tests.support.labs import nic


def test_events_name_a_nic_by_id_and_path_or_by_path_alone():
    network = nic(nic(Network(), "n0"), None)
    named, anonymous = network.nics()
    assert named.event_data == {"device": "n0", "path": "/machine/peripheral/n0"}
    assert anonymous.event_data == {"path": "/machine/peripheral-anon/device[0]"}
