"""However bad a message is, no step of reading, writing or freeing it holds the program up.

What is measured is processor time of this thread, since other programs run on this machine too.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator

import pytest

from netd.wire.qmp import PAUSE, Message, ParseError, Parser, dispose, encode_pieces
from tests.wire.reading import Stopwatch

READ = 64 << 10  # bytes per read, as a session does
TEXT = 64 << 20
TOKENS = 2 << 20


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """Python's collector as the parser's documentation asks for it."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, 1 << 30)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def read(parser: Parser, data: bytes) -> Iterator[object]:
    for start in range(0, len(data), READ):
        yield from parser.feed(data[start : start + READ])


def watch(what: str, steps: Iterable[object]) -> list[object]:
    """What came of some steps, each of which must be short."""
    stopwatch = Stopwatch()
    results = [step for step in stopwatch.watch(steps) if step is not PAUSE and step is not None]
    stopwatch.check(what)
    return results


def follow(what: str, data: bytes, parser: Parser | None = None) -> list[object]:
    """Read a message, write it or the complaint about it, and free it."""
    said = watch(f"{what}: reading {len(data) / (1 << 20):.1f} MiB", read(parser or Parser(), data))
    first = said[0]
    assert isinstance(first, Message | ParseError)
    result = first.value if isinstance(first, Message) else first.desc
    watch(f"{what}: writing", encode_pieces(result))
    watch(f"{what}: freeing", dispose(result))
    return said


def test_as_many_lists_as_may_be() -> None:
    (message,) = follow("lists", b"[" + b"[]," * ((TOKENS - 3) // 3) + b"1]")
    assert isinstance(message, Message)


def test_one_token_too_many() -> None:
    said = follow("too many", b"[" + b"1," * (TOKENS // 16) + b"1]", Parser(max_tokens=TOKENS // 8))
    assert said[0] == ParseError("JSON token count limit exceeded")


def test_a_complaint_after_many_tokens() -> None:
    (error,) = follow("fault", b"[" + b'{"a":[]},' * (TOKENS // 16) + b"[1 1]]")
    assert error == ParseError("JSON parse error, expected separator in list")


def test_deep_nesting() -> None:
    (message,) = follow("deep", b"[" + b",".join([b"[" * 1023 + b"]" * 1023] * 150) + b"]")
    assert isinstance(message, Message)


def test_a_great_many_members() -> None:
    members = (b'"member%d":%d' % (number, number) for number in range(120_000))
    (message,) = follow("members", b"{" + b",".join(members) + b"}")
    assert isinstance(message, Message)


def test_one_giant_string() -> None:
    (message,) = follow("string", b'"' + b"a" * (TEXT - 3) + b'"')
    assert isinstance(message, Message)


def test_one_giant_string_of_escapes() -> None:
    (message,) = follow("escapes", b'"' + b"\\n\\'\\u00e9\\ud83d\\ude00" * (TEXT // 8 // 22) + b'"')
    assert isinstance(message, Message)


def test_many_strings_as_long_as_they_come_whole() -> None:
    string = b'"\xf0\x9f\x98\x80' + b"a" * 250_000 + b'"'
    (message,) = follow("strings", b"[" + b",".join([string] * 100) + b"]")
    assert isinstance(message, Message)


def test_a_giant_string_with_a_fault_at_its_end() -> None:
    (error,) = follow("bad string", b'"' + b"a" * (TEXT // 4) + b'\x80"')
    assert error == ParseError("JSON parse error, invalid UTF-8 sequence in string")


def test_a_giant_string_that_breaks_off() -> None:
    (error,) = follow("stray", b'"' + b"ab\xc3\xa9\x80" * (TEXT // 32 // 5) + b"\xff")
    assert isinstance(error, ParseError)


def test_one_giant_number() -> None:
    (message,) = follow("digits", b"9" * (TEXT - 3) + b"\n")
    assert isinstance(message, Message)
    assert message.value == float("inf")


def test_one_giant_keyword() -> None:
    (error,) = follow("keyword", b"a" * (TEXT // 16) + b"\n")
    assert isinstance(error, ParseError)


@pytest.mark.parametrize("data", [b"]", b"\0", b"1 ", b"{}", b"[1 1]"], ids=repr)
def test_very_many_small_messages(data: bytes) -> None:
    assert len(follow(repr(data), data * 30_000)) == 30_000
