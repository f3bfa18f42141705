"""QEMU's option syntax: ``user,id=n0,hostfwd=tcp::2222-:22``.

QEMU has two parsers for it. The older one (``util/qemu-option.c``) has flags and repeated keys,
the newer one (``util/keyval.c``) dotted keys. Here is one grammar that takes what either takes::

    options  = [ first { "," item } ] [ "," ]
    first    = value | item                 a value belongs to the implied key, if there is one
    item     = key "=" value | flag | "help" | "?"
    key      = name { "." ( name | index ) }
    flag     = key                          short for key=on
             | "no" key                     short for key=off
    value    = any text, a comma doubled

``a.b=1,a.c=2`` makes an object, ``a.0=x,a.1=y`` a list; a key given several times makes a
:class:`~netd.schema.repeated.Repeated`. Everything else is text: types are the schema's
business (:func:`netd.schema.validate.from_keyval`).

netctl imports this module, so it imports little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from netd.errors import NetdError
from netd.schema.repeated import Repeated

Value: TypeAlias = "str | Repeated | list[Any] | dict[str, Any]"
Options: TypeAlias = dict[str, Value]

HELP = ("help", "?")
"""What asks for help, as an item or as the implied key's value (``is_help_option``)."""

MAX_FRAGMENT = 127
"""Characters in one part of a dotted key, as in QEMU."""

MAX_DEPTH = 32
"""Parts in a dotted key; QEMU has no limit but its stack."""

_NAME = re.compile(r"(?:__[A-Za-z0-9.-]*_)?[A-Za-z][A-Za-z0-9_-]*")  # parse_qapi_name(), qapi/qapi-util.c
_INDEX = re.compile(r"[0-9]{1,9}(?![^.])")
_KEY_ENDS = re.compile(r"[=,]")


class HelpWanted(Exception):
    """The text asks for help. ``given`` is what was said before."""

    def __init__(self, given: Options) -> None:
        super().__init__("help wanted")
        self.given = given


def looks_like_json(text: str) -> bool:
    """Whether QEMU would take this for JSON, where it takes either."""
    return text.startswith("{")


def parse(text: str, *, implied: str | None = None) -> Options:
    """Take an option string apart, its members in the order of the text.

    ``implied`` is the key that the first item is the value of, if it has no key: ``type`` for
    ``netdev_add user,…``. Raises :class:`HelpWanted`, or :class:`NetdError` where no option could
    be called so. Takes time linear in the text.
    """
    tree: dict[Any, Any] = {}
    for key, value in _items(text, implied):
        if _asks_for_help(key, value, implied):
            raise HelpWanted(_listed(tree, ""))
        _put(tree, *(_flag(key) if value is None else (key, value)))
    result: Options = _listed(tree, "")
    return result


def format(options: Mapping[str, Any], *, implied: str | None = None) -> str:  # noqa: A001  # keyval.format
    """Write options as one string, which :func:`parse` reads back.

    Takes what ``parse`` returns, and QMP's values: booleans become ``on`` and ``off``, QEMU's lists
    of ``{"str": …}`` repeated keys. An empty list or object has no text and is left out. Raises
    ``ValueError`` for a name that cannot be a key, and for null.
    """
    first = options.get(implied, "") if implied is not None else ""
    if not isinstance(first, str) or "=" in first:
        first = ""
    texts = [_doubled(first)] if first else []
    for name, value in options.items():
        if not (first and name == implied):
            texts += (f"{key}={_doubled(part)}" for key, part in _flattened("", name, value))
    return ",".join(texts)


def _items(text: str, implied: str | None) -> Iterator[tuple[str, str | None]]:
    """Keys and values in turn; the value of a flag is ``None``."""
    at = 0
    while at < len(text):
        mark = _KEY_ENDS.search(text, at)
        end = mark.start() if mark else len(text)
        if mark and mark[0] == "=":
            key, (value, at) = text[at:end], _value(text, end + 1)
            yield key, value
        elif at == 0 and implied is not None:
            value, at = _value(text, 0)
            yield implied, value
        else:
            yield text[at:end], None
            at = end + 1


def _value(text: str, start: int) -> tuple[str, int]:
    """The value that starts there, and where the next item starts."""
    end = text.find(",", start)
    while end >= 0 and text.startswith(",,", end):
        end = text.find(",", end + 2)
    if end < 0:
        end = len(text)
    return text[start:end].replace(",,", ","), end + 1


def _asks_for_help(key: str, value: str | None, implied: str | None) -> bool:
    return value in HELP if key == implied else value is None and key in HELP


def _flag(word: str) -> tuple[str, str]:
    return (word[2:], "off") if word.startswith("no") else (word, "on")


def _put(tree: dict[Any, Any], key: str, value: str) -> None:
    """Hang a value into the tree, where lists are objects with integers for keys as yet."""
    *path, last = _fragments(key)
    for depth, part in enumerate(path, 1):
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            raise _inconsistent(key, depth)
    known = tree.get(last)
    if known is None:
        tree[last] = value
    elif isinstance(known, str):
        tree[last] = Repeated([known, value])
    elif isinstance(known, Repeated):
        known.append(value)
    else:
        raise _inconsistent(key, len(path) + 1)


def _fragments(key: str) -> list[str | int]:
    """The parts of a dotted key: names, and integers for indexes."""
    parts: list[str | int] = []
    at = 0
    while True:
        index = _INDEX.match(key, at) if parts else None
        name = index or _NAME.match(key, at)
        if name is None or (name.end() < len(key) and key[name.end()] != "."):
            raise NetdError(f"Invalid parameter '{key}'")
        if len(name[0]) > MAX_FRAGMENT:
            whole = name[0] == key
            raise NetdError(f"Parameter{'' if whole else ' fragment'} '{name[0]}' is too long")
        parts.append(int(name[0]) if index else name[0])
        if name.end() == len(key):
            return parts
        if len(parts) == MAX_DEPTH:
            raise NetdError(f"Parameter '{key[: name.end()]}.*' is too deep")
        at = name.end() + 1


def _inconsistent(key: str, depth: int) -> NetdError:
    """A key is used both for a value and for what has values below."""
    return NetdError(f"Parameters '{'.'.join(key.split('.')[:depth])}.*' used inconsistently")


def _listed(node: Any, path: str) -> Any:
    """The tree with its lists made lists, the innermost first."""
    if not isinstance(node, dict):
        return node
    below = {key: _listed(part, f"{path}{key}.") for key, part in node.items()}
    indexes = sum(isinstance(key, int) for key in below)
    if not indexes:
        return below
    if indexes < len(below):
        raise NetdError(f"Parameters '{path}*' used inconsistently")
    for index in range(len(below)):
        if index not in below:
            raise NetdError(f"Parameter '{path}{index}' missing")
    return [below[index] for index in range(len(below))]


def _flattened(path: str, name: str | int, value: Any) -> Iterator[tuple[str, str]]:
    """Full keys and texts of a value."""
    if isinstance(name, str) and not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a key")
    key = f"{path}{name}"
    if isinstance(value, Repeated) or _is_strings(value):
        for part in value:
            yield key, part if isinstance(part, str) else part["str"]
    elif isinstance(value, Mapping):
        for inner, part in value.items():
            yield from _flattened(f"{key}.", inner, part)
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _flattened(f"{key}.", index, part)
    else:
        yield key, _text(key, value)


def _is_strings(value: Any) -> bool:
    """Whether it is QAPI's ``['String']``: objects with a lone ``str``."""
    return isinstance(value, list | tuple) and all(
        isinstance(part, Mapping) and set(part) == {"str"} and isinstance(part["str"], str) for part in value
    )


def _text(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"{key}: {value!r} has no text")


def _doubled(text: str) -> str:
    return text.replace(",", ",,")
