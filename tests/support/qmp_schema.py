"""Reading ``query-qmp-schema``: cutting out what some commands need, and comparing two of them.

``python -m tests.support.qmp_schema`` prints the excerpt that the tests keep, from this
machine's QEMU.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

Entry = dict[str, Any]

KEPT = (
    *("query-status", "set_link", "netdev_add", "netdev_del", "query-rx-filter", "announce-self", "yank"),
    *("qmp_capabilities", "query-version", "query-commands", "quit", "query-qmp-schema", "device_add"),
    *("query-name", "human-monitor-command", "getfd", "closefd", "add-fd", "remove-fd", "query-fdsets"),
    *("SHUTDOWN", "RESET", "STOP", "RESUME", "NIC_RX_FILTER_CHANGED", "NETDEV_STREAM_CONNECTED"),
    *("NETDEV_STREAM_DISCONNECTED", "DEVICE_DELETED"),
)
"""The commands and events whose schema the tests keep."""


def by_name(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The entries by name; a name that is there twice is an error."""
    found: dict[str, Entry] = {}
    for entry in entries:
        assert entry["name"] not in found, f"{entry['name']} is there twice"
        found[entry["name"]] = entry
    return found


def references(entry: Entry) -> Iterator[str]:
    """The types that an entry refers to."""
    for key in ("arg-type", "ret-type", "element-type"):
        if key in entry:
            yield entry[key]
    if entry["meta-type"] != "enum":
        yield from (member["type"] for member in entry.get("members", ()))
    yield from (variant["type"] for variant in entry.get("variants", ()))


def excerpt(entries: Iterable[Entry], names: Iterable[str]) -> list[Entry]:
    """The entries of these commands and events, and of every type they need, in their order."""
    known = by_name(entries)
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += references(known[name])
    return [entry for name, entry in known.items() if name in needed]


def compatible(ours: Iterable[Entry], theirs: Iterable[Entry], commands: Iterable[str]) -> list[str]:
    """Why a client written for their schema would not get on with ours, for these commands and events.

    Such a client may send whatever theirs takes and rely on whatever theirs always answers.
    Ours may take and answer more. An empty list is good.
    """
    comparison = _Comparison(by_name(ours), by_name(theirs))
    for name in commands:
        comparison.top(name)
    return comparison.problems


class _Comparison:
    def __init__(self, ours: dict[str, Entry], theirs: dict[str, Entry]) -> None:
        self.ours = ours
        self.theirs = theirs
        self.problems: list[str] = []
        self._done: set[tuple[str, str, bool]] = set()

    def top(self, name: str) -> None:
        """Compare a command or an event."""
        our, their = self.ours.get(name), self.theirs[name]
        if our is None or our["meta-type"] != their["meta-type"]:
            self.problems.append(f"{name}: no such {their['meta-type']}")
            return
        is_event = their["meta-type"] == "event"
        self._type(name, our["arg-type"], their["arg-type"], sent=not is_event)
        if not is_event:
            self._type(f"{name} → ", our["ret-type"], their["ret-type"], sent=False)
            if their.get("allow-oob") and not our.get("allow-oob"):
                self.problems.append(f"{name}: not out of band")

    def _type(self, path: str, our_name: str, their_name: str, *, sent: bool) -> None:
        if (our_name, their_name, sent) in self._done:
            return
        self._done.add((our_name, their_name, sent))
        our, their = self.ours[our_name], self.theirs[their_name]
        if our["meta-type"] != their["meta-type"]:
            self.problems.append(f"{path}: {our['meta-type']}, not {their['meta-type']}")
            return
        match their["meta-type"]:
            case "builtin":
                if our_name != their_name:
                    self.problems.append(f"{path}: {our_name}, not {their_name}")
            case "enum":
                gone = [value for value in their["values"] if value not in our["values"]]
                self.problems += [f"{path}: no value {value}" for value in gone]
            case "array":
                self._type(f"{path}[]", our["element-type"], their["element-type"], sent=sent)
            case "alternate":
                self._alternate(path, our, their, sent=sent)
            case "object":
                self._object(path, our, their, sent=sent)

    def _object(self, path: str, our: Entry, their: Entry, *, sent: bool) -> None:
        mine = {member["name"]: member for member in our["members"]}
        for member in their["members"]:
            self._member(f"{path}.{member['name']}", mine.pop(member["name"], None), member, sent=sent)
        if sent:
            self.problems += [
                f"{path}.{name}: required" for name, rest in mine.items() if "default" not in rest
            ]
        if our.get("tag") != their.get("tag"):
            self.problems.append(f"{path}: tag {our.get('tag')}, not {their.get('tag')}")
        cases = {variant["case"]: variant["type"] for variant in our.get("variants", ())}
        for variant in their.get("variants", ()):
            case = f"{path}:{variant['case']}"
            if variant["case"] in cases:
                self._type(case, cases[variant["case"]], variant["type"], sent=sent)
            else:
                self.problems.append(f"{case}: no such branch")

    def _member(self, path: str, our: Entry | None, their: Entry, *, sent: bool) -> None:
        if our is None:
            self.problems.append(f"{path}: no such member")
            return
        stricter, looser = (our, their) if sent else (their, our)
        if "default" in looser and "default" not in stricter:
            self.problems.append(f"{path}: {'required' if sent else 'not always there'}")
        self._type(path, our["type"], their["type"], sent=sent)

    def _alternate(self, path: str, our: Entry, their: Entry, *, sent: bool) -> None:
        mine = {self.ours[each["type"]]["meta-type"]: each["type"] for each in our["members"]}
        mine |= {each["type"]: each["type"] for each in our["members"]}
        for each in their["members"]:
            branch = mine.get(each["type"]) or mine.get(self.theirs[each["type"]]["meta-type"])
            if branch is None:
                self.problems.append(f"{path}: no {each['type']}")
            else:
                self._type(path, branch, each["type"], sent=sent)


def main() -> None:
    """Print the excerpt, an entry a line."""
    from tests.support.qemu import Qemu  # noqa: PLC0415  # the rest of this module needs no QEMU

    with Qemu() as process, process.qmp() as client:
        entries = excerpt(client.cmd("query-qmp-schema"), KEPT)
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    print(f"[\n{lines}\n]")


if __name__ == "__main__":
    main()
