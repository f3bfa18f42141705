"""Values too big to be made, copied or freed in one step.

Joining a string of 64 MiB takes 50 ms, doubling a dict of 350,000 members 12 ms, freeing a tree of
a million nodes 30 ms, and nothing else runs meanwhile. So long strings stay in pieces, large objects
are several dicts, and :func:`dispose` takes a tree apart a little at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

LONG_STRING = 256 << 10
"""Bytes of UTF-8 above which a string is a :class:`LongString`: to join or hash one takes 0.3 ms."""

LONG_OBJECT = 16 << 10
"""Members above which an object is a :class:`LongObject`: a dict of that many grows in 0.4 ms."""

DISPOSED_AT_ONCE = 64
"""Children that :func:`dispose` takes off a container in one go."""

DISPOSED_PER_STEP = 1024
"""Children between two yields; each KiB of a string's counts as one more."""


class LongString:
    """Text of more than :data:`LONG_STRING` bytes, in pieces.

    ``pieces`` are UTF-8, each of whole characters; ``size`` is the bytes of all. Iterate for the
    pieces as str. ``str()`` joins them, at a cost. Strings of equal text are equal and hash the
    same at no cost, because a digest is kept.
    """

    __slots__ = ("_digest", "pieces", "size")

    def __init__(self, pieces: Iterable[bytes] = ()) -> None:
        self.pieces: list[bytes] = []
        self.size = 0
        self._digest = hashlib.blake2b(digest_size=16)
        for piece in pieces:
            self.append(piece)

    def append(self, piece: bytes) -> None:
        """Add text while the string is being made: whole characters of UTF-8."""
        self.pieces.append(piece)
        self.size += len(piece)
        self._digest.update(piece)

    def __iter__(self) -> Iterator[str]:
        return (piece.decode() for piece in self.pieces)

    def __str__(self) -> str:
        return "".join(self)

    def __repr__(self) -> str:
        return f"<LongString of {self.size} bytes>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LongString) and self._digest.digest() == other._digest.digest()

    def __hash__(self) -> int:
        return hash(self._digest.digest())


class LongObject(Mapping[Any, Any]):
    """An object of more than :data:`LONG_OBJECT` members, in the order they came.

    ``shards`` are dicts of at most that many members.
    """

    __slots__ = ("shards",)

    def __init__(self, first: dict[Any, Any]) -> None:
        self.shards = [first]

    def __setitem__(self, key: Any, value: Any) -> None:
        """Add a member while the object is being made; it must be a new one."""
        if len(self.shards[-1]) >= LONG_OBJECT:
            self.shards.append({})
        self.shards[-1][key] = value

    def __getitem__(self, key: Any) -> Any:
        for shard in self.shards:
            if key in shard:
                return shard[key]
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        for shard in self.shards:  # noqa: SIM110 - asked for every member that comes, and any() is slower
            if key in shard:
                return True
        return False

    def __iter__(self) -> Iterator[Any]:
        return (key for shard in self.shards for key in shard)

    def __len__(self) -> int:
        return sum(map(len, self.shards))

    def __repr__(self) -> str:
        return f"<LongObject of {len(self)} members>"


def dispose(value: object) -> Iterator[None]:
    """Free a parsed value piecemeal, yielding at least once a millisecond of work.

    Its containers are emptied in place, so nobody may use it any more.
    """
    waiting = [value] if type(value) in _CONTAINERS else []
    work = 0
    while waiting:
        children = _take_children(waiting)
        while children:
            child = children.pop()
            work += 1
            if type(child) in _CONTAINERS:
                waiting.append(child)
            elif type(child) in _TEXTS:
                work += child.__sizeof__() >> 10
            if work >= DISPOSED_PER_STEP:
                yield
                work = 0


_CONTAINERS = frozenset({dict, list, tuple, LongObject, LongString})
_TEXTS = frozenset({bytes, str})


def _take_children(waiting: list[Any]) -> list[Any]:
    """Take some children off the last container; one that is empty waits no longer."""
    node = waiting.pop()
    match node:
        case list():
            children = node[-DISPOSED_AT_ONCE:]
            del node[-DISPOSED_AT_ONCE:]
        case dict():
            children = []
            for _ in range(min(len(node), DISPOSED_AT_ONCE)):
                children += node.popitem()
        case LongString():
            return [node.pieces]
        case LongObject():
            return [node.shards]
        case _:
            return list(node)
    if node:
        waiting.append(node)
    return children
