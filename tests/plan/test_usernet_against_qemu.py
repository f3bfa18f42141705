"""A user network's options against a real QEMU: what it takes and shows, what it refuses and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netd.plan.usernet import Wanted, user_network
from tests.support.qemu import Qemu
from tests.support.qmp import QmpClient, QmpError
from tests.support.refused import refusal
from tests.support.usernet import GUESTFWDS, HOSTFWDS, OURS, REFUSED, TAKEN, TARGETS

pytestmark = pytest.mark.qemu

LIVE = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])

Options = dict[str, Any]

BASE = st.ip_addresses(v=4).map(str) | st.sampled_from(
    ["10.1", "0x0a010203", "172.16.5", "192.168.1.1", "198.18.1.1", "198.19.1.1", "300.1", "1.2.3.4.5", "x"]
)
MASK = st.one_of(
    st.just(""),
    st.integers(-1, 34).map("/{}".format),
    st.sampled_from(["/255.255.0.0", "/0xff000000", "/255.255.255.240", "/+24", "/ 8", "/24x", "//", "/"]),
)
NEAR = st.sampled_from(
    ["10.0.2.2", "10.0.2.3", "10.0.2.9", "10.0.3.9", "10.0.2.4", "8.8.8.8", "x", "10.0.521"]
)
NEAR_V6 = st.sampled_from(
    ["fec0::2", "fec0::3", "fec0::9", "fd00::1", "fec0:0:0:1::", "::1", "x", "fec0::1.2.3.4"]
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "restrict": st.booleans(),
        "ipv4": st.sampled_from([True, True, True, False]),
        "ipv6": st.sampled_from([True, True, True, False]),
        **dict.fromkeys(("host", "dns", "dhcpstart", "smbserver"), NEAR),
        **dict.fromkeys(("ipv6-prefix", "ipv6-host", "ipv6-dns"), NEAR_V6),
        "ipv6-prefixlen": st.sampled_from([0, 1, 48, 64, 126, 127, -1]),
        "domainname": st.sampled_from(["d", "", "d" * 255, "d" * 256]),
        "hostname": st.sampled_from(["h", "", "h" * 256]),
    },
)


@pytest.fixture(scope="module")
def qemu() -> Iterator[QmpClient]:
    with Qemu() as process, process.qmp() as client:
        yield client


def theirs(qemu: QmpClient, options: Options) -> str:
    """What QEMU shows of such a network, or why it will not have it."""
    given = {
        name: [{"str": text} for text in value] if isinstance(value, list) else value
        for name, value in options.items()
    }
    try:
        qemu.cmd("netdev_add", {"type": "user", "id": "u", **given})
    except QmpError as error:
        return error.desc
    shown = qemu.hmp("info network")
    qemu.cmd("netdev_del", id="u")
    return shown.removeprefix("u: index=0,type=user,").rstrip()


def ours(options: Options) -> str:
    """The same, of ours."""
    given = {
        name.replace("-", "_"): tuple(value) if isinstance(value, list) else value
        for name, value in options.items()
    }
    wanted = Wanted(**given)
    return refusal(user_network, wanted) or user_network(wanted).info


@pytest.mark.parametrize(("options", "text"), [pair for pair in REFUSED if "smb" not in pair[0]])
def test_what_is_refused(qemu: QmpClient, options: Options, text: str) -> None:
    assert theirs(qemu, options) == text


@pytest.mark.parametrize(("options", "net"), [pair for pair in TAKEN if "smb" not in pair[0]])
def test_what_is_taken(qemu: QmpClient, options: Options, net: str) -> None:
    assert theirs(qemu, options) == f"net={net},restrict=off"


@pytest.mark.parametrize("options", [options for options, _ in OURS if "smb" not in options])
def test_what_only_we_refuse_qemu_takes(qemu: QmpClient, options: Options) -> None:
    assert theirs(qemu, options).startswith("net=")


@given(BASE, MASK)
@LIVE
def test_networks(qemu: QmpClient, base: str, mask: str) -> None:
    options = {"net": base + mask}
    said = ours(options)
    if "is no network of hosts" not in said:
        assert said == theirs(qemu, options)


@given(OPTIONS)
@LIVE
def test_options_together(qemu: QmpClient, options: Options) -> None:
    said = ours(options)
    if "is no network of hosts" not in said:
        assert said == theirs(qemu, options)


@pytest.mark.parametrize(("rule", "reason"), HOSTFWDS)
def test_why_a_hostfwd_is_refused(qemu: QmpClient, rule: str, reason: str) -> None:
    assert theirs(qemu, {"hostfwd": [rule]}) == f"Invalid host forwarding rule '{rule}' ({reason})"


@pytest.mark.parametrize("rule", GUESTFWDS)
def test_what_is_no_guestfwd(qemu: QmpClient, rule: str) -> None:
    assert theirs(qemu, {"guestfwd": [rule]}) == f"Invalid guest forwarding rule '{rule}'"


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_no_target(qemu: QmpClient, target: str) -> None:
    options = {"guestfwd": [f"tcp::80-{target}"]}
    text = theirs(qemu, options)
    assert text == "Could not open guest forwarding device 'guestfwd.tcp.80'"
    assert ours(options).startswith(f"{text}: ")
