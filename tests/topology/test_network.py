import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from netd.errors import DeviceNotFound, NetdError
from netd.topology.network import Network
from tests.support.labs import hubport, lab_of_two, nic


def test_a_hub_lives_from_its_first_port_to_its_last():
    network = hubport(hubport(Network(), "a", 3), "b", 3)
    assert list(network.hubs[3].ports) == ["a", "b"]
    assert list(network.del_netdev("a").hubs[3].ports) == ["b"]
    assert network.del_netdev("a").del_netdev("b").hubs == {}


def test_a_port_keeps_its_slot_and_a_new_one_takes_the_lowest():
    network = hubport(hubport(hubport(Network(), "a", 0), "b", 0), "c", 0).del_netdev("a")
    assert hubport(network, "d", 0).hubs[0].ports == {"b": 1, "c": 2, "d": 0}


def test_a_change_leaves_the_old_value_alone():
    network = lab_of_two()
    before = dict(network.clients)
    network.del_netdev("h0")
    network.set_link("n1", up=False)
    assert network.clients == before


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (lambda n: hubport(n, "h0", 1), NetdError, "Duplicate ID 'h0'"),
        (lambda n: hubport(n, "n0", 1), NetdError, "Duplicate ID 'n0'"),
        (lambda n: hubport(n, "x", 1, "nope"), NetdError, "netdev 'nope' not found"),
        (lambda n: hubport(n, "x", 1, "n0"), NetdError, "netdev 'n0' not found"),
        (
            lambda n: hubport(n, "x", 1, "h0"),
            NetdError,
            "netdev 'h0' is in use: 'n0' is plugged into it",
        ),
        (lambda n: n.del_netdev("nope"), DeviceNotFound, "Device 'nope' not found"),
        (lambda n: n.del_netdev("n0"), DeviceNotFound, "Device 'n0' not found"),
        (lambda n: n.del_nic("h0"), DeviceNotFound, "Device 'h0' not found"),
        (lambda n: n.set_link("nope", up=True), DeviceNotFound, "Device 'nope' not found"),
        (lambda n: n.plug("n0", "h1"), NetdError, "netdev 'h1' is in use: 'n1' is plugged into it"),
        (lambda n: nic(n, "n0"), NetdError, "Duplicate device ID 'n0'"),
        (lambda n: nic(n, "x").add_netdev("x", None), NetdError, "Duplicate ID 'x'"),
    ],
)
def test_what_cannot_be_is_refused_in_qemus_words(change, error, text):
    with pytest.raises(error) as caught:
        change(lab_of_two())
    assert caught.value.desc == text


def test_a_hub_cannot_be_joined_to_itself():
    with pytest.raises(NetdError, match="hub 0 cannot be joined to itself"):
        hubport(hubport(Network(), "a", 0), "b", 0, "a")


def test_a_loop_of_hubs_is_refused():
    network = hubport(hubport(Network(), "a", 0), "ab", 1, "a")
    network = hubport(hubport(network, "b", 1), "bc", 2, "b")
    network = hubport(network, "c", 2)
    with pytest.raises(NetdError, match="hub 0 and hub 2 are already joined"):
        hubport(network, "ca", 0, "c")


def test_deleting_a_netdev_cuts_its_nic_until_it_is_plugged_again():
    network = hubport(lab_of_two(), "h2", 2).del_netdev("h0")
    cut = network.nic("n0")
    assert (cut.peer, cut.link, cut.cut) == (None, False, True)
    back = network.plug("n0", "h2").nic("n0")
    assert (back.peer, back.link, back.cut) == ("h2", True, False)
    assert network.netdevs() == [network.netdev("h1"), network.netdev("h2")]


def test_a_link_taken_down_by_hand_stays_down_through_a_plug():
    network = hubport(lab_of_two(), "h2", 2).set_link("n0", up=False).plug("n0", "h2")
    assert not network.nic("n0").link


def test_plugging_frees_the_netdev_it_had():
    network = hubport(lab_of_two(), "h2", 2).plug("n0", "h2")
    assert network.netdev("h0").peer is None
    assert network.hub_of(network.nic("n0")) == 2
    assert network.plug("n0", "h2") == network


def test_set_link_on_a_netdev_takes_its_nic_along_but_not_the_other_way():
    down = lab_of_two().set_link("h0", up=False)
    assert (down.netdev("h0").link, down.nic("n0").link) == (False, False)
    down = lab_of_two().set_link("n0", up=False)
    assert (down.netdev("h0").link, down.nic("n0").link) == (True, False)
    assert not down.has_link(down.netdev("h0"))


def test_anonymous_nics_are_numbered_as_qemu_counts_and_found_by_path_only():
    network = nic(nic(nic(Network(), "n0"), None), None, model="usb-net")
    assert [client.name for client in network.nics()] == ["n0", "e1000.1", "usb-net.0"]
    assert network.nic("/machine/peripheral-anon/device[1]").name == "usb-net.0"
    assert network.nic("/machine/peripheral/n0").id == "n0"
    with pytest.raises(DeviceNotFound):
        network.nic("e1000.1")
    again = nic(network.del_nic("/machine/peripheral-anon/device[0]"), None)
    assert again.nic("/machine/peripheral-anon/device[0]").name == "e1000.1"


names = st.text("abc", min_size=1, max_size=2)


class AnyCommands(RuleBasedStateMachine):
    """Whatever is done, peers agree with each other and hubs with their ports."""

    netdevs = Bundle("netdevs")
    nics = Bundle("nics")

    def __init__(self):
        super().__init__()
        self.network = Network()

    def attempt(self, change):
        try:
            self.network = change(self.network)
        except NetdError:
            return False
        return True

    @rule(target=netdevs, name=names, hub=st.integers(0, 3), peer=st.none() | names)
    def add_port(self, name, hub, peer):
        self.attempt(lambda n: hubport(n, name, hub, peer))
        return name

    @rule(target=nics, name=names, peer=names)
    def add_nic(self, name, peer):
        known = self.network.clients.get(peer)
        free = known is not None and known.peer is None
        self.attempt(lambda n: nic(n, name, peer if free else None))
        return name

    @rule(name=consumes(netdevs))
    def delete_netdev(self, name):
        self.attempt(lambda n: n.del_netdev(name))

    @rule(name=consumes(nics))
    def delete_nic(self, name):
        self.attempt(lambda n: n.del_nic(name))

    @rule(name=nics, netdev=netdevs)
    def plug(self, name, netdev):
        self.attempt(lambda n: n.plug(name, netdev))

    @rule(name=nics | netdevs, up=st.booleans())
    def set_link(self, name, up):
        self.attempt(lambda n: n.set_link(name, up=up))

    @invariant()
    def peers_are_mutual(self):
        for client in self.network.clients.values():
            if client.peer is not None:
                assert self.network.clients[client.peer].peer == client.key

    @invariant()
    def hubs_know_their_ports(self):
        ports = {d.name: (d.backend.hubid, d.slot) for d in self.network.netdevs()}
        assert ports == {
            name: (hub.id, slot) for hub in self.network.hubs.values() for name, slot in hub.ports.items()
        }
        assert all(hub.ports for hub in self.network.hubs.values())
        assert len(set(ports.values())) == len(ports)

    @invariant()
    def hubs_form_no_loop(self):
        joins = [
            {d.backend.hubid, self.network.netdev(d.peer).backend.hubid}
            for d in self.network.netdevs()
            if d.peer is not None and d.key < d.peer and not self.network.clients[d.peer].is_nic
        ]
        groups = {hub: {hub} for hub in self.network.hubs}
        for one, other in map(sorted, joins):
            assert groups[one] is not groups[other]
            groups[one] |= groups[other]
            for hub in groups[one]:
                groups[hub] = groups[one]


def test_a_nic_may_be_called_like_its_netdev_and_set_link_means_both():
    network = nic(hubport(Network(), "net0", 0), "net0", "net0")
    assert len(network.named("net0")) == 2
    down = network.set_link("net0", up=False)
    assert (down.netdev("net0").link, down.nic("net0").link) == (False, False)
    assert network.del_netdev("net0").nic("net0").cut
    assert network.del_nic("net0").netdev("net0").peer is None


TestAnyCommands = AnyCommands.TestCase
