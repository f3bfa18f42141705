from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.wire import egress
from netd.wire.egress import Egress, EgressRule, Verdict
from netd.wire.inet import Ports
from tests.support.refused import refusal

TEN = ip_network("10.0.0.0/8")
ULA = ip_network("fd00::/8")

NETWORK = st.tuples(st.ip_addresses(), st.integers(0, 128)).map(
    lambda pair: ip_network((pair[0], min(pair[1], pair[0].max_prefixlen)), strict=False)
)
PORTS = st.tuples(st.integers(1, 65535), st.integers(1, 65535)).map(lambda pair: Ports(*sorted(pair)))
RULE = st.one_of(
    st.builds(EgressRule, NETWORK, st.sampled_from([None, "tcp", "udp"]), st.none() | PORTS),
    st.builds(EgressRule, NETWORK, st.just("icmp")),
)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("10.0.0.0/8", EgressRule(TEN)),
        ("10.1.2.3/8", EgressRule(TEN)),
        ("10.1.2.3", EgressRule(ip_network("10.1.2.3/32"))),
        ("tcp:10.0.0.0/8", EgressRule(TEN, "tcp")),
        ("udp:10.0.0.0/8:53", EgressRule(TEN, "udp", Ports(53, 53))),
        ("10.0.0.0/8:80..90", EgressRule(TEN, None, Ports(80, 90))),
        ("icmp:0.0.0.0/0", EgressRule(ip_network("0.0.0.0/0"), "icmp")),
        ("fd00::/8", EgressRule(ULA)),
        ("dead:beef::/32", EgressRule(ip_network("dead:beef::/32"))),
        ("tcp:fd00::/8", EgressRule(ULA, "tcp")),
        ("[fd00::/8]", EgressRule(ULA)),
        ("tcp:[fd00::/8]:443", EgressRule(ULA, "tcp", Ports(443, 443))),
        ("[::1]:443", EgressRule(ip_network("::1/128"), None, Ports(443, 443))),
        ("::/0", EgressRule(ip_network("::/0"))),
    ],
)
def test_what_a_rule_means(text, rule):
    assert egress.parse(text) == rule


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Bad network"),
        ("tcp:", "Bad network"),
        ("tcp", "Bad network"),
        ("10/8", "Bad network"),
        ("10.0.0.0.0/8", "Bad network"),
        ("010.0.0.0/8", "Bad network"),
        ("fe80::1%lo/64", "Bad network"),
        ("[10.0.0.0/8]:80", "Bad network"),
        ("[fd00::/8", "Bad network"),
        ("[fd00::/8]80", "Bad network"),
        ("fd00::/8:443", "Bad prefix length"),
        ("10.0.0.0/33", "Bad prefix length"),
        ("10.0.0.0/", "Bad prefix length"),
        ("10.0.0.0/-1", "Bad prefix length"),
        ("10.0.0.0/255.0.0.0", "Bad prefix length"),
        ("fd00::/129", "Bad prefix length"),
        ("10.0.0.0/8:", "Bad port"),
        ("10.0.0.0/8:0", "Bad port"),
        ("10.0.0.0/8:x", "Bad port"),
        ("10.0.0.0/8:90..80", "Bad port"),
        ("[fd00::/8]:", "Bad port"),
        ("sctp:10.0.0.0/8", "Bad protocol name"),
        ("sctp:10.0.0.0/8:1", "Bad protocol name"),
        ("TCP:10.0.0.0/8", "Bad protocol name"),
        ("icmp:10.0.0.0/8:1", "ICMP has no ports"),
    ],
)
def test_why_a_rule_is_refused(text, reason):
    assert refusal(egress.parse, text) == f"Invalid egress rule '{text}' ({reason})"


@given(RULE)
def test_a_rule_is_written_as_it_is_read(rule):
    assert egress.parse(str(rule)) == rule


@pytest.mark.parametrize(
    ("text", "protocol", "address", "port", "matches"),
    [
        ("10.0.0.0/8", "tcp", "10.1.2.3", 80, True),
        ("10.0.0.0/8", "icmp", "10.1.2.3", None, True),
        ("10.0.0.0/8", "tcp", "11.1.2.3", 80, False),
        ("10.0.0.0/8", "tcp", "fd00::1", 80, False),
        ("tcp:10.0.0.0/8", "udp", "10.1.2.3", 80, False),
        ("10.0.0.0/8:80..90", "udp", "10.1.2.3", 90, True),
        ("10.0.0.0/8:80..90", "tcp", "10.1.2.3", 91, False),
        ("10.0.0.0/8:80..90", "icmp", "10.1.2.3", None, False),
        ("icmp:fd00::/8", "icmp", "fd12::1", None, True),
    ],
)
def test_what_a_rule_is_about(text, protocol, address, port, matches):
    assert egress.parse(text).matches(protocol, ip_address(address), port) == matches


@pytest.mark.parametrize(
    ("allow", "deny", "address", "allowed", "rule"),
    [
        ([], [], "10.0.0.1", True, None),
        (["10.0.0.0/8"], [], "10.0.0.1", True, "10.0.0.0/8"),
        (["10.0.0.0/8"], [], "11.0.0.1", False, None),
        ([], ["10.0.0.0/8"], "11.0.0.1", True, None),
        ([], ["10.0.0.0/8"], "10.0.0.1", False, "10.0.0.0/8"),
        (["10.0.0.0/8"], ["10.1.0.0/16"], "10.0.0.1", True, "10.0.0.0/8"),
        (["10.0.0.0/8"], ["10.1.0.0/16"], "10.1.0.1", False, "10.1.0.0/16"),
        (["10.1.0.1/32", "10.0.0.0/8"], ["0.0.0.0/0"], "10.1.0.1", False, "0.0.0.0/0"),
    ],
)
def test_a_deny_wins_and_an_allow_denies_all_else(allow, deny, address, allowed, rule):
    rules = egress.parse_all(allow, deny)
    said_by = None if rule is None else egress.parse(rule)
    assert rules.verdict("tcp", ip_address(address), 80) == Verdict(allowed, said_by)


def test_no_rules_are_falsy():
    assert not Egress()
    assert egress.parse_all([], ["::/0"])
