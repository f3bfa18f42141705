"""Reading what ``device_add`` was given, as QEMU 7.2 reads it and in its words.

QEMU turns every value into text first, also QMP's: numbers and booleans become what a person
would type, while ``null``, objects and arrays are dropped. Each property then reads its text.
Which property is looked at first follows from its name (:mod:`netd.wire.qdict`), so of several
mistakes the one is told that QEMU tells. When all are read come the checks of the whole.

What depends on the machine a NIC will sit in (its bus, slots that are taken, files of its
host) is not checked here: the value is kept and handed on.

netd's own properties (:data:`~netd.nics.models.OWN`) are read by :mod:`netd.nics.own`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, Literal, TypeAlias

from netd.errors import NetdError
from netd.nics.models import OWN, Model
from netd.schema import numerals
from netd.schema.readers import KeyvalReader
from netd.schema.refusals import expects, not_among, wrong_type
from netd.schema.repeated import Repeated
from netd.wire.qdict import bucket

Value: TypeAlias = bool | int | str
NetdevState: TypeAlias = Literal["free", "busy", "missing"]

_READER = KeyvalReader()

_NAMING = frozenset({"driver", "id"})  # no properties, though they stand among them
_EVERY_DEVICE = frozenset({"hotpluggable", "hotplugged", "parent_bus", "realized", "type"})
_READ_ONLY = _EVERY_DEVICE | {"attached", "virtio-backend"}
# "realized" could be set, but with "on" QEMU 7.2 ends in an assertion.

_NO_MAC = "00:00:00:00:00:00"
_MAC = re.compile(r"[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}")
_OCTET = re.compile(r"\s*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)")
_HEX = r"\s*([+-]?(?:0[xX])?[0-9a-fA-F]+)"
_SLOT = re.compile(rf"{_HEX}(?:\.{_HEX})?")


def read(
    model: Model,
    given: Mapping[str, Any],
    *,
    typed: bool,
    netdev: Callable[[str], NetdevState] = lambda _name: "free",
) -> dict[str, Value]:
    """Read the properties of a model, and ``bus``; netd's own, ``driver`` and ``id`` are passed over.

    ``typed`` tells QMP's values from option text. ``netdev`` says how things stand with a netdev;
    it is asked at the point where QEMU would look. Values come back as bool, int or str, in the
    order given; an all-zero ``mac``, which asks for the default, is left out. Raises
    :class:`NetdError` for the mistake that QEMU would report.
    """
    others = {name: value for name, value in given.items() if name not in OWN and name not in _NAMING}
    texts = dict(texts_of(others, typed=typed))
    if not all(isinstance(name, str) for name in texts):
        raise NetdError(f"A property of '{model.name}' has a name without end")
    found: dict[str, Value] = {"bus": texts["bus"]} if "bus" in texts else {}
    last_first = [name for name in texts if name != "bus"][::-1]
    for name in sorted(last_first, key=bucket):
        found[name] = _property(model, name, texts[name], netdev)
    for fault in chain(_pci_faults(found), _virtio_faults(model, found), _failover_faults(found)):
        raise NetdError(fault)
    return {name: found[name] for name in texts if (name, found[name]) != ("mac", _NO_MAC)}


def parse_mac(text: str) -> str:
    """A MAC address as the property ``mac`` has it: 17 characters, octets parted by ``:`` or ``-``.

    Returns it in lower case with colons; multicast is allowed. Raises :class:`ValueError`.
    """
    if not _MAC.fullmatch(text):
        raise ValueError(text)
    return text.replace("-", ":").lower()


def parse_macaddr_legacy(text: str) -> str:
    """A MAC address as ``-net nic,macaddr=`` has it (``net_parse_macaddr``).

    Octets are hexadecimal numbers of any width, of which the low eight bits count; one number up
    to 0xffffff gives the last three octets. Returns it in lower case with colons. Multicast is for
    the caller to refuse, whose words depend on the option. Raises :class:`NetdError`.
    """
    try:
        return numerals.integer(text or "0").to_bytes(3, "big").rjust(6, b"\0").hex(":")
    except (ValueError, OverflowError):
        return _octets(text)


# What was given, as text


def texts_of(given: Mapping[str, Any], *, typed: bool) -> Iterator[tuple[str, str]]:
    """Every member with its value as text; those that have none are left out."""
    for name, value in given.items():
        if not typed:
            yield from _flat(name, value)
        elif (text := text_of(name, value)) is not None:
            yield name, text


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Option text: of a repeated key the last counts, and a dot in a key is a dot."""
    if isinstance(value, Repeated):
        yield name, value[-1]
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _flat(f"{name}.{key}", inner)
    else:
        yield name, value


def text_of(name: str, value: Any) -> str | None:
    """What becomes of a QMP value (``qemu_opts_from_qdict``); ``None`` if nothing."""
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float) or (isinstance(value, int) and not -(2**63) <= value < 2**64):
        return f"{float(value):.17g}"
    if isinstance(value, int | str):
        return str(value)
    raise wrong_type(name, "string", value)


# One property


def _property(model: Model, name: str, text: str, netdev: Callable[[str], NetdevState]) -> Value:
    known = model.properties.get(name)
    if name in _EVERY_DEVICE or (known and name in _READ_ONLY):
        raise NetdError(f"Property '{model.path(name)}' is not writable")
    if known is None:
        raise NetdError(f"Property '{model.path(name)}' not found")
    if name == "netdev" and (state := netdev(text)) != "free":
        raise NetdError(f"Property '{model.path(name)}' {_NETDEV_FAULTS[state].format(text)}")
    special = _SPECIAL.get(name)
    if special is None:
        return _TYPES[known.type](name, text)
    try:
        return special(text)
    except ValueError:
        raise unfit(model, name, text) from None


def unfit(model: Model, name: str, text: str, why: str = "") -> NetdError:
    """The refusal of a property's value, with the reason where it is netd's own."""
    return NetdError(f"Property '{model.path(name)}' doesn't take value '{text}'{why and f': {why}'}")


def _slot(text: str) -> str:
    """A PCI slot and function in hexadecimal: ``6``, ``06.0``, ``1f.7`` (``set_pci_devfn``)."""
    match = _SLOT.fullmatch(text)
    slot, function = (int(part or "0", 16) % 2**32 for part in match.groups()) if match else (-1, -1)
    if not (0 <= slot < 32 and 0 <= function < 8):
        raise ValueError(text)
    return f"{slot:02x}.{function:x}"


def _on_off_auto(name: str, text: str) -> str:
    if text not in ("on", "off", "auto"):
        raise not_among(name, text)
    return text


def integer(kind: str) -> Callable[[str, str], int]:
    """A reader for ``int32``, ``uint16``…; a negative number for an unsigned one counts from 2⁶⁴ down."""
    signed, bits = kind.startswith("int"), int(kind.lstrip("uint"))
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    parse = _READER.integer if signed else _READER.natural

    def read_integer(name: str, text: str) -> int:
        value = parse(text, "", name)
        if not low <= value < high:
            raise expects(name, f"{kind}_t")
        return value

    return read_integer


_NETDEV_FAULTS = {"missing": "can't find value '{}'", "busy": "can't take value '{}', it's in use"}
_SPECIAL: Mapping[str, Callable[[str], str]] = {"addr": _slot, "mac": parse_mac}
_TYPES: Mapping[str, Callable[[str, str], Value]] = {
    "bool": lambda name, text: _READER.boolean(text, "", name),
    "str": lambda _name, text: text,
    "OnOffAuto": _on_off_auto,
    **{kind: integer(kind) for kind in ("int32", "uint8", "uint16", "uint32", "uint64")},
}


# The device as a whole: what QEMU finds wrong when it realizes one, in its order


def _pci_faults(values: Mapping[str, Value]) -> Iterator[str]:
    if int(values.get("acpi-index", 0)) > 16383:  # ONBOARD_INDEX_MAX, hw/acpi/pcihp.c
        yield "acpi-index should be less or equal to 16383"
    size = int(values.get("romsize", 1))
    if size != 2**32 - 1 and size.bit_count() != 1:
        yield f"ROM size {size} is not a power of two"


def _virtio_faults(model: Model, values: Mapping[str, Value]) -> Iterator[str]:
    legacy, modern = values.get("disable-legacy"), not values.get("disable-modern", False)
    if legacy == "on" and not modern:
        yield "device cannot work as neither modern nor legacy mode is enabled"
    if values.get("duplex", "full") not in ("half", "full"):
        yield "'duplex' must be 'half' or 'full'"
    if int(values.get("speed", -1)) < -1:
        yield "'speed' must be between 0 and INT_MAX"
    for queue, stop in (("rx_queue_size", "."), ("tx_queue_size", "")):
        if int(values.get(queue, 256)) not in (256, 512, 1024):
            yield f"Invalid {queue} (= {values[queue]}), must be a power of 2 between 256 and 1024{stop}"
    has_legacy = legacy == "off" or not modern or model.name.endswith("-pci-transitional")
    if values.get("iommu_platform") and has_legacy:
        yield "VIRTIO_F_IOMMU_PLATFORM was supported by neither legacy nor transitional device"


def _failover_faults(values: Mapping[str, Value]) -> Iterator[str]:
    first_function = str(values.get("addr", ".0")).endswith(".0")
    if "failover_pair_id" in values and (values.get("multifunction") or not first_function):
        yield "failover: primary device must be in its own PCI slot"


# -net's MAC addresses


def _octets(text: str) -> str:
    """Six numbers as ``strtol`` reads them, parted by ``:`` or ``-``."""
    octets, at = bytearray(), 0
    for last in (False,) * 5 + (True,):
        match = _OCTET.match(text, at)
        number = int(match[1] + match[2], 16) if match else 0
        octets.append(max(-(2**63), min(number, 2**63 - 1)) % 256)
        at = match.end() if match else at
        if last != (at == len(text)) or (not last and text[at] not in ":-"):
            raise NetdError("invalid syntax for ethernet address")
        at += 1
    return octets.hex(":")
