"""Reading ``device_add``: each case is read by netd here, and given to a real QEMU beside it."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netd.errors import NetdError
from netd.nics.models import creatable, find, models
from netd.nics.properties import (
    NetdevState,
    parse_mac,
    parse_macaddr_legacy,
    read,
)
from netd.schema.repeated import Repeated
from tests.support.qmp import QmpClient
from tests.tools.record_models import qemu

STATES: dict[str, NetdevState] = {"busy0": "busy", "free0": "free"}


class Case(NamedTuple):
    """A ``device_add`` over QMP and what is said to it; ``None`` if it is done."""

    driver: str
    given: dict[str, Any]
    said: str | None = None


def a_bool(driver: str, name: str) -> Iterator[Case]:
    good: list[Any] = ["on", "off", "yes", "no", "true", "false", "y", "n", True, False, None, {}, [1]]
    yield from (Case(driver, {name: value}) for value in good)
    for bad in ("ON", "", "1", 1, 0.0):
        yield Case(driver, {name: bad}, f"Parameter '{name}' expects 'on' or 'off'")


def an_integer(driver: str, name: str, kind: str, low: int, high: int) -> Iterator[Case]:
    for good in (low, high, str(high), hex(high), f" {high}", "010", float(high), None):
        yield Case(driver, {name: good})
    for far in (low - 1, high + 1, str(high + 1)):
        yield Case(driver, {name: far}, f"Parameter '{name}' expects {kind}")
    for bad in ("", "x", "5 ", "09", "1k", "0x", 1.5, True, 2**64):
        yield Case(driver, {name: bad}, f"Parameter '{name}' expects integer")


def a_slot() -> Iterator[Case]:
    for good in ("1f.7", "0x1f", "+1e", " 1d", "1c. 0", 7.5):
        yield Case("rtl8139", {"addr": good})
    for bad in ("20", "6.8", "-1", "x", "6.", "", "6.0.0", ".0", "6,0", "6 ", 32, -1, 6.25):
        yield Case("rtl8139", {"addr": bad}, f"Property 'rtl8139.addr' doesn't take value '{bad}'")


def a_mac() -> Iterator[Case]:
    for good in ("52:54:00:00:00:01", "52-54-00-00:aB-CD", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", None):
        yield Case("usb-net", {"mac": good})
    for bad in (
        "",
        "52:54:0:0:0:1",
        "52:54:00:00:00:0g",
        "525400000001",
        "52:54:00:00:00:01 ",
        "5.5.0.0.0.1",
    ):
        yield Case("usb-net", {"mac": bad}, f"Property 'usb-net.mac' doesn't take value '{bad}'")
    for number, text in ((1, "1"), (1.5, "1.5"), (2**64, "1.8446744073709552e+19"), (False, "off")):
        yield Case("usb-net", {"mac": number}, f"Property 'usb-net.mac' doesn't take value '{text}'")


def a_netdev() -> Iterator[Case]:
    for driver, owner in (("usb-net", "usb-net"), ("virtio-net", "virtio-net-device")):
        path = f"Property '{owner}.netdev'"
        yield Case(driver, {"netdev": "free0"})
        yield Case(driver, {"netdev": "nope"}, f"{path} can't find value 'nope'")
        yield Case(driver, {"netdev": 3}, f"{path} can't find value '3'")
        yield Case(driver, {"netdev": "held"}, f"{path} can't find value 'held'")
        yield Case(driver, {"netdev": "busy0"}, f"{path} can't take value 'busy0', it's in use")


def an_on_off_auto() -> Iterator[Case]:
    for good in ("on", "off", "auto", True, None):
        yield Case("virtio-net", {"disable-legacy": good})
    for bad in ("yes", "AUTO", "", 1):
        said = f"Parameter 'disable-legacy' does not accept value '{bad}'"
        yield Case("virtio-net", {"disable-legacy": bad}, said)


def a_whole_device() -> Iterator[Case]:
    virtio = "virtio-net-pci"
    iommu = "VIRTIO_F_IOMMU_PLATFORM was supported by neither legacy nor transitional device"
    neither = "device cannot work as neither modern nor legacy mode is enabled"
    for wrong in (0, 100, 300, 2048, 65535):
        limits = f"(= {wrong}), must be a power of 2 between 256 and 1024"
        yield Case(virtio, {"rx_queue_size": wrong}, f"Invalid rx_queue_size {limits}.")
        yield Case(virtio, {"tx_queue_size": wrong}, f"Invalid tx_queue_size {limits}")
    yield Case(virtio, {"rx_queue_size": 512, "tx_queue_size": "1024"})
    yield Case(virtio, {"duplex": "x"}, "'duplex' must be 'half' or 'full'")
    yield Case(virtio, {"duplex": "half", "speed": -1})
    yield Case(virtio, {"speed": -2}, "'speed' must be between 0 and INT_MAX")
    yield Case(virtio, {"disable-legacy": "on", "disable-modern": True}, neither)
    yield Case(virtio, {"disable-legacy": "off", "disable-modern": True})
    yield Case(virtio, {"iommu_platform": True, "disable-legacy": "off"}, iommu)
    yield Case(virtio, {"iommu_platform": True, "disable-legacy": "on"})
    yield Case(f"{virtio}-transitional", {"iommu_platform": True}, iommu)
    yield Case(f"{virtio}-non-transitional", {"iommu_platform": True})
    yield Case("e1000", {"romsize": 3}, "ROM size 3 is not a power of two")
    yield Case("e1000", {"romsize": 4096})
    yield Case("e1000", {"acpi-index": 16384}, "acpi-index should be less or equal to 16383")


def which_first() -> Iterator[Case]:
    """Of several mistakes one is told: of properties by name, then of the device in a fixed order."""
    told = {
        "acpi-index": (16384, "acpi-index should be less or equal to 16383"),
        "romsize": (3, "ROM size 3 is not a power of two"),
        "duplex": ("x", "'duplex' must be 'half' or 'full'"),
        "speed": (-2, "'speed' must be between 0 and INT_MAX"),
        "rx_queue_size": (3, "Invalid rx_queue_size (= 3), must be a power of 2 between 256 and 1024."),
        "tx_queue_size": (3, "Invalid tx_queue_size (= 3), must be a power of 2 between 256 and 1024"),
    }
    names = list(told)
    for at, name in enumerate(names):
        yield Case("virtio-net", {wrong: told[wrong][0] for wrong in reversed(names[at:])}, told[name][1])
    wrong = {"mac": "x", "bootindex": "x", "netdev": "nope", "msos-desc": "x"}
    yield Case("usb-net", wrong, "Parameter 'bootindex' expects integer")
    yield Case("usb-net", {**wrong, "bogus": 1}, "Parameter 'bootindex' expects integer")
    yield Case("usb-net", {**wrong, "bogus": 1, "bootindex": 1}, "Property 'usb-net.bogus' not found")
    colliding = ("guest_tso4", "guest_tso6")  # of two in one place of the table the later one
    for pair in (colliding, colliding[::-1]):
        yield Case("virtio-net", dict.fromkeys(pair, "x"), f"Parameter '{pair[1]}' expects 'on' or 'off'")


def every_model_on_pci() -> Iterator[Case]:
    for model in models().values():
        if model.bus == "PCI" and not model.refusal and model.name != "igb":
            yield Case(model.name, {"bootindex": 1, "mac": "52:54:00:00:00:01"})


CASES = [
    *a_bool("virtio-net", "mq"),
    *an_integer("virtio-net", "x-txburst", "int32_t", -(2**31), 2**31 - 1),
    *an_integer("virtio-net-pci-transitional", "host_mtu", "uint16_t", 0, 65535),
    *an_integer("e1000e", "disable_vnet_hdr", "uint8_t", 0, 255),
    *an_integer("virtio-net", "x-txtimer", "uint32_t", 0, 2**32 - 1),
    *a_slot(),
    *a_mac(),
    *a_netdev(),
    *an_on_off_auto(),
    *a_whole_device(),
    *which_first(),
    *every_model_on_pci(),
    Case("e1000", {"bogus": 1}, "Property 'e1000.bogus' not found"),
    Case("e1000", {"": 1}, "Property 'e1000.' not found"),
    Case("e1000-82540em", {"Mac": 1}, "Property 'e1000.Mac' not found"),
    Case("virtio-net", {"disable_legacy": 1}, "Property 'virtio-net-pci.disable_legacy' not found"),
    Case("e1000", {"bogus": None, "worse": {}, "worst": [1]}),
    Case("usb-net", {"attached": True}, "Property 'usb-net.attached' is not writable"),
    Case("virtio-net", {"virtio-backend": "x"}, "Property 'virtio-net-pci.virtio-backend' is not writable"),
    Case("e1000", {"virtio-backend": "x"}, "Property 'e1000.virtio-backend' not found"),
    Case("tulip", {"type": "x"}, "Property 'tulip.type' is not writable"),
    Case("pcnet", {"parent_bus": "x"}, "Property 'pcnet.parent_bus' is not writable"),
    Case("nosuch", {"bogus": 1}, "'nosuch' is not a valid device model name"),
]


class Line(NamedTuple):
    """The same in option text: the line, what the option parser makes of it, what is said."""

    text: str
    given: dict[str, Any]
    said: str | None = None


_BAD_BOOTINDEX = "Parameter 'bootindex' expects integer"
LINES = [
    Line("usb-net,mac=x,mac=52:54:00:00:00:01", {"mac": Repeated(["x", "52:54:00:00:00:01"])}),
    Line("usb-net,msos-desc", {"msos-desc": "on"}),
    Line("usb-net,nomsos-desc", {"msos-desc": "off"}),
    Line("usb-net,serial=a,,b", {"serial": "a,b"}),
    Line("usb-net,serial=", {"serial": ""}),
    Line("usb-net,mac=", {"mac": ""}, "Property 'usb-net.mac' doesn't take value ''"),
    Line("usb-net,bootindex=x,mac=1", {"bootindex": "x", "mac": "1"}, _BAD_BOOTINDEX),
    Line("usb-net,mac=1,bootindex=x", {"mac": "1", "bootindex": "x"}, _BAD_BOOTINDEX),
    Line("usb-net,bootindex=0x10", {"bootindex": "0x10"}),
    Line("usb-net,bogus", {"bogus": "on"}, "Property 'usb-net.bogus' not found"),
    Line("usb-net,a.b=c", {"a": {"b": "c"}}, "Property 'usb-net.a.b' not found"),
    Line("usb-net,a.0=c", {"a": ["c"]}, "Property 'usb-net.a.0' not found"),
    Line("usb-net,netdev=x", {"netdev": "x"}, "Property 'usb-net.netdev' can't find value 'x'"),
    Line("virtio-net,mac=x", {"mac": "x"}, "Property 'virtio-net-device.mac' doesn't take value 'x'"),
]


def said(driver: str, given: Mapping[str, Any], *, typed: bool = True) -> str | None:
    """What netd says to a ``device_add``; ``None`` if it is right."""
    try:
        read(creatable(driver), given, typed=typed, netdev=lambda name: STATES.get(name, "missing"))
    except NetdError as error:
        return error.desc
    return None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_netd_says(case: Case) -> None:
    assert said(case.driver, case.given) == case.said


@pytest.mark.parametrize("line", LINES, ids=str)
def test_netd_says_to_option_text(line: Line) -> None:
    assert said(line.text.split(",")[0], line.given, typed=False) == line.said


# Beside a real QEMU

NO_ROM = "/no/such/rom"
"""A PCI device with this file is refused after everything else was found right, and takes no slot."""


class Real:
    """A real QEMU; ``busy0`` is the netdev of the NIC ``held``, ``free0`` is free."""

    def __init__(self, qmp: QmpClient) -> None:
        self.qmp = qmp
        for name in STATES:
            qmp.cmd("netdev_add", type="hubport", id=name, hubid=0)
        qmp.cmd("device_add", driver="usb-net", id="held", netdev="busy0")

    def says(self, driver: str, given: Mapping[str, Any]) -> str | None:
        """What QEMU says to a ``device_add``; ``None`` if it is right."""
        rom = {} if driver == "usb-net" else {"romfile": NO_ROM}
        reply = self.qmp.call("device_add", {"driver": driver, "id": "new", **rom, **given})
        if "error" not in reply:
            assert driver == "usb-net"
            self.remove()
            return None
        desc = str(reply["error"]["desc"])
        return None if desc == f'failed to find romfile "{NO_ROM}"' else desc

    def says_to(self, line: str) -> str | None:
        """What it says to the human monitor's ``device_add``."""
        text = self.qmp.hmp(f"device_add {line},id=new")
        if not text:
            self.remove()
        return text.removeprefix("Error: ").removesuffix("\r\n") or None

    def remove(self) -> None:
        """Remove the NIC that came; one on USB goes at once."""
        self.qmp.cmd("device_del", id="new")
        self.qmp.events.clear()


@pytest.fixture(scope="module")
def real() -> Iterator[Real]:
    with qemu("-device", "qemu-xhci") as qmp:
        yield Real(qmp)


@pytest.mark.qemu
@pytest.mark.parametrize("case", CASES, ids=str)
def test_qemu_says_so_too(real: Real, case: Case) -> None:
    assert real.says(case.driver, case.given) == case.said


@pytest.mark.qemu
@pytest.mark.parametrize("line", LINES, ids=str)
def test_qemu_says_so_too_to_option_text(real: Real, line: Line) -> None:
    assert real.says_to(line.text) == line.said


@pytest.mark.qemu
def test_qemu_tells_the_same_one_of_several_mistakes(real: Real) -> None:
    chance = random.Random(7)
    kinds = ("bool", "int32", "uint32", "uint16")
    names = [each.name for each in find("virtio-net").properties.values() if each.type in kinds]
    names += [f"bogus{number}" for number in range(50)]
    for _ in range(40):
        wrong = dict.fromkeys(chance.sample(names, 6), "x")
        assert said("virtio-net", wrong) == real.says("virtio-net", wrong), wrong


# What is read


@pytest.mark.parametrize(
    ("driver", "given", "values"),
    [
        ("e1000", {"driver": "x", "id": 5, "mac": "52-54-00-00-00-0A"}, {"mac": "52:54:00:00:00:0a"}),
        ("e1000", {"mac": "00:00:00:00:00:00", "mitigation": "y"}, {"mitigation": True}),
        ("e1000", {"bus": 5, "bogus": None}, {"bus": "5"}),
        ("e1000", {"addr": "6", "romfile": "", "rombar": 1.0}, {"addr": "06.0", "romfile": "", "rombar": 1}),
        ("virtio-net", {"disable-legacy": True, "netdev": "n0"}, {"disable-legacy": "on", "netdev": "n0"}),
        ("virtio-net", {"rx_queue_size": "0x200", "vectors": "-18446744073709551613"},
         {"rx_queue_size": 512, "vectors": 3}),
        ("veth", {"mac": "02:00:00:00:00:01", "ip": "x", "queues": []}, {"mac": "02:00:00:00:00:01"}),
    ],
)  # fmt: skip
def test_values(driver: str, given: dict[str, Any], values: dict[str, Any]) -> None:
    assert read(find(driver), given, typed=True) == values


def test_values_keep_the_order_they_were_given_in() -> None:
    given = {"mac": "02:00:00:00:00:01", "bus": "pci.0", "addr": "3", "acpi-index": 1}
    assert list(read(find("e1000"), given, typed=True)) == list(given)


def test_a_primary_of_failover_has_its_slot_alone() -> None:
    alone = "failover: primary device must be in its own PCI slot"
    assert said("e1000e", {"failover_pair_id": "v0", "addr": "5.0"}) is None
    assert said("e1000e", {"failover_pair_id": "v0", "addr": "5.1"}) == alone
    assert said("e1000e", {"failover_pair_id": "v0", "multifunction": True}) == alone


def test_what_would_crash_qemu_is_refused() -> None:
    assert said("e1000", {"realized": True}) == "Property 'e1000.realized' is not writable"


def test_every_property_of_every_model_is_read_or_refused_by_name() -> None:
    for model in models().values():
        for name in model.properties:
            desc = said(model.name, {name: "-"})
            assert model.refusal or desc is None or name in desc, (model.name, name)


def test_a_string_too_long_to_be_held_is_refused() -> None:
    long = type("LongString", (), {"is_long_string": True})()
    assert said("e1000", {"romfile": long}) == "Parameter 'romfile' is too long"


# MAC addresses


def test_a_mac_is_lower_case_with_colons() -> None:
    assert parse_mac("52-54:00-AB:cd-Ef") == "52:54:00:ab:cd:ef"


@given(st.text(alphabet="0aF:-x ", max_size=18))
def test_no_other_text_is_a_mac(text: str) -> None:
    good = re.fullmatch(r"(?:[0aF]{2}[:-]){5}[0aF]{2}", text)
    with contextlib.nullcontext() if good else pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        assert parse_mac(text) == text.lower().replace("-", ":")


READ_BY_QEMU = {
    "52:54:0:1:2:3": "52:54:00:01:02:03",
    "52-54-0-1-2-3": "52:54:00:01:02:03",
    "0x10": "00:00:00:00:00:10",
    "010": "00:00:00:00:00:08",
    "16777215": "00:00:00:ff:ff:ff",
    "": "00:00:00:00:00:00",
    ":::::": "00:00:00:00:00:00",
    "152:54:0:1:2:3": "52:54:00:01:02:03",
    " 52: 54:+0:0x1:2:3": "52:54:00:01:02:03",
    "52--54:0:1:2:3": "52:ac:00:01:02:03",
    "123456789123456789:0:0:0:0:2": "ff:00:00:00:00:02",
    "-1:0:0:0:0:0": "ff:00:00:00:00:00",
}
"""What QEMU 7.2 made of ``-net nic,macaddr=`` and ``-nic mac=``, but that it then refused multicast."""


@pytest.mark.parametrize("text", READ_BY_QEMU)
def test_a_macaddr_of_net(text: str) -> None:
    assert parse_macaddr_legacy(text) == READ_BY_QEMU[text]


REFUSED_BY_QEMU = (
    *("16777216", "0x1000000", "-1", "5 ", "x", "09", "1e", "0x", "::::: ", "52:54:0:1:2", "52:54:0:1:2:3:4"),
    *("52:54:0:1:2:3x", "0x:1:2:3:4:5", "5.4.0.1.2.3"),
)


@pytest.mark.parametrize("text", REFUSED_BY_QEMU)
def test_what_is_no_macaddr_of_net(text: str) -> None:
    with pytest.raises(NetdError, match=r"^invalid syntax for ethernet address$"):
        parse_macaddr_legacy(text)


@given(st.binary(min_size=6, max_size=6), st.sampled_from(":-"))
@settings(max_examples=50)
def test_every_mac_is_read_alike_by_both(octets: bytes, separator: str) -> None:
    text = octets.hex(separator)
    assert parse_mac(text) == parse_macaddr_legacy(text) == octets.hex(":")
