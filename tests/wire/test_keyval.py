from __future__ import annotations

import re
import subprocess
import sys
import timeit
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netd.schema.repeated import Repeated
from netd.wire import keyval
from netd.wire.keyval import HELP, HelpWanted, looks_like_json, parse
from tests.support.process import tool
from tests.support.qemu import Qemu
from tests.support.qmp import QmpClient
from tests.support.refused import refusal


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        ("user", {"type": "user"}),
        ("user,", {"type": "user"}),
        ("user,,", {"type": "user,"}),
        ("user,id=n0", {"type": "user", "id": "n0"}),
        ("id=n0,type=user", {"id": "n0", "type": "user"}),
        (",id=n0", {"type": "", "id": "n0"}),
        ("user,id=", {"type": "user", "id": ""}),
        ("a=b=c", {"a": "b=c"}),
        ("a=b,,c,,,d=,,", {"a": "b,c,", "d": ","}),
        ("a=b,,", {"a": "b,"}),
        ("user,restrict,hostfwd=x", {"type": "user", "restrict": "on", "hostfwd": "x"}),
        ("user,norestrict", {"type": "user", "restrict": "off"}),
        ("id=n0,user", {"id": "n0", "user": "on"}),
        ("nouser", {"type": "nouser"}),
        ("a=1,a=2,a=3", {"a": Repeated(["1", "2", "3"])}),
        ("addr.type=inet,addr.host=::1", {"addr": {"type": "inet", "host": "::1"}}),
        ("a.b.c=1,a.b.d=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("a.1=y,a.0=x", {"a": ["x", "y"]}),
        ("a.00=x", {"a": ["x"]}),
        ("a.0.b=x,a.1.b=y", {"a": [{"b": "x"}, {"b": "y"}]}),
        ("a.b=1,a.b=2", {"a": {"b": Repeated(["1", "2"])}}),
        ("__org.example-1_a.b=1", {"__org.example-1_a": {"b": "1"}}),
        ("user,help=1", {"type": "user", "help": "1"}),
        (
            "e1000,x-pcie-lnksta-dllla=on,vnet_hdr=off",
            {"type": "e1000", "x-pcie-lnksta-dllla": "on", "vnet_hdr": "off"},
        ),
    ],
)
def test_texts_are_taken_apart(text: str, options: dict[str, Any]) -> None:
    parsed = parse(text, implied="type")
    assert parsed == options
    assert list(parsed) == list(options)


def test_only_a_repeated_key_is_repeated() -> None:
    parsed = parse("a=1,a=2,b.0=1,b.1=2")
    assert isinstance(parsed["a"], Repeated)
    assert not isinstance(parsed["b"], Repeated)


def test_without_an_implied_key_the_first_item_is_like_the_others() -> None:
    assert parse("restrict,norestrict") == {"restrict": ["on", "off"]}


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("help", {}),
        ("?", {}),
        ("type=help", {}),
        ("help,id=x", {}),
        ("e1000,help", {"type": "e1000"}),
        ("e1000,id=x,?,bogus", {"type": "e1000", "id": "x"}),
    ],
)
def test_help_may_be_asked_for_anywhere(text: str, given: dict[str, Any]) -> None:
    with pytest.raises(HelpWanted) as wanted:
        parse(text, implied="type")
    assert wanted.value.given == given


REFUSED = [
    ("=3", "Invalid parameter ''"),
    ("0a=1", "Invalid parameter '0a'"),
    ("a b=1", "Invalid parameter 'a b'"),
    (".a=1", "Invalid parameter '.a'"),
    ("a.=1", "Invalid parameter 'a.'"),
    ("a..b=1", "Invalid parameter 'a..b'"),
    ("a.-1=1", "Invalid parameter 'a.-1'"),
    ("a.0x=1", "Invalid parameter 'a.0x'"),
    ("a.é=1", "Invalid parameter 'a.é'"),
    ("_a=1", "Invalid parameter '_a'"),
    ("a=1,a.b=2", "Parameters 'a.*' used inconsistently"),
    ("a.b=2,a=1", "Parameters 'a.*' used inconsistently"),
    ("a.b=2,a.b.c=1", "Parameters 'a.b.*' used inconsistently"),
    ("a.0=2,a.b=1", "Parameters 'a.*' used inconsistently"),
    ("a.b.0=2,a.b.c=1", "Parameters 'a.b.*' used inconsistently"),
    ("a.1=x", "Parameter 'a.0' missing"),
    ("a.0=x,a.2=x", "Parameter 'a.1' missing"),
    ("a.999999999=x", "Parameter 'a.0' missing"),
    ("a.b.1=x", "Parameter 'a.b.0' missing"),
    ("a" * 128 + "=1", f"Parameter '{'a' * 128}' is too long"),
    ("a." + "b" * 128 + "=1", f"Parameter fragment '{'b' * 128}' is too long"),
]


@pytest.mark.parametrize(("text", "desc"), REFUSED)
def test_refusals_are_qemus(text: str, desc: str) -> None:
    assert refusal(parse, f"id=a,{text}") == desc


def test_a_key_is_not_endlessly_deep() -> None:
    deepest = ".".join(["a"] * keyval.MAX_DEPTH)
    assert refusal(parse, f"{deepest}=1") is None
    assert refusal(parse, f"{deepest}.a=1") == f"Parameter '{deepest}.*' is too deep"
    assert refusal(parse, ".".join(["a"] * 100_000) + "=1") == f"Parameter '{deepest}.*' is too deep"


@pytest.mark.parametrize("piece", ["x", ",", "a,,", "a=1,", "a=,", "a.", "no,"])
def test_long_texts_take_no_more_than_their_time(piece: str) -> None:
    started = timeit.default_timer()
    for text in (piece * (2**19 // len(piece)), "x=" + piece * (2**19 // len(piece))):
        refusal(parse, text, implied="type")
    assert timeit.default_timer() - started < 3


def test_what_looks_like_json() -> None:
    assert looks_like_json('{"type": "user"}')
    assert not looks_like_json("user,id=n0")
    assert not looks_like_json(' {"type": "user"}')  # QEMU looks at the first character only


# -- formatting -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, ""),
        ({"id": "n0", "type": "user"}, "user,id=n0"),
        ({"type": "a,b", "x": "c,d"}, "a,,b,x=c,,d"),
        ({"type": "a=b"}, "type=a=b"),
        ({"type": "", "id": "x"}, "type=,id=x"),
        (
            {"restrict": True, "ipv6": False, "hubid": 3, "ratio": 0.5},
            "restrict=on,ipv6=off,hubid=3,ratio=0.5",
        ),
        ({"hostfwd": [{"str": "a,b"}, {"str": "c"}]}, "hostfwd=a,,b,hostfwd=c"),
        ({"x": Repeated(["1", "2"])}, "x=1,x=2"),
        ({"x": ["1", 2], "y": ({"z": "3"},)}, "x.0=1,x.1=2,y.0.z=3"),
        ({"addr": {"type": "inet", "host": "::1"}}, "addr.type=inet,addr.host=::1"),
        ({"x": [], "y": {}}, ""),
    ],
)
def test_options_are_written(options: dict[str, Any], text: str) -> None:
    assert keyval.format(options, implied="type") == text


@pytest.mark.parametrize(
    "options", [{"a b": "1"}, {"": "1"}, {"0": "1"}, {"a": {"b.c": "1"}}, {"a": None}, {"a": [None]}]
)
def test_what_has_no_text_is_a_value_error(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"cannot be a key|has no text"):
        keyval.format(options)


NAMES = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_-]{0,6}\Z").filter(lambda name: name != "str")
TEXTS = st.text(max_size=6) | st.text(",=x", max_size=6)
LEAVES = TEXTS | st.lists(TEXTS, min_size=2, max_size=3).map(Repeated)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.dictionaries(NAMES, inner, min_size=1, max_size=3) | st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(NAMES, TREES, max_size=4), TEXTS)
def test_what_is_written_reads_back(options: dict[str, Any], kind: str) -> None:
    assert parse(keyval.format(options)) == options
    if kind not in HELP:
        implied = {**options, "type": kind}
        assert parse(keyval.format(implied, implied="type"), implied="type") == implied


@given(st.text("ab0.,=?no ", max_size=20) | st.text(max_size=20))
def test_any_text_is_taken_apart_or_refused_and_then_written(text: str) -> None:
    try:
        if refusal(parse, text, implied="type"):
            return
    except HelpWanted:
        return
    options = parse(text, implied="type")
    assert parse(keyval.format(options, implied="type"), implied="type") == options


# -- cost -----------------------------------------------------------------------------------


def test_it_imports_next_to_nothing() -> None:
    code = "import sys, netd.wire.keyval; print(*{'msgspec', 'trio', 'json'}.intersection(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert loaded.split() == []


# -- a real QEMU ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def qemu() -> Iterator[QmpClient]:
    with Qemu() as process, process.qmp() as client:
        yield client


def object_add(qemu: QmpClient, text: str) -> str | None:
    """What QEMU's newer parser says of a text; ``None`` if it only misses what comes after parsing."""
    said = qemu.hmp(f"object_add filter-dump,id=a,{text}").removeprefix("Error: ").strip()
    return None if said == "Parameter 'netdev' is missing" else said


@pytest.mark.qemu
@pytest.mark.parametrize(("text", "desc"), [(text, desc) for text, desc in REFUSED if " " not in text])
def test_live_refusals(qemu: QmpClient, text: str, desc: str) -> None:
    assert object_add(qemu, text) == desc


KEYED = st.from_regex(r"\A[ab01]?(\.?[ab01]){0,3}=[a0,]{0,3}\Z").filter(
    lambda item: not re.search(r"\.0\d", item)
)
"""Without leading zeros: where ``x.00`` and ``x.0`` both are, QEMU forgets one."""


@pytest.mark.qemu
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(KEYED, min_size=1, max_size=3))
def test_live_keys(qemu: QmpClient, items: list[str]) -> None:
    text = ",".join(items)
    ours, qemus = refusal(parse, f"id=a,{text}"), object_add(qemu, text)
    if "," in text and qemus and qemus.startswith("Expected '='"):
        return  # a flag, which the newer parser has not
    if len(items) == 1:
        assert ours == qemus
    else:  # of two mistakes QEMU names the first in the order of a hash
        assert _what(ours) == _what(qemus)


def _what(text: str | None) -> str | None:
    return text and re.sub("'.*'", "…", text)


@pytest.mark.qemu
@pytest.mark.parametrize(
    ("text", "desc"),
    [
        ("stream,id=n0,addr=x,addr.type=unix", "Parameters 'addr.*' used inconsistently"),
        ("stream,id=n0,addr.1=unix", "Parameter 'addr.0' missing"),
        ("stream,id=n0,addr.=unix", "Invalid parameter 'addr.'"),
        ("stream,id=n0,=unix", "Invalid parameter ''"),
        ("user,id=n0,=3", "Invalid parameter ''"),
        ("user,id=n0, restrict=on", "Invalid parameter ' restrict'"),
        ("user,id=n0,restrict =on", "Invalid parameter 'restrict '"),
    ],
)
def test_live_refusals_of_the_command_line(text: str, desc: str) -> None:
    assert refusal(parse, text, implied="type") == desc
    command = [tool("qemu-system-x86_64", "qemu-system-x86"), "-M", "none", "-nodefaults", "-display", "none"]
    ended = subprocess.run(
        [*command, "-netdev", text], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr == f"qemu-system-x86_64: -netdev {text}: {desc}\n"
