"""Reading with a parser in tests, and how long the steps take."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import pairwise

from hypothesis import strategies as st

from netd.wire.qmp import PAUSE, Message, ParseError, Parser

Said = list[Message | ParseError]

FRAGMENTS = st.sampled_from(
    [
        *(b"{", b"}", b"[", b"]", b":", b",", b" ", b"\n", b"\t", b"\x00", b"\xff", b"\xfe", b"\x80"),
        *(b'"', b"'", b"\\", b'"a"', b"'b'", b'"a":', b'"\\u00', b"\\ud83d", b"\\ude00", b"\\uffff"),
        *(b"\xc0\x80", b"\xc3\xa9", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xef\xbf\xbe", b"\\'", b"\\n"),
        *(b"0", b"-", b"12", b".", b"e", b"E+", b"1.5", b"18446744073709551616", b"true", b"null", b"x"),
        *(b'{"execute":"nosuch","id":', b"}", b'"id":1}', b"[[[", b"]]]"),
    ]
)
NASTY = st.lists(FRAGMENTS | st.binary(max_size=3), max_size=30).map(b"".join)
"""Bytes that are nearly JSON."""


def read(*chunks: bytes, parser: Parser | None = None) -> Said:
    """What a parser says to some bytes."""
    parser = parser or Parser()
    return [step for chunk in chunks for step in parser.feed(chunk) if step is not PAUSE]


def values(*chunks: bytes) -> list[object]:
    """The values of the messages; anything else is an error of the test."""
    said = read(*chunks)
    assert all(isinstance(step, Message) for step in said), said
    return [step.value for step in said if isinstance(step, Message)]


def complaints(said: Said) -> list[str]:
    """The texts of the errors."""
    return [str(step.desc) for step in said if isinstance(step, ParseError)]


def cut(data: bytes, places: Iterable[int]) -> Iterator[bytes]:
    """The bytes in pieces, cut at these places (modulo their number)."""
    edges = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return (data[start:end] for start, end in pairwise(edges))


class Stopwatch:
    """Takes the time of each step of something that goes in steps."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def watch(self, steps: Iterable[object]) -> Iterator[object]:
        """The same steps."""
        iterator = iter(steps)
        while True:
            start = time.thread_time()
            step = next(iterator, self)
            self.times.append(time.thread_time() - start)
            if step is self:
                return
            yield step

    def check(self, what: str) -> None:
        """Steps take less than a millisecond, which this machine may make twice as much or ten times."""
        milliseconds = sorted(time * 1e3 for time in self.times)
        median = milliseconds[len(milliseconds) // 2]
        late = milliseconds[-2 - len(milliseconds) // 1000 :][0]  # but for one, and one in a thousand
        longest = milliseconds[-1]
        print(
            f"{what}: {len(milliseconds)} steps, {sum(milliseconds):.0f} ms; "
            f"median {median:.2f} ms, 99.9 % {late:.2f} ms, longest {longest:.2f} ms"
        )
        assert median < 2
        assert late < 10
