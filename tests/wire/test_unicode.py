"""QEMU's idea of what a character is."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.wire.unicode import CHARACTERS, LONGEST, SURROGATES, TAIL, repaired, unescape

NONCHARACTERS = [
    *range(0xFDD0, 0xFDF0),
    *(plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF)),
]


def well_written(literal: bytes) -> bytes:
    """The beginning of it that is."""
    match = CHARACTERS.match(literal)
    assert match is not None
    return match[0]


def escaped(code: int) -> bytes:
    """A character as UTF-16 in escapes."""
    units = chr(code).encode("utf-16-be", "surrogatepass")
    return b"".join(b"\\u%04x" % int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))


def is_character(code: int) -> bool:
    return code not in NONCHARACTERS and not 0xD800 <= code <= 0xDFFF


EDGES = sorted(
    {
        edge + offset
        for edge in (0x80, 0x800, 0x1000, 0xD800, 0xE000, 0xFDD0, 0xFDF0, *range(0x10000, 0x110000, 0x10000))
        for offset in range(-3, 3)
    }
    | {0xFFFFF, 0x10FFFD, 0x10FFFE, 0x10FFFF}
)


@pytest.mark.parametrize("code", EDGES, ids=hex)
def test_characters_at_the_edges(code: int) -> None:
    for literal in (
        chr(code).encode("utf-8", "surrogatepass"),
        escaped(code),
        escaped(code).upper().replace(b"U", b"u"),
    ):
        assert well_written(literal + b"x") == (literal + b"x" if is_character(code) else b"")


@given(st.characters(exclude_categories=["Cs"]))
def test_every_character_however_written(character: str) -> None:
    for literal in (character.encode(), escaped(ord(character))):
        if is_character(ord(character)) and (
            (ord(character) >= 0x20 and character != "\\") or literal[:2] == b"\\u"
        ):
            assert well_written(literal) == literal
            assert unescape(literal) == character
            assert len(literal) <= LONGEST


@pytest.mark.parametrize(
    "bad",
    [
        *(
            b"\xc0\x81",
            b"\xc1\xbf",
            b"\xe0\x9f\xbf",
            b"\xf0\x8f\xbf\xbd",
            b"\xf4\x90\x80\x80",
            b"\xf5\x80\x80\x80",
        ),
        *(
            b"\xf8\x88\x80\x80\x80",
            b"\xfc\x84\x80\x80\x80\x80",
            b"\x80",
            b"\xc3",
            b"\xe2\x82",
            b"\xed\xa0\x80",
        ),
        *(
            b"\\",
            b"\\q",
            b"\\u",
            b"\\u12",
            b"\\u12g4",
            b"\\ud800",
            b"\\udc00",
            b"\\ud83d\\u0041",
            b"\\ud83d\\ud83d",
        ),
    ],
)
def test_what_is_no_character(bad: bytes) -> None:
    assert well_written(b"ab" + bad + b"xy") == b"ab"


def test_surrogate_pairs_of_non_characters_are_pairs() -> None:
    assert SURROGATES.match(rb"\ud83f\udffe")
    assert not SURROGATES.match(rb"\ud83f\u0041")


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        (b"plain", "plain"),
        (b"\xc0\x80", "\0"),
        (b"\\\\\\'\\\"'\"", "\\'\"'\""),
        (b"\\\\u0041\\u0041\\\\\\u0041", "\\u0041A\\A"),
        (b"\\\\'\\\\\\'", "\\'\\'"),
        (b"\\b\\f\\n\\r\\t\\/", "\b\f\n\r\t/"),
        (b"\\ud83d\\ude00\xf0\x9f\x98\x80", "\U0001f600" * 2),
    ],
)
def test_escapes(literal: bytes, text: str) -> None:
    assert unescape(literal) == text


@given(st.lists(st.sampled_from([b"\\\\", b"\\'", b'\\"', b"'", b'"', b"a", b"u0041", b"\\n", b"\xc0\x80"])))
def test_escapes_in_a_row(parts: list[bytes]) -> None:
    meaning = {b"\\\\": "\\", b"\\'": "'", b'\\"': '"', b"\\n": "\n", b"\xc0\x80": "\0"}
    assert unescape(b"".join(parts)) == "".join(meaning.get(part, part.decode("latin-1")) for part in parts)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_escapes(text: str) -> None:
    assert unescape(json.dumps(text)[1:-1].encode()) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"abc", "abc"),
        (b"\xc3\xa9\xe2\x82\xac", "é€"),
        (b"\xc0\x80", "\0"),
        (b"a\x80\xbfb", "a??b"),
        (b"\xc3", "?"),
        (b"\xc3(", "?("),
        (b"\xe2\x82", "?"),
        (b"\xe2\x82x\xe2", "?x?"),
        (b"\xe0\x80\x80", "?"),
        (b"\xed\xa0\x80\xed", "??"),
        (b"\xef\xbf\xbe", "?"),
        (b"\xf0\x9f\x98", "?"),
        (b"\xf4\x90\x80\x80", "?"),
        (b"\xf8\x88\x80\x80\x80\x80", "??"),
        (b"\xfd\xbf\xbf\xbf\xbf\xbf", "?"),
        (b"\xfe\xff", "??"),
    ],
)
def test_repair(raw: bytes, text: str) -> None:
    assert repaired(raw) == text.replace("?", "\ufffd")


@given(st.binary())
def test_repair_takes_anything(raw: bytes) -> None:
    text = repaired(raw)
    assert repaired(text.encode()) == text


def test_repair_takes_time_in_proportion() -> None:
    start = time.thread_time()
    repaired(b"\x80" + b"a" * 1_000_000 + b"\xc3\xa9" * 1_000_000)
    assert time.thread_time() - start < 1


@given(st.binary(max_size=12), st.integers(0, 12))
def test_a_tail_may_go_on(raw: bytes, at: int) -> None:
    """Cutting before the tail, and nowhere after, repairs the halves as the whole."""
    head, rest = raw[:at], raw[at:]
    if tail := TAIL.search(head):
        head, rest = head[: tail.start()], head[tail.start() :] + rest
    assert repaired(head) + repaired(rest) == repaired(raw)
