"""What the daemon's commands take, from ``query-qmp-schema``, and a person's text typed to it.

QMP is strict, ``"on"`` is no boolean there; people type text. What cannot be read as the
type asked for is passed on as it was typed: the refusal is then the daemon's own.
Format: QEMU's ``docs/devel/qapi-code-gen.rst``, "Client introspection".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from netd.schema.repeated import Repeated

Entry = dict[str, Any]

_BOOLS = dict.fromkeys(("on", "yes", "true", "y"), True) | dict.fromkeys(("off", "no", "false", "n"), False)
_TYPE_WORDS = {"boolean": "on | off", "value": "any"}
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[bkmgtpe])", re.IGNORECASE)
_UNITS = "bkmgtpe"  # each 1024 times the one before (QEMU's qemu_strtosz)


class Member(NamedTuple):
    """One argument of a command: its name, the name of its type, whether it may be left out."""

    name: str
    type: str
    optional: bool


class Schema:
    """The daemon's schema, asked by command name."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry["name"]: entry for entry in entries}

    def __contains__(self, command: str) -> bool:
        return self._entries.get(command, {}).get("meta-type") == "command"

    def members(self, command: str, case: str | None = None) -> list[Member]:
        """The arguments of a command in schema order.

        Where they depend on the value of one of them (``type`` of ``netdev_add``), those
        of ``case`` follow the common ones.
        """
        return self._members(self._arguments(command), case)

    def tag(self, command: str) -> str | None:
        """The argument that the others depend on, if there is one."""
        tag: str | None = self._arguments(command).get("tag")
        return tag

    def values(self, type_name: str) -> list[str]:
        """What may be typed for a type that has only so many values; else nothing."""
        entry = self._entry(type_name)
        if entry["meta-type"] == "enum":
            return list(entry["values"])
        return ["on", "off"] if entry.get("json-type") == "boolean" else []

    def is_array(self, member: Member) -> bool:
        """Whether an argument may be given several times."""
        return bool(self._entry(member.type)["meta-type"] == "array")

    def type_text(self, type_name: str) -> str:
        """A type in a person's words."""
        entry = self._entry(type_name)
        match entry["meta-type"]:
            case "enum":
                return " | ".join(entry["values"])
            case "array":
                return f"list of {self.type_text(entry['element-type'])}"
            case "alternate":
                return " or ".join(self.type_text(part["type"]) for part in entry["members"])
            case "builtin":
                return _TYPE_WORDS.get(entry["json-type"], str(entry["json-type"]))
            case _:
                return "object"

    def typed(self, command: str, given: dict[str, Any]) -> dict[str, Any]:
        """The arguments, texts as yet, in the types the command asks for."""
        return self._object(self._arguments(command), given)

    def _arguments(self, command: str) -> Entry:
        return self._entry(self._entries[command]["arg-type"])

    def _entry(self, name: str) -> Entry:
        return self._entries.get(name, {"name": name, "meta-type": "unknown"})

    def _members(self, entry: Entry, case: str | None) -> list[Member]:
        found = [Member(each["name"], each["type"], "default" in each) for each in entry.get("members", ())]
        for variant in entry.get("variants", ()):
            if variant["case"] == case:
                found += self._members(self._entry(variant["type"]), None)
        return found

    def _object(self, entry: Entry, given: dict[str, Any]) -> dict[str, Any]:
        case = given.get(entry.get("tag", ""))
        members = self._members(entry, case if isinstance(case, str) else None)
        types = {member.name: member.type for member in members}
        return {name: self._value(types[name], raw) if name in types else raw for name, raw in given.items()}

    def _value(self, type_name: str, raw: Any) -> Any:
        entry = self._entry(type_name)
        kind = entry["meta-type"]
        if kind == "array":
            parts = raw if isinstance(raw, list) else [raw]
            return [self._value(entry["element-type"], part) for part in parts]
        if isinstance(raw, Repeated):
            return self._value(type_name, raw[-1])  # of a key given twice QEMU takes the last
        if kind == "alternate":
            return self._alternate(entry, raw)
        if kind == "object":
            return self._object(entry, raw) if isinstance(raw, dict) else self._lone_member(entry, raw)
        return _scalar(entry["json-type"], raw) if kind == "builtin" and isinstance(raw, str) else raw

    def _alternate(self, entry: Entry, raw: Any) -> Any:
        """The first reading that makes more of it than text, else the text."""
        for part in entry["members"]:
            value = self._value(part["type"], raw)
            if value != raw:
                return value
        return raw

    def _lone_member(self, entry: Entry, raw: Any) -> Any:
        """An object with one member may be typed as that member (``hostfwd=``: ``{"str": …}``)."""
        match self._members(entry, None):
            case [Member(name, type_name)] if isinstance(raw, str):
                return {name: self._value(type_name, raw)}
            case _:
                return raw


def _scalar(json_type: str, text: str) -> Any:
    match json_type:
        case "boolean":
            return _BOOLS.get(text, text)
        case "int":
            return _integer(text)
        case "number":
            return _number(text)
        case "null":
            return None if text == "null" else text
        case "value":
            return _anything(text)
        case _:
            return text


def _integer(text: str) -> int | str:
    """Decimal, ``0x`` and octal as C has them, or a size with its unit (``4k``, ``1.5G``)."""
    if size := _SIZE.fullmatch(text):
        return int(float(size["number"]) * 1024 ** _UNITS.index(size["unit"].lower()))
    base = 8 if re.fullmatch(r"[+-]?0[0-7]+", text) else 0
    try:
        return int(text, base) if "_" not in text else text
    except ValueError:
        return text


def _number(text: str) -> float | int | str:
    if isinstance(whole := _integer(text), int):
        return whole
    try:
        return float(text)
    except ValueError:
        return text


def _anything(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
