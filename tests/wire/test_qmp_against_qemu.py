"""The parser and the encoder against a real QEMU, byte for byte: QEMU has the last word."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netd.wire.qmp import Message, ParseError, encode
from tests.support.qemu import Qemu
from tests.support.qmp import QmpClient
from tests.wire.exchanges import ECHOES, FAULTS
from tests.wire.reading import NASTY, read

pytestmark = pytest.mark.qemu

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def qemu() -> Iterator[QmpClient]:
    with Qemu() as server, server.qmp(timeout=30) as client:
        yield client


def compare(qemu: QmpClient, data: bytes) -> None:
    """Say the same to both; FF ends whatever was begun, and a command that is unknown all."""
    mark = f"mark-{next(NUMBERS)}"
    data += b'\xff\n{"execute":"nosuch","id":"%b"}\n' % mark.encode()
    qemu.send_bytes(data)
    lines = list(iter(qemu.line, no_such_command({"id": mark})))
    said = read(data)[:-1]
    assert len(lines) == len(said), (lines, said)
    for line, step in zip(lines, said, strict=True):
        check(line, step)


def check(line: bytes, step: Message | ParseError) -> None:
    """Whether QEMU's line answers what our parser made of it."""
    if isinstance(step, ParseError):
        assert line == generic_error(step.desc)
    elif not isinstance(step.value, dict):
        assert line == generic_error("QMP input must be a JSON object")
    else:
        ident = {"id": in_qemu_order(step.value["id"])} if "id" in step.value else {}
        if {**ident, **step.value, **ident} == {"execute": "nosuch", **ident}:
            assert line == no_such_command(ident)
        else:
            assert b'"desc": "QMP input ' in line or b"CommandNotFound" in line
            assert encode(ident)[1:-3] in line


def generic_error(desc: object) -> bytes:
    return encode({"error": {"class": "GenericError", "desc": desc}})


def no_such_command(ident: dict[str, Any]) -> bytes:
    error = {"class": "CommandNotFound", "desc": "The command nosuch has not been found"}
    return encode({**ident, "error": error})


def in_qemu_order(value: Any) -> Any:
    """The same with the members of each object as QEMU's hash table has them (``qobject/qdict.c``)."""
    if isinstance(value, list):
        return [in_qemu_order(item) for item in value]
    if isinstance(value, dict):
        newest_first = reversed(value.items())
        return {
            key: in_qemu_order(item) for key, item in sorted(newest_first, key=lambda pair: bucket(pair[0]))
        }
    return value


def bucket(key: str) -> int:
    text = key.encode().replace(b"\0", b"\xc0\x80")
    mixed = 0x238F13AF * len(text) + sum(byte << (5 * place % 24) for place, byte in enumerate(text))
    return (1103515243 * mixed + 12345) % 2**32 % 512


def test_faults(qemu: QmpClient) -> None:
    for data, _ in FAULTS:
        compare(qemu, data)


def test_echoes(qemu: QmpClient) -> None:
    for literal, echo in ECHOES:
        compare(qemu, b'{"execute":"nosuch","id":%b}' % literal)
        qemu.send_bytes(b'{"execute":"nosuch","id":%b}' % literal)
        assert qemu.line().startswith(b'{"id": ' + echo + b', "error"')


@pytest.mark.parametrize("depth", [1024, 1025, 2500])
def test_depth(qemu: QmpClient, depth: int) -> None:
    compare(qemu, b"[" * depth + b"]" * depth)
    compare(qemu, b'{"a":' * depth + b"}" * depth)
    compare(qemu, b'[1 {"a":' * (depth // 2) + b"]" * depth)


@given(NASTY)
@example(b"foo\x80\xff1")
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nearly_json(qemu: QmpClient, data: bytes) -> None:
    compare(qemu, data)


@given(st.binary(max_size=60))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes(qemu: QmpClient, data: bytes) -> None:
    compare(qemu, data)


@given(st.binary(max_size=24), st.sampled_from([b'"', b"'"]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_string(qemu: QmpClient, text: bytes, quote: bytes) -> None:
    compare(qemu, b'{"execute":"nosuch","id":%b%b%b}' % (quote, text, quote))


@given(st.from_regex(rb"-?[0-9]{0,25}(\.[0-9]{0,25})?([eE][+-]?[0-9]{0,3})?", fullmatch=True))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_number(qemu: QmpClient, text: bytes) -> None:
    compare(qemu, b'{"execute":"nosuch","id":%b}' % text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
        max_leaves=12,
    )
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_is_echoed(qemu: QmpClient, value: object) -> None:
    compare(qemu, encode({"execute": "nosuch", "id": value}))
