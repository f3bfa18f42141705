"""NICs of guests that are network namespaces."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from tests.live.lab import Lab, links
from tests.support.daemon import Daemon
from tests.support.hosts import Host
from tests.support.process import netns_path
from tests.support.qmp import QmpError

pytestmark = pytest.mark.kernel


@pytest.fixture
def daemon(emptied: Daemon) -> Daemon:
    return emptied


def interface(guest: Host, name: str = "eth0") -> Any:
    """What ``ip`` says of a guest's interface and its addresses."""
    return json.loads(guest.run("ip", "-j", "address", "show", "dev", name))[0]


def addresses(guest: Host, name: str = "eth0") -> list[str]:
    """The addresses that are not the kernel's own idea."""
    return [
        f"{each['local']}/{each['prefixlen']}"
        for each in interface(guest, name)["addr_info"]
        if each["scope"] == "global"
    ]


def refusal(lab: Lab, **properties: Any) -> str:
    """Why a NIC is refused, which must leave everything as it was: the network, and the kernel."""
    inside = lab.inside()
    before = lab.network(), inside.links()
    with pytest.raises(QmpError) as refused:
        lab.qmp.cmd("device_add", driver="veth", id="c9", **properties)
    assert (lab.network(), inside.links()) == before
    return refused.value.desc


def test_a_guest_gets_its_interface_as_asked(lab: Lab) -> None:
    guest = lab.veth(
        "c0",
        0,
        ifname="lan0",
        mac="52:54:00:00:00:99",
        mtu=1400,
        ip="192.0.2.2/24",
        gateway="192.0.2.1",
    )
    found = interface(guest, "lan0")
    assert (found["address"], found["mtu"]) == ("52:54:00:00:00:99", 1400)
    assert {"UP", "LOWER_UP"} <= set(found["flags"])
    assert addresses(guest, "lan0") == ["192.0.2.2/24"]
    (default,) = json.loads(guest.run("ip", "-j", "route", "show", "default"))
    assert (default["gateway"], default["dev"]) == ("192.0.2.1", "lan0")
    shown = lab.client("c0")
    assert shown["options"] == {
        "attach": "netns",
        "netns": guest.path,
        "ifname": "lan0",
        "ip": ["192.0.2.2/24"],
        "gateway": "192.0.2.1",
        "mtu": 1400,
    }
    assert (shown["mac"], shown["mtu"], shown["attached"]) == ("52:54:00:00:00:99", 1400, True)


def test_addresses_may_be_several_and_of_both_kinds(lab: Lab) -> None:
    lab.port("h0", 0)
    guest = lab.guest("c0")
    options = f"veth,id=c0,netdev=h0,netns={guest.path},ip=192.0.2.2/24,ip=198.51.100.2/32,ip=2001:db8::2/64"
    assert lab.qmp.hmp(f"device_add {options},gateway=2001:db8::1") == ""
    assert addresses(guest) == ["192.0.2.2/24", "198.51.100.2/32", "2001:db8::2/64"]
    (default,) = json.loads(guest.run("ip", "-j", "-6", "route", "show", "default"))
    assert default["gateway"] == "2001:db8::1"


def test_any_model_may_be_put_into_a_namespace(lab: Lab) -> None:
    guest = lab.guest("c0")
    netdev = lab.port("h0", 0)
    lab.qmp.cmd("device_add", driver="e1000", id="n0", netdev=netdev, attach="netns", netns=guest.path)
    assert links(guest) == ["eth0"]
    assert lab.client("n0")["type"] == "e1000"
    with pytest.raises(QmpError, match="NIC 'n0' is its guest's already"):
        lab.qmp.cmd("nic-open", id="n0")


def test_the_next_free_name_is_taken(lab: Lab) -> None:
    guest = lab.guest("guest")
    guest.run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "other")
    for ident in ("c0", "c1", "c2"):
        lab.veth(ident, 0, guest)
    assert links(guest) == ["eth0", "eth1", "eth2", "eth3", "other"]
    assert [lab.client(ident)["options"]["ifname"] for ident in ("c0", "c1", "c2")] == [
        "eth0",
        "eth2",
        "eth3",
    ]
    lab.qmp.cmd("device_del", id="c0")
    assert links(guest) == ["eth1", "eth2", "eth3", "other"]
    lab.qmp.cmd("device_add", driver="veth", id="c0", netdev="p-c0", netns=guest.path)
    assert "eth0" in links(guest)


def test_a_namespace_by_name_path_and_pid(lab: Lab) -> None:
    lab.qmp.cmd("netdev_add", type="hubport", id="h0", hubid=0)
    guest = lab.guest("guest")
    sleeper = guest.popen("sleep", "1000")
    named = netns_path(f"netd-test-{lab.daemon.pid}")
    guest.run("ip", "netns", "attach", named.name, str(sleeper.pid))
    try:
        for way in (guest.path, named.name, str(sleeper.pid), sleeper.pid):
            lab.qmp.cmd("device_add", driver="veth", id="c0", netdev="h0", netns=way)
            assert links(guest) == ["eth0"]
            lab.qmp.cmd("device_del", id="c0")
            assert links(guest) == []
        lab.qmp.cmd("device_add", driver="veth", id="c0", netdev="h0", netns=str(sleeper.pid))
        assert lab.client("c0")["pid"] == sleeper.pid
    finally:
        subprocess.run(["ip", "netns", "del", named.name], check=True)


def test_a_name_that_is_taken_in_the_guest(lab: Lab) -> None:
    lab.port("h9", 0)
    guest = lab.veth("c0", 0)
    for name in ("eth0", "lo"):
        reason = refusal(lab, netdev="h9", netns=guest.path, ifname=name)
        assert reason.endswith(
            f"with '{name}' in network namespace '{guest.path}': the name '{name}' is taken"
        )
    assert links(guest) == ["eth0"]


def test_the_kernel_refuses_half_way(lab: Lab) -> None:
    guest = lab.veth("c0", 0, ip="192.0.2.2/24", gateway="192.0.2.1")
    lab.port("h9", 0)
    for properties, step in (
        ({"mac": "01:00:5e:00:00:01"}, "create veth 'c9' with 'eth1' .*: Cannot assign requested address"),
        ({"ip": "2001:db8::9/64", "mtu": 1000}, "give address 2001:db8::9/64 to 'eth1' .*: Invalid argument"),
        ({"ip": "192.0.2.9/24", "gateway": "192.0.2.1"}, "route by gateway .* 'eth1' .*: File exists"),
    ):
        assert re.fullmatch(step, refusal(lab, netdev="h9", netns=guest.path, **properties))
        assert links(guest) == ["eth0"]


def test_no_such_namespace(lab: Lab) -> None:
    lab.port("h9", 0)
    for where, reason in {
        "no-such-name": "No such file or directory",
        "/dev/null": "not a network namespace",
        "4194305": "No such file or directory",  # beyond the largest pid, PID_MAX_LIMIT
        "..": "not a name of a network namespace",
        "/proc/self/ns/mnt": "not a network namespace",
    }.items():
        assert refusal(lab, netdev="h9", netns=where).endswith(f"'{where}': {reason}")


def test_the_fabric_itself_is_no_guest(lab: Lab) -> None:
    lab.port("h9", 0)
    for where in (str(lab.fabric), lab.fabric.name):
        assert "fabric" in refusal(lab, netdev="h9", netns=where)


def test_deleting_takes_the_interface_and_leaves_the_guest(lab: Lab) -> None:
    guest = lab.veth("c0", 0, ip="192.0.2.2/24")
    lab.qmp.cmd("device_del", id="c0")
    assert links(guest) == []
    assert guest.run("ip", "route") == ""
    assert lab.inside().links() == ["_hub0"]
    lab.qmp.cmd("netdev_del", id="p-c0")
    assert lab.inside().links() == []
