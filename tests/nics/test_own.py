"""netd's own properties of a NIC."""

from __future__ import annotations

from typing import Any

import pytest

from netd.errors import NetdError
from netd.nics.models import find
from netd.nics.own import OwnProperties, read_own
from netd.nics.properties import read
from netd.schema.repeated import Repeated


def own(text: str, **more: Any) -> OwnProperties | str:
    """What netd reads from option text, and what is added to it in QMP's types."""
    driver, *options = text.split(",")
    model, given = find(driver), dict(option.split("=") for option in options) | more
    try:
        return read_own(model, given, read(model, given, typed=True), typed=True)
    except NetdError as error:
        return error.desc


def in_c1(**more: Any) -> OwnProperties:
    return OwnProperties("netns", netns="c1", **more)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e1000", OwnProperties()),
        ("e1000,attach=tap,mtu=0x5dc", OwnProperties(mtu=1500)),
        ("e1000,attach=netns,netns=c1", in_c1()),
        ("virtio-net,queues=4,mq=on", OwnProperties(queues=4)),
        ("veth,netns=c1,ifname=wan-0.1,mtu=65535,queues=1", in_c1(ifname="wan-0.1", mtu=65535)),
        ("veth,netns=c1,ip=10.0.0.2/24,gateway=10.0.0.1", in_c1(ip=("10.0.0.2/24",), gateway="10.0.0.1")),
        ("veth,netns=c1,ip=10.0.0.2/31,gateway=10.0.0.3", in_c1(ip=("10.0.0.2/31",), gateway="10.0.0.3")),
        ("veth,netns=c1,ip=FD00:0::2/64,gateway=fe80::1", in_c1(ip=("fd00::2/64",), gateway="fe80::1")),
    ],
)
def test_own_properties(text: str, expected: OwnProperties) -> None:
    assert own(text) == expected


def test_own_properties_in_qmps_types() -> None:
    assert own("virtio-net", queues=2.0, mq=True, ip=None, netns=None) == OwnProperties(queues=2)
    assert own("veth", netns=4711, ip=["10.0.0.2/8", "10.0.0.3/8"]) == OwnProperties(
        "netns", netns="4711", ip=("10.0.0.2/8", "10.0.0.3/8")
    )
    for name, bad in (("netns", ["c"]), ("ip", [["x"]]), ("ip", {}), ("ip", [None])):
        assert own("veth", **{name: bad}) == f"Invalid parameter type for '{name}', expected: string"


def test_own_properties_given_twice() -> None:
    addresses = ["10.0.0.2/8", "fd00::2/64"]
    given = {"netns": "c1", "ip": Repeated(addresses), "ifname": Repeated(["a", "b"])}
    assert read_own(find("veth"), given, {}, typed=False) == in_c1(ip=tuple(addresses), ifname="b")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("e1000,attach=bridge", "Parameter 'attach' does not accept value 'bridge'"),
        ("veth,attach=tap,netns=c1", "Parameter 'attach' does not accept value 'tap'"),
        ("veth", "Parameter 'netns' is missing"),
        ("veth,netns=", "Property 'veth.netns' doesn't take value ''"),
        ("e1000,netns=c", "Property 'e1000.netns' needs attach=netns"),
        ("e1000,ifname=eth0", "Property 'e1000.ifname' needs attach=netns"),
        ("e1000,gateway=10.0.0.1", "Property 'e1000.gateway' needs attach=netns"),
        ("e1000,ip=10.0.0.1/8", "Property 'e1000.ip' needs attach=netns"),
        ("e1000,queues=x", "Parameter 'queues' expects integer"),
        ("e1000,queues=-1", "Parameter 'queues' expects uint32_t"),
        ("e1000,queues=0", "Property e1000.queues doesn't take value 0 (minimum: 1, maximum: 253)"),
        ("e1000,queues=254", "Property e1000.queues doesn't take value 254 (minimum: 1, maximum: 253)"),
        ("e1000,queues=2", "Property 'e1000.queues' doesn't take value '2': e1000 has one queue"),
        ("veth,netns=c,queues=2",
         "Property 'veth.queues' doesn't take value '2': attach=netns has one queue"),
        ("virtio-net,queues=2", "Property 'virtio-net-pci.queues' doesn't take value '2': it needs mq=on"),
        ("e1000,mtu=67", "Property e1000.mtu doesn't take value 67 (minimum: 68, maximum: 65521)"),
        ("e1000,mtu=65522", "Property e1000.mtu doesn't take value 65522 (minimum: 68, maximum: 65521)"),
        ("veth,netns=c,mtu=65536",
         "Property veth.mtu doesn't take value 65536 (minimum: 68, maximum: 65535)"),
        ("veth,netns=c,ip=::/0", "Property 'veth.ip' doesn't take value '::/0': it is no host's address"),
    ],
)  # fmt: skip
def test_own_properties_that_cannot_be(text: str, said: str) -> None:
    assert own(text) == said


@pytest.mark.parametrize(
    "text", ["10.0.0.1", "10.0.0.1/33", "10.0.0.1/255.0.0.0", "fe80::1%eth0/64", "x", ""]
)
def test_what_is_no_address(text: str) -> None:
    assert own("veth,netns=c", ip=text) == f"Property 'veth.ip' doesn't take value '{text}'"
    assert own("veth,netns=c", gateway=f"{text}/") == f"Property 'veth.gateway' doesn't take value '{text}/'"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "a:1", "eth%d", "a" * 16, "é", "a\n"])
def test_what_is_no_interfaces_name(name: str) -> None:
    assert own("veth,netns=c", ifname=name) == f"Property 'veth.ifname' doesn't take value '{name}'"


@pytest.mark.parametrize(
    ("gateway", "why"),
    [
        ("10.0.1.1", "it is in no network of ip="),
        ("fe80::1", "it is in no network of ip="),
        ("10.0.0.2", "it is no other host's address"),
        ("10.0.0.255", "it is no other host's address"),
    ],
)
def test_a_gateway_out_of_reach(gateway: str, why: str) -> None:
    refused = f"Property 'veth.gateway' doesn't take value '{gateway}': {why}"
    assert own(f"veth,netns=c,ip=10.0.0.2/24,gateway={gateway}") == refused
    twice = own("veth,netns=c", ip=["10.0.0.2/24", "10.0.0.2/16"])
    assert twice == "Property 'veth.ip' doesn't take value '10.0.0.2/16': it is there already"


def test_a_path_ends_at_no_nul() -> None:
    assert own("veth", netns="/a\0b") == "Property 'veth.netns' doesn't take value '/a\0b'"


def test_addresses_are_not_without_end() -> None:
    few, many = ([f"10.0.{n}.1/24" for n in range(count)] for count in (64, 65))
    assert own("veth", netns="c1", ip=few) == in_c1(ip=tuple(few))
    assert own("veth", netns="c1", ip=many) == "Property 'veth.ip' takes 64 addresses at most"
