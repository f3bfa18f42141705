"""Host forwarding rules against a real QEMU, through its human monitor.

Rules that QEMU takes bind a port of the kernel's choice on the loopback address.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netd.wire import hostfwd
from tests.support.qemu import Qemu
from tests.support.qmp import QmpClient
from tests.support.refused import refusal
from tests.support.usernet import HOSTFWDS

pytestmark = pytest.mark.qemu

LIVE = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])

PROTOCOL = st.sampled_from(["tcp", "udp", "", "tcp", "sctp", "TCP"])
HOST = st.sampled_from(
    ["127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "999.1", "1.2.3.4.5", "x", "127.0.0.1."]
)
HOST_PORT = st.sampled_from(["0", "", "0x0", "00", "+0", "-0", "65536", "x", "08", "0x", "-1", "0."])
GUEST = st.sampled_from(["", "10.0.2.15", "0.0.0.0", "1.2.3.4", "x", "1.2", "10.0.2.256"])
GUEST_PORT = st.sampled_from(["22", "0x16", "026", "+22", "0", "", "65535", "65536", "-1", "22x", "08"])
COLON = st.sampled_from([":"] * 6 + ["", "-", "::"])
DASH = st.sampled_from(["-"] * 6 + ["", ":", "--"])
RULE = st.tuples(PROTOCOL, COLON, HOST, COLON, HOST_PORT, DASH, GUEST, COLON, GUEST_PORT).map("".join)
NUMBER = st.sampled_from(["1", "+1", "-1", "01", "0x1", "99999", "2147483647", "2147483648", "x", "", "1x"])
NAME = st.tuples(PROTOCOL, COLON, HOST | st.just(""), COLON, NUMBER).map("".join)


@pytest.fixture(scope="module")
def qemu() -> Iterator[QmpClient]:
    with Qemu() as process, process.qmp() as client:
        client.cmd("netdev_add", type="user", id="u")
        yield client


@pytest.mark.parametrize(("rule", "reason"), [pair for pair in HOSTFWDS if pair[0]])
def test_why_a_rule_is_refused(qemu: QmpClient, rule: str, reason: str) -> None:
    expected = f"Invalid host forwarding rule '{rule}' ({reason})\r\n"
    assert qemu.hmp(f'hostfwd_add u "{rule}"') == expected


@given(RULE)
@LIVE
def test_nearly_rules(qemu: QmpClient, rule: str) -> None:
    ours = refusal(hostfwd.parse, rule)
    assert qemu.hmp(f'hostfwd_add u "{rule}"') == ("" if ours is None else f"{ours}\r\n")


@given(NAME)
@example("tcp::5405-:22")
@example("tcp: :1")
@example("tcp:: 1")
@example("tcp::1 ")
@LIVE
def test_nearly_names(qemu: QmpClient, text: str) -> None:
    ours = refusal(hostfwd.parse_host, text) or f"host forwarding rule for {text} not found"
    assert qemu.hmp(f'hostfwd_remove u "{text}"') == f"{ours}\r\n"
