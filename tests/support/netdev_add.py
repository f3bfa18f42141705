"""Arguments of ``netdev_add`` and what a real QEMU 7.2 says of them."""

from __future__ import annotations

from typing import Any

USER = {"type": "user", "id": "a"}
L2TPV3 = {"type": "l2tpv3", "id": "a", "src": "x", "dst": "y"}
STREAM = {"type": "stream", "id": "a"}
INET = {"type": "inet", "host": "h", "port": "1"}

REFUSED: list[tuple[dict[str, Any], str]] = [
    # the common members come first, then the tag
    ({}, "Parameter 'id' is missing"),
    ({"type": "zz"}, "Parameter 'id' is missing"),
    ({"type": "zz", "id": 1}, "Invalid parameter type for 'id', expected: string"),
    ({"type": "zz", "id": "1a"}, "Parameter 'type' does not accept value 'zz'"),
    ({"id": "a"}, "Parameter 'type' is missing"),
    ({"id": "a", "type": 1}, "Invalid parameter type for 'type', expected: string"),
    # then the branch's, then unknown ones, then the letters of the identifier
    ({"type": "hubport", "id": "1a"}, "Parameter 'hubid' is missing"),
    ({**USER, "bogus": 1, "restrict": "x"}, "Invalid parameter type for 'restrict', expected: boolean"),
    ({**USER, "id": "1a", "bogus": {"x": 1}}, "Parameter 'bogus' is unexpected"),
    ({"type": "user", "id": "1a"}, "Parameter 'id' expects an identifier"),
    ({"type": "user", "id": ""}, "Parameter 'id' expects an identifier"),
    ({"type": "user", "id": "a b"}, "Parameter 'id' expects an identifier"),
    ({"type": "user", "id": "é"}, "Parameter 'id' expects an identifier"),
    ({"type": "user", "id": "aé"}, "Parameter 'id' expects an identifier"),
    # nothing is converted
    ({**USER, "hostname": None}, "Invalid parameter type for 'hostname', expected: string"),
    ({**USER, "restrict": None}, "Invalid parameter type for 'restrict', expected: boolean"),
    ({**USER, "restrict": 1}, "Invalid parameter type for 'restrict', expected: boolean"),
    ({**USER, "ipv6-prefixlen": True}, "Invalid parameter type for 'ipv6-prefixlen', expected: integer"),
    ({**USER, "ipv6-prefixlen": 1e3}, "Invalid parameter type for 'ipv6-prefixlen', expected: integer"),
    ({**USER, "ipv6-prefixlen": 2**63}, "Invalid parameter type for 'ipv6-prefixlen', expected: integer"),
    # lists of objects
    ({**USER, "hostfwd": "tcp::1-:1"}, "Invalid parameter type for 'hostfwd', expected: array"),
    ({**USER, "hostfwd": [1]}, "Invalid parameter type for 'hostfwd[0]', expected: object"),
    ({**USER, "hostfwd": [{}]}, "Parameter 'hostfwd[0].str' is missing"),
    (
        {**USER, "hostfwd": [{"str": "x"}, {"str": 1}]},
        "Invalid parameter type for 'hostfwd[1].str', expected: string",
    ),
    ({**USER, "hostfwd": [{"str": "x", "z": 1}]}, "Parameter 'hostfwd[0].z' is unexpected"),
    # integers: signed ones by JSON type and then by range, unsigned ones by range only
    ({"type": "hubport", "id": "a", "hubid": "1"}, "Invalid parameter type for 'hubid', expected: integer"),
    ({"type": "hubport", "id": "a", "hubid": 2**31}, "Parameter 'hubid' expects int32_t"),
    ({**L2TPV3, "txsession": "1"}, "Parameter 'txsession' expects uint64"),
    ({**L2TPV3, "txsession": None}, "Parameter 'txsession' expects uint64"),
    ({**L2TPV3, "txsession": True}, "Parameter 'txsession' expects uint64"),
    ({**L2TPV3, "txsession": 1.5}, "Parameter 'txsession' expects uint64"),
    ({**L2TPV3, "txsession": -1}, "Parameter 'txsession' expects uint32_t"),
    ({**L2TPV3, "txsession": 2**32}, "Parameter 'txsession' expects uint32_t"),
    ({**L2TPV3, "txsession": 1, "txcookie": 2**64}, "Parameter 'txcookie' expects uint64"),
    ({**L2TPV3, "txsession": 1, "txcookie": -(2**63) - 1}, "Parameter 'txcookie' expects uint64"),
    ({"type": "vde", "id": "a", "port": 65536}, "Parameter 'port' expects uint16_t"),
    ({"type": "tap", "id": "a", "sndbuf": "4k"}, "Parameter 'sndbuf' expects uint64"),
    # objects within
    (STREAM, "Parameter 'addr' is missing"),
    ({**STREAM, "addr": "x"}, "Invalid parameter type for 'addr', expected: object"),
    ({**STREAM, "addr": {}}, "Parameter 'addr.type' is missing"),
    ({**STREAM, "addr": {"type": ["x"]}}, "Invalid parameter type for 'addr.type', expected: string"),
    ({**STREAM, "addr": {"type": "zz"}}, "Parameter 'type' does not accept value 'zz'"),
    ({**STREAM, "addr": {"type": "inet", "host": "h"}}, "Parameter 'addr.port' is missing"),
    ({**STREAM, "addr": {**INET, "to": 65536}}, "Parameter 'to' expects uint16_t"),
    ({**STREAM, "addr": {**INET, "to": "1"}}, "Parameter 'addr.to' expects uint64"),
    ({**STREAM, "addr": {**INET, "zz": 1}, "server": 1}, "Parameter 'addr.zz' is unexpected"),
]
