"""QEMU's NIC models: their names, properties and help texts, from QEMU's own tables.

``models.json`` is what QEMU 7.2 says of itself (``-device help`` and ``device-list-properties``;
``tests/tools/record_models.py`` writes it). Beside it stand what QEMU 8.2 adds, netd's own model
``veth``, and netd's own properties (:data:`OWN`), which every model has.

The file is read once, when a model is first asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TypeAlias

from netd.errors import NetdError

Default: TypeAlias = bool | int | str | None


@dataclass(frozen=True, slots=True)
class Property:
    """What a device can be told: ``type`` and ``description`` as QEMU's help shows them.

    ``default`` is ``None`` where QEMU names none.
    """

    name: str
    type: str
    description: str = ""
    default: Default = None

    @property
    def help(self) -> str:
        """Its line in the help of a model, without the line's end (``qdev_print_props``)."""
        line = f"  {self.name}=<{self.type}>"
        if self.description or self.default is not None:
            line = f"{line:<24} - {self.description}"
        return line if self.default is None else f"{line} (default: {json.dumps(self.default)})"


OWN = {
    own.name: own
    for own in (
        Property("attach", "str", "How the guest holds the NIC: tap (a VMM) or netns (a network namespace)"),
        Property("gateway", "str", "Default gateway for the namespace, example: 10.0.0.1"),
        Property(
            "ifname", "str", "Name of the interface in the namespace; eth0, or the next free, if not given"
        ),
        Property("ip", "str", "Address in the namespace, may be repeated, example: 10.0.0.2/24"),
        Property("mtu", "uint32", "Largest payload of a frame, bytes"),
        Property("netns", "str", "The guest's network namespace: name, path or pid"),
        Property("queues", "uint32", "Number of queue pairs; more than one needs mq=on", 1),
    )
}
"""netd's own properties, by name. No model of QEMU's has one of these names."""


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of NIC that a guest can be given.

    ``bus`` is the kind of bus it sits on, ``None`` for netd's own ``veth``, which is no device.
    ``properties`` are the model's, without :data:`OWN`. ``attaches`` are the ways a guest can hold
    it, the default first. ``refusal`` says why nobody can have one, ``""`` if one can;
    ``listed`` whether :func:`device_help` shows it.
    """

    name: str
    bus: str | None
    properties: Mapping[str, Property]
    alias: str = ""
    desc: str = ""
    attaches: tuple[str, ...] = ("tap", "netns")
    refusal: str = ""
    listed: bool = True

    @property
    def queues_property(self) -> str | None:
        """The property that must be on for more than one queue; ``None`` if there is only ever one."""
        return "mq" if "mq" in self.properties else None

    @property
    def help(self) -> str:
        """Its line in the list of devices, without the line's end (``qdev_print_devinfo``)."""
        parts = (
            f'name "{self.name}"',
            self.bus and f"bus {self.bus}",
            self.alias and f'alias "{self.alias}"',
            self.desc and f'desc "{self.desc}"',
        )
        return ", ".join(part for part in parts if part)

    def path(self, name: str) -> str:
        """How QEMU's messages name a property: ``e1000.mac``.

        What a virtio device on PCI hands on to the device proper is named as that one's.
        """
        handed_on = "virtio-backend" in self.properties and name in ("mac", "netdev")
        return f"{'virtio-net-device' if handed_on else self.name}.{name}"


@cache
def models() -> Mapping[str, Model]:
    """Every model by its own name, aliases aside, in the order of the list of devices."""
    recorded = {model.name: model for model in _recorded()}
    every = [*recorded.values(), *_added(recorded)]
    return {model.name: model for model in sorted(every, key=lambda model: model.name.casefold())}


def find(driver: str) -> Model:
    """The model of that name or alias, also one that is refused.

    Raises :class:`NetdError` when there is none.
    """
    model = models().get(driver) or _aliases().get(driver)
    if model is None:
        raise NetdError(f"'{driver}' is not a valid device model name")
    return model


def creatable(driver: str) -> Model:
    """The model for a new NIC; :class:`NetdError` also when it is one that netd cannot serve."""
    model = find(driver)
    if model.refusal:
        raise NetdError(model.refusal)
    return model


def device_help() -> str:
    """The section of network devices of ``-device help``."""
    return "".join(
        f"{line}\n" for line in ("Network devices:", *(m.help for m in models().values() if m.listed))
    )


def model_help(model: Model) -> str:
    """The properties of a model as ``device_add MODEL,help`` prints them, netd's own among them."""
    own = OWN | {"attach": replace(OWN["attach"], default=model.attaches[0])}
    lines = sorted(each.help for each in (*model.properties.values(), *own.values()))
    return "".join(f"{line}\n" for line in (f"{model.name} options:", *lines))


def nic_models_help() -> str:
    """What ``-nic model=help`` prints: the models on PCI that take a netdev."""
    names = (model.name for model in models().values() if model.bus == "PCI" and "netdev" in model.properties)
    return "".join(f"{line}\n" for line in ("Supported NIC models:", *names))


def help_text(driver: str | None) -> str:
    """What the human monitor answers to ``device_add help`` and ``DRIVER,help``; lines end in CR LF."""
    if driver is None:
        text = device_help()
    else:
        model = models().get(driver) or _aliases().get(driver)
        text = model_help(model) if model else f"Device '{driver}' not found\n"
    return text.replace("\n", "\r\n")


@cache
def _aliases() -> Mapping[str, Model]:
    return {model.alias: model for model in models().values() if model.alias}


_REFUSALS = {
    "pvrdma": "netd does not serve 'pvrdma': it hands the guest an RDMA adapter of the host, "
    "and its Ethernet side is another device on the same slot, a vmxnet3",
    "rocker": "netd does not serve 'rocker': it is a switch with ports of its own, not a NIC with a netdev; "
    "use a NIC for each port",
}
"""Why netd has no use for what QEMU lists."""


def _recorded() -> Iterator[Model]:
    """QEMU 7.2's models; equal properties are one object."""
    data = json.loads(files(__package__).joinpath("models.json").read_bytes())
    properties = [Property(*row) for row in data["properties"]]
    for row in data["models"]:
        own = {properties[number].name: properties[number] for number in row.pop("properties")}
        yield Model(properties=own, refusal=_REFUSALS.get(row["name"], ""), **row)


def _added(recorded: Mapping[str, Model]) -> Iterator[Model]:
    """What QEMU 8.2 has beside the recorded ones (``hw/net/igb.c``, ``igbvf.c``), and netd's own."""
    plain = recorded["e1000e"].properties
    nic = {name: plain[name] for name in ("bootindex", "mac", "netdev")}
    pci = {name: plain[name] for name in recorded["rtl8139"].properties if name not in nic}
    pci |= _switches({"x-pcie-ari-nextfn-1": False, "x-pcie-err-unc-mask": True})
    desc = "Intel 82576 Gigabit Ethernet Controller"
    yield Model("igb", "PCI", pci | nic | _switches({"x-pcie-flr-init": True}), desc=desc)
    refusal = (
        "Parameter 'driver' expects a pluggable device type: "
        "an igbvf is a virtual function, which the guest of an igb makes for itself"
    )
    yield Model("igbvf", "PCI", pci, desc="Intel 82576 Virtual Function", refusal=refusal, listed=False)
    container = {name: nic[name] for name in ("mac", "netdev")}
    yield Model("veth", None, container, desc="Container or process network namespace", attaches=("netns",))


def _switches(defaults: Mapping[str, bool]) -> dict[str, Property]:
    return {name: Property(name, "bool", "on/off", default) for name, default in defaults.items()}
