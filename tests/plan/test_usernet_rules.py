from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from netd.plan.usernet import Wanted, user_network
from netd.plan.usernet_rules import guest_forwards, own_ipv4, ruleset
from tests.support.usernets import DOORS, GOLDEN, WANTED, texts


def made(**options):
    return user_network(Wanted(**options))


def chain(name, **options):
    """The rules of a chain of either table."""
    text = ruleset(made(**options), DOORS)
    return text.partition(f"chain {name} {{\n")[2].partition("\t}\n")[0].replace("\t", "").splitlines()


@pytest.mark.parametrize("name", WANTED)
def test_golden_texts(name):
    file = f"{name}.nft"
    assert texts(name)[file] == (GOLDEN / file).read_text(encoding="utf-8")


def test_own_addresses():
    network = made(smb="/s", dns="192.0.2.53", guestfwd=("tcp:10.0.2.100:7-cmd:cat",))
    assert own_ipv4(network) == tuple(map(IPv4Address, ("10.0.2.2", "10.0.2.4", "10.0.2.100", "192.0.2.53")))
    assert own_ipv4(made(ipv6=True)) == ()


def test_guest_forwards_are_all_put_in_place_of_all_others():
    assert guest_forwards(made()).splitlines() == [
        "flush set netdev netd forwards",
        "flush set inet netd forwards",
        "flush set inet netd own",
        "add element inet netd own { 10.0.2.2, 10.0.2.3 }",
    ]
    assert guest_forwards(made(guestfwd=("tcp:10.0.2.100:7-cmd:cat",))).splitlines() == [
        "flush set netdev netd forwards",
        "add element netdev netd forwards { 10.0.2.100 . 7 }",
        "flush set inet netd forwards",
        "add element inet netd forwards { 10.0.2.100 . 7 }",
        "flush set inet netd own",
        "add element inet netd own { 10.0.2.2, 10.0.2.3, 10.0.2.100 }",
    ]


def test_a_restricted_network_has_nothing_but_forwards_at_the_gate():
    assert [rule for rule in chain("gate", restrict=True) if "fwd" in rule or "goto" in rule] == [
        'ip daddr . tcp dport @forwards tcp flags & (syn | ack) == syn fwd to "gate"'
    ]


def test_services_only_where_there_are_such():
    assert "ip daddr 10.0.2.2 udp dport 67 accept" in chain("ipv4")
    assert "ip daddr 10.0.2.2 udp dport { 67, 69 } accept" in chain("ipv4", tftp="/t")
    assert not any("139" in rule for rule in chain("ipv4"))
    assert "ip daddr 10.0.2.4 tcp dport { 139, 445 } accept" in chain("ipv4", smb="/s", restrict=True)
    assert not any("dport 53" in rule for rule in chain("ipv4", restrict=True))


def test_a_name_server_that_is_the_gateway_does_not_wait_at_the_gate():
    assert "ip6 daddr fec0::2 tcp dport 53 accept" in chain("gate", ipv6_dns="fec0::2")
    assert not any("port-unreachable" in rule for rule in chain("ipv6", ipv6_dns="fec0::2"))


def test_a_family_that_is_off_is_not_spoken_of():
    assert not any("ip6" in rule for rule in chain("gate", ipv6=False))
    assert not any(rule.startswith("meta nfproto ipv6") for rule in chain("guests", ipv6=False))
    assert not any("ip daddr" in rule for rule in chain("gate", ipv4=False))
