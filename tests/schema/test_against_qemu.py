"""What is refused, in which words and in which order: by QEMU and by us.

A netdev is never made: its id is no identifier, which QEMU sees when all the rest is right; or
a member that nobody knows comes last, which it sees even later.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netd.schema.listing import cases, members
from netd.schema.validate import from_keyval, validate
from netd.wire import keyval
from tests.support.netdev_add import INET, REFUSED
from tests.support.qemu_types import NETDEVS, OBJECTS
from tests.support.qmp import QmpClient
from tests.support.refused import refusal

pytestmark = pytest.mark.qemu

LIVE = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
PLAIN_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.sampled_from([-(2**63), -(2**31) - 1, -1, 0, 65535, 65536, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1]),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    PLAIN_TEXT,
)
ADDRESS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["inet", "unix", "vsock", "fd", "zz"]) | SCALAR,
        "host": st.just("h"),
        "port": st.just("1") | SCALAR,
        "to": SCALAR,
        "path": SCALAR,
        "str": st.just("x") | SCALAR,
        "bogus": SCALAR,
    },
)
VALUE = st.one_of(SCALAR, ADDRESS, st.lists(st.fixed_dictionaries({"str": PLAIN_TEXT}) | SCALAR, max_size=2))


@st.composite
def netdev(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of netdev_add that are likely to be nearly right, with at most one unknown member."""
    kind = draw(st.sampled_from(list(cases(NETDEVS))))
    own = [member.name for member in members(NETDEVS, kind)[2:]]
    names = draw(st.lists(st.sampled_from([*own, "bogus"]), unique=True, max_size=4))
    if kind == "l2tpv3" and draw(st.booleans()):
        names += {"src", "dst", "txsession"}.difference(names)
    required = {"src": "a", "dst": "b", "txsession": 1, "hubid": 1, "addr": INET}
    value = {name: draw(VALUE | st.just(required.get(name, "x"))) for name in names}
    return {**value, "type": kind, "id": "1a"}


@LIVE
@example({"type": "user", "id": "1a"})
@given(netdev())
def test_netdev_add(qemu: QmpClient, value: dict[str, Any]) -> None:
    ours, qemus = refusal(validate, NETDEVS, value), qemu.call("netdev_add", value)["error"]["desc"]
    if str(ours).endswith("is unexpected"):  # of several, QEMU names the first in the order of a hash
        assert qemus.endswith("is unexpected")
    else:
        assert ours == qemus


@pytest.mark.parametrize(("given", "text"), REFUSED)
def test_refusals_of_netdev_add(qemu: QmpClient, given: dict[str, Any], text: str) -> None:
    assert qemu.call("netdev_add", given)["error"]["desc"] == text


def read_options(text: str) -> Any:
    return from_keyval(NETDEVS, keyval.parse(text, implied="type"))


SMALL = st.text("01234567890abxXkKmMeE.-+:_", max_size=6)
WORDS = st.sampled_from(
    ["on", "off", "yes", "no", "true", "false", "y", "n", "4k", "1.5M", "0x10", "010", "-1", "9" * 20]
)


@st.composite
def flat_options(draw: st.DrawFn) -> str:
    """Options of the older syntax, which end in an unknown one: QEMU sees that when all else is right."""
    kind = draw(st.sampled_from([kind for kind in cases(NETDEVS) if kind not in ("stream", "dgram")]))
    own = [member.name for member in members(NETDEVS, kind)[2:]]
    required = [member.name for member in members(NETDEVS, kind)[2:] if member.required]
    names = [*required, *(draw(st.lists(st.sampled_from(own), max_size=4)) if own else [])]
    items = [draw(st.sampled_from([f"{name}={draw(SMALL | WORDS)}", name, f"no{name}"])) for name in names]
    return ",".join([kind, "id=a", *items, "bogus=1"])


@LIVE
@given(flat_options())
def test_netdev_add_of_the_human_monitor(qemu: QmpClient, text: str) -> None:
    said = qemu.hmp(f"netdev_add {text}").splitlines()
    assert said[-1] == f"Error: {refusal(read_options, text)}"


@st.composite
def dotted_options(draw: st.DrawFn) -> str:
    """Options of the newer syntax, which end in an unknown one."""
    names = [
        *("size", "prealloc", "prealloc-threads", "policy", "host-nodes.0", "host-nodes.1", "host-nodes"),
        *("share", "dump", "dump.x", "size.0"),
    ]
    chosen = draw(st.lists(st.sampled_from(names), max_size=4))
    items = [f"{name}={draw(SMALL | WORDS)}" for name in chosen]
    return ",".join(["memory-backend-ram", "id=m", *items, "bogus=1"])


def read_object(text: str) -> Any:
    return from_keyval(OBJECTS, keyval.parse(text, implied="qom-type"), dotted=True)


@LIVE
@given(dotted_options())
def test_object_add_of_the_human_monitor(qemu: QmpClient, text: str) -> None:
    ours = refusal(read_object, text)
    said = qemu.hmp(f"object_add {text}").splitlines()[-1]
    if "host-nodes=" in text and said.endswith("'host-nodes', expected: array"):
        return  # a list of one, or of several by repetition, is taken here in either syntax
    assert said == f"Error: {ours}"
