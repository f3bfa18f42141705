"""A guest's command line, with its NICs filled in. Pure.

QEMU gets ``-netdev tap,fd=…`` and ``-device MODEL,…`` for each NIC, after the user's own
arguments, so that a bus the NIC sits on is there before it. Another VMM says itself
where a NIC's descriptor and address go: ``{fd:NIC}``, ``{fds:NIC}``, ``{mac:NIC}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from netctl.errors import Usage

_PLACE = re.compile(r"\{(fds?|mac):([A-Za-z][\w.-]*)\}")
_IDS = re.compile(r"""(?:^|,)id=([^,]*)|["']id["']\s*:\s*["']([^"']*)["']""")


class Nic(NamedTuple):
    """A NIC as ``nic-open`` hands it over: one descriptor for each queue."""

    id: str
    model: str
    mac: str
    descriptors: Sequence[int]
    properties: dict[str, Any]


def is_qemu(program: str) -> bool:
    """Whether a program, by its name, is QEMU's system emulator."""
    name = program.rpartition("/")[2]
    return name.startswith(("qemu-system", "qemu-kvm")) or name == "kvm"


def check(nics: Sequence[str], command: Sequence[str]) -> None:
    """Raise `Usage` where ``command`` cannot be given these NICs, before any is opened."""
    placed = list(_places(command))
    for what, nic in placed:
        if nic not in nics:
            raise Usage(f"{{{what}:{nic}}} names no NIC of this command (given: {', '.join(nics)})")
    for nic in nics:
        if not is_qemu(command[0]) and not {("fd", nic), ("fds", nic)} & set(placed):
            raise Usage(
                f"{command[0]} is no QEMU that netctl knows: say where in its arguments NIC {nic} goes, "
                f"with {{fd:{nic}}} (or {{fds:{nic}}}) and {{mac:{nic}}}"
            )


def command_line(nics: Sequence[Nic], command: Sequence[str]) -> list[str]:
    """``command`` with its places filled, and for QEMU the NICs that have none appended."""
    by_id = {nic.id: nic for nic in nics}
    filled = [_PLACE.sub(lambda place: _fill(place[1], by_id[place[2]]), word) for word in command]
    if is_qemu(command[0]):
        placed = {nic for _, nic in _places(command)}
        taken = set(_ids(filled))
        for nic in nics:
            if nic.id not in placed:
                filled += _qemu_arguments(nic, taken)
    return filled


def _places(command: Iterable[str]) -> Iterator[tuple[str, str]]:
    for word in command:
        yield from _PLACE.findall(word)


def _fill(what: str, nic: Nic) -> str:
    if what == "mac":
        return nic.mac
    if what == "fd" and len(nic.descriptors) > 1:
        raise Usage(f"NIC {nic.id} has {len(nic.descriptors)} queues: {{fds:{nic.id}}} gives them all")
    return ":".join(map(str, nic.descriptors))


def _qemu_arguments(nic: Nic, taken: set[str]) -> list[str]:
    netdev, device = _free(f"netd-{nic.id}", taken), _free(nic.id, taken)
    queues = "fd" if len(nic.descriptors) == 1 else "fds"
    options = {"id": device, "netdev": netdev, "mac": nic.mac} | _multiqueue(nic) | nic.properties
    return [
        "-netdev",
        _option_string("tap", {"id": netdev, queues: ":".join(map(str, nic.descriptors))}),
        "-device",
        _option_string(nic.model, options),
    ]


def _multiqueue(nic: Nic) -> dict[str, Any]:
    """What a virtio NIC needs for its queues: two vectors for each pair, two for the rest."""
    queues = len(nic.descriptors)
    if queues == 1 or not nic.model.startswith("virtio-net"):
        return {}
    on_pci = nic.model != "virtio-net-device"
    return {"mq": True} | ({"vectors": 2 * queues + 2} if on_pci else {})


def _option_string(first: str, options: dict[str, Any]) -> str:
    return ",".join([first, *(f"{key}={_option_value(value)}" for key, value in options.items())])


def _option_value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value).replace(",", ",,")


def _ids(words: Iterable[str]) -> Iterator[str]:
    """Every id the words give to something, in option syntax or JSON."""
    for word in words:
        for option, in_json in _IDS.findall(word):
            yield option or in_json


def _free(wanted: str, taken: set[str]) -> str:
    """``wanted``, or the first of ``wanted-2``, ``wanted-3``… that nothing else is called."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    taken.add(name)
    return name
