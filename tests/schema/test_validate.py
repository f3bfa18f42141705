from __future__ import annotations

import timeit
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from netd.schema.base import Arguments
from netd.schema.repeated import Repeated
from netd.schema.scalars import AnyValue, Identifier, Int32, Number, StrOrList, StrOrNull, UInt32
from netd.schema.validate import from_keyval, validate
from netd.wire import keyval
from tests.support import qemu_types as qapi
from tests.support.netdev_add import INET, L2TPV3, REFUSED, STREAM, USER
from tests.support.qemu_commands import Capabilities, SetLink
from tests.support.qemu_types import NETDEVS, OBJECTS
from tests.support.refused import refusal

# -- JSON -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "text"), REFUSED)
def test_refusals_are_qemus(given: dict[str, Any], text: str) -> None:
    assert refusal(validate, NETDEVS, given) == text


def test_what_is_right_becomes_a_struct() -> None:
    forwards = [{"str": "tcp::1-:1"}, {"str": "udp::2-:2"}]
    user = validate(NETDEVS, {**USER, "hostfwd": forwards, "ipv6-prefixlen": 64})
    assert user == qapi.User(
        id="a", hostfwd=(qapi.String(str="tcp::1-:1"), qapi.String(str="udp::2-:2")), ipv6_prefixlen=64
    )
    stream = validate(NETDEVS, {**STREAM, "addr": {**INET, "keep-alive": True}})
    assert stream.addr == qapi.InetAddress(host="h", port="1", keep_alive=True)


def test_negative_numbers_for_unsigned_ones_count_down_from_the_top() -> None:
    assert validate(NETDEVS, {**L2TPV3, "txsession": 1, "txcookie": -1}).txcookie == 2**64 - 1
    assert validate(NETDEVS, {"type": "tap", "id": "a", "sndbuf": -1}).sndbuf == 2**64 - 1


def test_a_union_may_be_given_either_way() -> None:
    given = {"id": "a", "type": "hubport", "hubid": 1}
    assert (
        validate(qapi.Hubport | qapi.Tap, given) == validate(NETDEVS, given) == validate(qapi.Hubport, given)
    )


def test_the_tag_comes_first_where_its_structs_say_so() -> None:
    assert refusal(validate, OBJECTS, {}) == "Parameter 'qom-type' is missing"
    assert refusal(validate, OBJECTS, {"qom-type": "filter-dump"}) == "Parameter 'id' is missing"


def test_an_enum_in_a_list_has_no_name() -> None:
    assert refusal(validate, Capabilities, {"enable": ["zz"]}) == (
        "Parameter 'null' does not accept value 'zz'"
    )
    assert refusal(validate, Capabilities, {"enable": [1]}) == (
        "Invalid parameter type for 'enable[0]', expected: string"
    )


class Everything(Arguments, frozen=True):
    anything: AnyValue = None
    number: Number = 0.5
    enum: Literal["a", "b"] = "a"
    alternate: StrOrNull | UnsetType = UNSET
    either: StrOrList = ""
    narrow: list[Int32] = []  # noqa: RUF012  # msgspec copies it


def test_the_other_types() -> None:
    value = {"anything": {"x": [None]}, "number": 1, "alternate": None, "either": ["x"], "narrow": [1]}
    read = validate(Everything, value)
    assert read == Everything(anything={"x": [None]}, number=1.0, alternate=None, either=["x"], narrow=[1])
    assert isinstance(read.number, float)
    assert validate(Everything, {"anything": None}).alternate is UNSET
    assert validate(list[int], [1, 2]) == [1, 2]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"number": "1"}, "Invalid parameter type for 'number', expected: number"),
        ({"number": True}, "Invalid parameter type for 'number', expected: number"),
        ({"alternate": 1}, "Invalid parameter type for 'alternate', expected: StrOrNull"),
        ({"either": None}, "Invalid parameter type for 'either', expected: StrOrList"),
        ({"either": [1]}, "Invalid parameter type for 'either[0]', expected: string"),
        ({"narrow": [2**31]}, "Parameter 'null' expects int32_t"),
        ({"enum": "c"}, "Parameter 'enum' does not accept value 'c'"),
    ],
)
def test_refusals_of_the_other_types(given: dict[str, Any], text: str) -> None:
    assert refusal(validate, Everything, given) == text


class LongText:
    """What the QMP parser makes of a string of many megabytes."""

    is_long_string = True


@pytest.mark.parametrize(
    ("shape", "given", "name"),
    [
        (NETDEVS, {"id": LongText(), "type": "user"}, "id"),
        (NETDEVS, {"id": "a", "type": LongText()}, "type"),
        (NETDEVS, {**USER, "hostfwd": [{"str": LongText()}]}, "hostfwd[0].str"),
        (Everything, {"alternate": LongText()}, "alternate"),
        (Everything, {"enum": LongText()}, "enum"),
    ],
)
def test_an_endless_string_is_too_long_for_a_string(shape: Any, given: dict[str, Any], name: str) -> None:
    assert refusal(validate, shape, given) == f"Parameter '{name}' is too long"


def test_an_endless_string_is_no_number_but_anything() -> None:
    assert refusal(validate, Everything, {"number": LongText()}) == (
        "Invalid parameter type for 'number', expected: number"
    )
    text = LongText()
    assert validate(Everything, {"anything": text}).anything is text


# -- texts for values, as device_add has it --------------------------------------------------


class Nic(Arguments, frozen=True, kw_only=True):
    driver: str
    id: Identifier | None = None
    mac: str | None = None
    bootindex: Int32 | None = None
    rombar: UInt32 | None = None
    autonegotiation: bool | None = None


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"mac": 1}, {"mac": "1"}),
        ({"mac": True}, {"mac": "on"}),
        ({"mac": 0.1}, {"mac": "0.10000000000000001"}),
        ({"bootindex": "3", "rombar": "0x1"}, {"bootindex": 3, "rombar": 1}),
        ({"autonegotiation": "off"}, {"autonegotiation": False}),
        ({"bootindex": None, "id": None}, {}),
    ],
)
def test_loosely_scalars_are_as_good_as_their_texts(given: dict[str, Any], read: dict[str, Any]) -> None:
    assert validate(Nic, {"driver": "e1000", **given}, loose=True) == Nic(driver="e1000", **read)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"driver": "e1000", "bootindex": True}, "Parameter 'bootindex' expects integer"),
        ({"driver": "e1000", "bootindex": 1.5}, "Parameter 'bootindex' expects integer"),
        ({"driver": "e1000", "autonegotiation": 1}, "Parameter 'autonegotiation' expects 'on' or 'off'"),
        ({"driver": "e1000", "rombar": -1}, "Parameter 'rombar' expects uint32_t"),
        ({"driver": "e1000", "bogus": 1}, "Parameter 'bogus' is unexpected"),
        ({"driver": None, "id": "1a"}, "Parameter 'id' expects an identifier"),
        ({"driver": None}, "Parameter 'driver' is missing"),
        ({"driver": "e1000", "mac": LongText()}, "Parameter 'mac' is too long"),
        ({"driver": "e1000", "mac": {"a": 1}}, "Parameters 'mac.*' are unexpected"),
    ],
)
def test_loose_refusals_are_those_of_texts(given: dict[str, Any], text: str) -> None:
    assert refusal(validate, Nic, given, loose=True) == text


def test_loosely_read_lists_may_have_numbers() -> None:
    assert validate(Everything, {"narrow": [1, "2"], "either": [3]}, loose=True) == Everything(
        narrow=[1, 2], either=["3"]
    )


def test_depth_is_no_matter() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    for loose in (False, True):
        assert (
            refusal(validate, Nic, {"driver": "e1000", "x": deep}, loose=loose)
            == "Parameter 'x' is unexpected"
        )
        assert validate(Everything, {"anything": deep}, loose=loose).anything[0] is not None


# -- option text ----------------------------------------------------------------------------


def read_options(text: str, shape: Any = NETDEVS, implied: str = "type") -> Any:
    return from_keyval(shape, keyval.parse(text, implied=implied))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("hubport,id=a,hubid=0x10", qapi.Hubport(id="a", hubid=16)),
        ("hubport,id=a,hubid=-3,hubid=010", qapi.Hubport(id="a", hubid=8)),
        ("user,id=a,restrict", qapi.User(id="a", restrict=True)),
        ("user,id=a,norestrict", qapi.User(id="a", restrict=False)),
        ("user,id=a,restrict=y,ipv4=n", qapi.User(id="a", restrict=True, ipv4=False)),
        ("user,id=a,hostname=b,hostname=c,,d", qapi.User(id="a", hostname="c,d")),
        ("tap,id=a,sndbuf=1.5M", qapi.Tap(id="a", sndbuf=1536 << 10)),
        ("user,id=a,hostfwd=x", qapi.User(id="a", hostfwd=(qapi.String(str="x"),))),
        (
            "user,id=a,hostfwd=x,hostfwd=y",
            qapi.User(id="a", hostfwd=(qapi.String(str="x"), qapi.String(str="y"))),
        ),
        ("user,id=a,hostfwd.0.str=x", qapi.User(id="a", hostfwd=(qapi.String(str="x"),))),
        (
            "stream,id=a,addr.type=inet,addr.host=::1,addr.port=1,addr.to=2,server=on",
            qapi.Stream(id="a", addr=qapi.InetAddress(host="::1", port="1", to=2), server=True),
        ),
    ],
)
def test_texts_become_what_the_schema_asks_for(text: str, value: object) -> None:
    assert read_options(text) == value


@pytest.mark.parametrize(
    ("text", "desc"),
    [
        # the older syntax
        ("user,id=n0,bogus=1", "Invalid parameter 'bogus'"),
        ("user,id=n0,nobogus", "Invalid parameter 'bogus'"),
        ("user,id=n0,a.b=1", "Invalid parameter 'a.b'"),
        ("user,id=n0,hostname.0.x=1", "Invalid parameter 'hostname.0.x'"),
        ("user", "Parameter 'id' is missing"),
        ("id=n0", "Parameter 'type' is missing"),
        ("zz,id=n0", "Parameter 'type' does not accept value 'zz'"),
        ("zz,id=1a,bogus=1", "Parameter 'id' expects an identifier"),
        ("user,id=n0,restrict=maybe", "Parameter 'restrict' expects 'on' or 'off'"),
        ("user,id=n0,restrict=ON", "Parameter 'restrict' expects 'on' or 'off'"),
        ("user,id=n0,restrict=", "Parameter 'restrict' expects 'on' or 'off'"),
        ("user,id=n0,restrict=off,restrict=maybe", "Parameter 'restrict' expects 'on' or 'off'"),
        ("user,id=n0,ipv6-prefixlen=x", "Parameter 'ipv6-prefixlen' expects an int64 value"),
        ("hubport,id=n0,hubid=1k", "Parameter 'hubid' expects an int64 value"),
        ("hubport,id=n0,hubid=2147483648", "Parameter 'hubid' expects int32_t"),
        ("l2tpv3,id=n0,src=a,dst=b,txsession=-1", "Parameter 'txsession' expects a uint64 value"),
        ("l2tpv3,id=n0,src=a,dst=b,txsession=4294967296", "Parameter 'txsession' expects uint32_t"),
        ("tap,id=n0,sndbuf=1kk", "Parameter 'sndbuf' expects a size value"),
        # the newer one, where only that will do
        ("stream,id=n0,addr=x", "Invalid parameter type for 'addr', expected: object"),
        ("stream,id=n0,addr.type=inet", "Parameter 'addr.host' is missing"),
        ("stream,id=n0,addr.type=fd,addr.str=h,bogus=1", "Parameter 'bogus' is unexpected"),
        ("stream,id=n0,addr.type=fd,addr.str=h,addr.bogus=1", "Parameter 'addr.bogus' is unexpected"),
        ("stream,id=n0,addr.type.x=unix", "Parameters 'addr.type.*' are unexpected"),
        ("stream,id.0=n0", "Parameters 'id.*' are unexpected"),
        ("stream,id=n0,addr.0=unix", "Invalid parameter type for 'addr', expected: object"),
        (
            "stream,id=n0,addr.type=inet,addr.host=h,addr.port=1,addr.to=x",
            "Parameter 'addr.to' expects integer",
        ),
        ("stream,id=n0,addr.type=inet,addr.host=h,addr.port=1,addr.to=-1", "Parameter 'to' expects uint16_t"),
        ("stream,id=n0,addr.type=unix,addr.path=x,server=no?", "Parameter 'server' expects 'on' or 'off'"),
    ],
)
def test_refusals_of_texts_are_qemus(text: str, desc: str) -> None:
    assert refusal(read_options, text) == desc


def test_which_words_are_used_may_be_said() -> None:
    assert refusal(from_keyval, SetLink, {"name": "a", "up": "on", "x": "1"}) == "Invalid parameter 'x'"
    assert refusal(from_keyval, SetLink, {"name": "a", "up": "on", "x": "1"}, dotted=True) == (
        "Parameter 'x' is unexpected"
    )


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"alternate": ""}, {"alternate": ""}),
        ({"either": "x"}, {"either": "x"}),
        ({"either": Repeated(["x", "y"])}, {"either": ["x", "y"]}),
        ({"narrow": Repeated(["1", "2"]), "number": "2.5e3"}, {"narrow": [1, 2], "number": 2500.0}),
    ],
)
def test_texts_of_the_other_types(given: dict[str, Any], read: dict[str, Any]) -> None:
    assert from_keyval(Everything, given) == Everything(**read)


NUMERIC = ["txsession", "rxsession", "offset", "txcookie"]


@given(st.dictionaries(st.sampled_from(NUMERIC), st.integers(0, 2**32 - 1)), st.booleans())
def test_texts_read_as_the_values_they_were_formatted_from(numbers: dict[str, int], udp: bool) -> None:
    value = {**L2TPV3, "txsession": 1, **numbers, "udp": udp}
    assert read_options(keyval.format(value, implied="type")) == validate(NETDEVS, value)


# -- any value ------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats(allow_nan=False, width=32)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["type", "id", "hubid", "addr", "hostfwd", "x"]), JSON), st.booleans())
def test_whatever_comes_is_read_or_refused(value: dict[str, Any], loose: bool) -> None:
    for kind in (None, "user", "stream", "hubport"):
        text = refusal(validate, NETDEVS, {**value, "type": kind} if kind else value, loose=loose)
        assert text is None or "arameter" in text


def test_a_small_command_costs_microseconds() -> None:
    def average(read: Any) -> float:
        return min(timeit.repeat(read, number=1000, repeat=5)) / 1000

    assert average(lambda: validate(SetLink, {"name": "a", "up": True})) < 10e-6
    assert average(lambda: validate(NETDEVS, {"type": "hubport", "id": "a", "hubid": 1})) < 20e-6
