from netd.backends.hubport import Hubport, HubportOptions


def test_it_is_a_place_on_a_hub():
    port = Hubport(HubportOptions(id="h0", hubid=-3))
    assert (port.kind, port.hubid, port.peer, port.info, port.host_side) == ("hubport", -3, None, "", False)
    assert port.shown == {"hubid": -3}


def test_it_can_have_a_netdev_plugged_in_from_the_start():
    port = Hubport(HubportOptions(id="h0", hubid=1, netdev="u0"))
    assert port.peer == "u0"
    assert port.shown == {"hubid": 1, "netdev": "u0"}
