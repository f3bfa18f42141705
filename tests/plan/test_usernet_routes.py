from __future__ import annotations

from netd.plan.usernet import Wanted, user_network
from netd.plan.usernet_routes import LocalRoute, MarkRule, addresses, routes, rules, settings
from netd.plan.usernet_rules import Doors

DOORS = Doors(gateway="gw", gate="gate", tcp=1, udp=1)


def shown(**options):
    return list(map(str, addresses(user_network(Wanted(**options)))))


def test_addresses():
    usual = ["10.0.2.2/24", "10.0.2.3/32", "fec0::3/64", "fec0::2/64", "fe80::2/64"]
    assert shown() == usual
    assert shown(smb="/s", guestfwd=("tcp:10.0.2.9:1-cmd:a",)) == [
        *usual[:2],
        "10.0.2.4/32",
        "10.0.2.9/32",
        *usual[2:],
    ]
    assert shown(dns="192.0.2.53", ipv6_dns="2001:db8::53") == [
        "10.0.2.2/24",
        "192.0.2.53/32",
        "2001:db8::53/128",
        "fec0::2/64",
        "fe80::2/64",
    ]
    assert shown(ipv6=True, ipv6_dns="fec0::2") == ["fec0::2/64", "fe80::2/64"]


def test_policy_routing_of_the_families_that_there_are():
    both, one = user_network(Wanted()), user_network(Wanted(ipv6=True))
    assert list(routes(both)) == [LocalRoute(4, "0.0.0.0/0", "lo", 100), LocalRoute(6, "::/0", "lo", 100)]
    assert list(rules(both)) == [MarkRule(4, 1, 100), MarkRule(6, 1, 100)]
    assert list(routes(one)) == [LocalRoute(6, "::/0", "lo", 100)]
    assert list(rules(one)) == [MarkRule(6, 1, 100)]


def test_settings_are_each_said_once():
    found = dict(settings(DOORS))
    assert len(found) == len(list(settings(DOORS)))
    assert found["net/ipv4/conf/gate/rp_filter"] == "0"
    assert found["net/ipv6/conf/gw/forwarding"] == "1"
    assert found["net/ipv6/conf/all/forwarding"] == "0"
