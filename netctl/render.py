"""Answers as a person reads them. Pure: values in, text out.

A list of objects is a table, an object is ``key: value`` lines, ``query-network`` has a
table of its own. ``--json`` is the answer itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

WIDEST = 160
"""Columns of a table that a person can still follow; beyond, a block of lines for each row."""

Object = dict[str, Any]


def as_json(value: Any, *, pretty: bool) -> str:
    """The answer itself: indented for a terminal, else on one line."""
    return json.dumps(value, indent=2) if pretty else json.dumps(value, separators=(",", ":"))


def as_text(command: str, value: Any) -> str:
    """The answer to ``command`` for a person, without a final newline; "" says "done"."""
    if command == "query-network" and isinstance(value, dict) and "clients" in value:
        return network(value)
    return generic(value)


def generic(value: Any) -> str:
    """Any answer, by its shape alone."""
    match value:
        case str():
            return _printable(value.rstrip("\n"), keep="\n\t")
        case dict():
            return "\n".join(_object_lines(value))
        case [dict(), *_]:
            return _objects(value)
        case list():
            return "\n".join(inline(item) for item in value)
        case _:
            return inline(value)


def inline(value: Any) -> str:
    """A value within a line: text as it is, anything with parts as JSON."""
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return ""
        case str():
            return _printable(value)
        case list() if not _is_deep(value):
            return ", ".join(_runs(value))
        case dict() | list():
            return json.dumps(value)
        case _:
            return str(value)


def _runs(values: Sequence[Any]) -> Iterator[str]:
    """Each value as text, a long run of numbers (all 4096 VLANs) as ``4095…0``."""
    at = 0
    while at < len(values):
        end = at + 1
        while _goes_on(values, at, end):
            end += 1
        if end - at > 3:
            yield f"{values[at]}…{values[end - 1]}"
        else:
            yield from map(inline, values[at:end])
        at = end


def _goes_on(values: Sequence[Any], start: int, at: int) -> bool:
    """Whether ``values[at]`` continues the run up or down that begins at ``start``."""
    if at == len(values) or not all(type(value) is int for value in values[at - 1 : at + 1]):
        return False
    step: int = values[at] - values[at - 1]
    return step in {1, -1} and step == values[start + 1] - values[start]


def _printable(text: str, keep: str = "") -> str:
    """Control characters made visible: no client's name is to steer a terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in keep else ascii(char)[1:-1] for char in text)


def _object_lines(value: Object, indent: str = "") -> Iterable[str]:
    for key, item in value.items():
        if isinstance(item, dict) and item:
            yield f"{indent}{key}:"
            yield from _object_lines(item, indent + "  ")
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            yield f"{indent}{key}:"
            yield from (f"{indent}  {line}" for line in _objects(item).splitlines())
        else:
            yield f"{indent}{key}: {inline(item)}".rstrip()


def _objects(items: Sequence[Any]) -> str:
    """A table; where it would be too wide or an object has objects inside, a block of lines for each."""
    keys = list(dict.fromkeys(key for item in items if isinstance(item, dict) for key in item))
    rows = [item if isinstance(item, dict) else {keys[0]: item} for item in items]
    if len(keys) == 1:
        return "\n".join(inline(row.get(keys[0])) for row in rows)
    text = table([(key.upper(), [inline(row.get(key)) for row in rows]) for key in keys])
    if _width(text) > WIDEST or any(_is_deep(value) for row in rows for value in row.values()):
        return "\n\n".join("\n".join(_object_lines(row)) for row in rows)
    return text


def _width(text: str) -> int:
    return max(map(len, text.splitlines()))


def _is_deep(value: Any) -> bool:
    match value:
        case dict():
            return bool(value)
        case list():
            return any(isinstance(item, (dict, list)) for item in value)
        case _:
            return False


def table(columns: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Titles above aligned columns, numbers to the right; a column with nothing in it is left out."""
    aligned = [_aligned(title, cells) for title, cells in columns if any(cells)]
    return "\n".join("  ".join(row).rstrip() for row in zip(*aligned, strict=True))


def _aligned(title: str, cells: Sequence[str]) -> list[str]:
    width = max(map(len, (title, *cells)))
    if all(cell.isdecimal() or not cell for cell in cells):
        return [text.rjust(width) for text in (title, *cells)]
    return [text.ljust(width) for text in (title, *cells)]


class _Column(NamedTuple):
    """A column of ``query-network``'s table."""

    title: str
    cell: Callable[[Object], str]


def _field(name: str) -> Callable[[Object], str]:
    return lambda client: inline(client.get(name))


def _attached(client: Object) -> str:
    """Who holds the NIC: a process, nobody; nothing for a netdev, which nobody holds."""
    if not client.get("attached"):
        return "no" if "attached" in client else ""
    return f"pid {client['pid']}" if "pid" in client else "yes"


def _lost(client: Object) -> str:
    """Frames lost either way; nothing where none were."""
    lost = sum(client.get(way, {}).get("dropped", 0) for way in ("received", "sent"))
    return str(lost) if lost else ""


_NETWORK = (
    _Column("NAME", _field("id")),
    _Column("TYPE", _field("type")),
    _Column("PEER", _field("peer")),
    _Column("HUB", _field("hub")),
    _Column("LINK", lambda client: "up" if client.get("link") else "down"),
    _Column("MAC", _field("mac")),
    _Column("MTU", _field("mtu")),
    _Column("PORT", _field("port")),
    _Column("ATTACHED", _attached),
    _Column("FRAMES IN", lambda client: inline(client.get("received", {}).get("frames"))),
    _Column("FRAMES OUT", lambda client: inline(client.get("sent", {}).get("frames"))),
    _Column("LOST", _lost),
)


def network(value: Object) -> str:
    """``query-network``: where the ports are (``ip netns exec FABRIC``), every client, what is amiss."""
    clients = value["clients"]
    parts = [f"fabric {inline(value['fabric'])}"]
    if clients:
        parts.append(table((column.title, [column.cell(each) for each in clients]) for column in _NETWORK))
    else:
        parts.append("no clients")
    if value.get("warnings"):
        parts.append("\n".join(f"warning: {inline(text)}" for text in value["warnings"]))
    return "\n\n".join(parts)
