from __future__ import annotations

import pytest

from netd.plan.usernet_egress import Counted, choosing, counted, match, refusing
from netd.wire.egress import parse, parse_all


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("10.0.0.0/8", "ip daddr 10.0.0.0/8"),
        ("0.0.0.0/0", "meta protocol ip"),
        ("tcp:0.0.0.0/0:25", "meta protocol ip meta l4proto tcp th dport 25"),
        ("udp:10.1.2.3:1..9", "ip daddr 10.1.2.3/32 meta l4proto udp th dport 1-9"),
        ("10.1.2.3:53", "ip daddr 10.1.2.3/32 meta l4proto { tcp, udp } th dport 53"),
        ("icmp:10.0.0.0/8", "ip daddr 10.0.0.0/8 meta l4proto icmp"),
        ("icmp:[::/0]", "meta protocol ip6 meta l4proto ipv6-icmp"),
        ("2001:db8::/32", "ip6 daddr 2001:db8::/32"),
    ],
)
def test_what_a_packet_is_like(rule, words):
    assert match(parse(rule)) == words


def test_no_rules_let_all_out():
    none = parse_all([], [])
    assert counted(none) == ()
    assert list(refusing(none)) == []
    assert list(choosing(none, "out")) == ["out"]


def test_a_deny_lets_all_else_out():
    rules = parse_all([], ["10.0.0.0/8"])
    assert counted(rules) == (Counted("deny0", parse("10.0.0.0/8"), allowed=False),)
    assert list(refusing(rules)) == ['ip daddr 10.0.0.0/8 counter name "deny0" goto refuse']
    assert list(choosing(rules, "out")) == ["ip daddr 10.0.0.0/8 accept", "out"]


def test_with_an_allow_all_else_is_denied_and_a_deny_comes_first():
    rules = parse_all(["192.0.2.0/24"], ["192.0.2.1"])
    assert [item.counter for item in counted(rules)] == ["deny0", "allow0", "others"]
    assert list(refusing(rules)) == [
        'ip daddr 192.0.2.1/32 counter name "deny0" goto refuse',
        'ip daddr 192.0.2.0/24 counter name "allow0" return',
        'counter name "others" goto refuse',
    ]
    assert list(choosing(rules, "out")) == [
        "ip daddr 192.0.2.1/32 accept",
        'ip daddr 192.0.2.0/24 counter name "allow0" out',
        "accept",
    ]
