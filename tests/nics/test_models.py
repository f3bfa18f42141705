"""NIC models: that all of QEMU's are there, that the help is QEMU's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from netd.errors import NetdError
from netd.nics.models import (
    OWN,
    Model,
    Property,
    creatable,
    device_help,
    find,
    help_text,
    model_help,
    models,
    nic_models_help,
)
from tests.support.qmp import QmpClient
from tests.tools.record_models import MODELS, network_devices, qemu, record

_NAMES = """\
e1000 e1000-82544gc e1000-82545em e1000e i82550 i82551 i82557a i82557b i82557c i82558a i82558b i82559a
i82559b i82559c i82559er i82562 i82801 ne2k_isa ne2k_pci pcnet pvrdma rocker rtl8139 tulip usb-net
virtio-net-device virtio-net-pci virtio-net-pci-non-transitional virtio-net-pci-transitional vmxnet3
"""
QEMU_7_2 = _NAMES.split()

E1000_HELP = """\
e1000 options:
  acpi-index=<uint32>    -  (default: 0)
  addr=<int32>           - Slot and optional function number, example: 06.0 or 06 (default: -1)
  autonegotiation=<bool> - on/off (default: true)
  bootindex=<int32>
  extra_mac_registers=<bool> - on/off (default: true)
  failover_pair_id=<str>
  init-vet=<bool>        - on/off (default: true)
  mac=<str>              - Ethernet 6-byte MAC Address, example: 52:54:00:12:34:56
  migrate_tso_props=<bool> - on/off (default: true)
  mitigation=<bool>      - on/off (default: true)
  multifunction=<bool>   - on/off (default: false)
  netdev=<str>           - ID of a netdev to use as a backend
  rombar=<uint32>        -  (default: 1)
  romfile=<str>
  romsize=<uint32>       -  (default: 4294967295)
  x-pcie-extcap-init=<bool> - on/off (default: true)
  x-pcie-lnksta-dllla=<bool> - on/off (default: true)
"""


def without_own(text: str) -> str:
    """A model's help without netd's own properties."""
    heads = tuple(f"  {name}=<" for name in OWN)
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(heads))


# The models there are


def test_all_of_qemu_are_there_and_a_few_more() -> None:
    assert set(models()) - set(QEMU_7_2) == {"igb", "igbvf", "veth"}
    assert set(QEMU_7_2) <= set(models())


def test_a_model_is_found_by_name_and_by_alias() -> None:
    assert find("e1000").name == "e1000"
    assert find("e1000-82540em") is find("e1000")
    assert find("virtio-net").name == "virtio-net-pci"


@pytest.mark.parametrize("driver", ["nosuch", "", "virtio-net-pci-base", "VETH", "e1000 "])
def test_no_other_is(driver: str) -> None:
    with pytest.raises(NetdError, match=rf"^'{driver}' is not a valid device model name$"):
        creatable(driver)


@pytest.mark.parametrize(
    ("driver", "why"),
    [
        ("rocker", "netd does not serve 'rocker': it is a switch"),
        ("pvrdma", "netd does not serve 'pvrdma': it hands the guest an RDMA adapter"),
        ("igbvf", "Parameter 'driver' expects a pluggable device type: an igbvf is a virtual function"),
    ],
)
def test_some_are_known_and_refused(driver: str, why: str) -> None:
    assert find(driver).refusal.startswith(why)
    with pytest.raises(NetdError) as refused:
        creatable(driver)
    assert refused.value.desc == find(driver).refusal


def test_every_other_can_be_had_and_takes_a_mac_and_a_netdev() -> None:
    for model in models().values():
        if not model.refusal:
            assert creatable(model.name) is model
            assert {"mac", "netdev"} <= set(model.properties), model.name


def test_none_has_a_property_of_netds_own() -> None:
    for model in models().values():
        assert not set(model.properties) & set(OWN), model.name


def test_the_keys_are_the_names() -> None:
    assert all(name == model.name for name, model in models().items())
    assert all(name == own.name for name, own in OWN.items())
    for model in models().values():
        assert all(name == each.name for name, each in model.properties.items()), model.name


@pytest.mark.parametrize(
    ("driver", "attaches", "queues_property"),
    [
        ("e1000", ("tap", "netns"), None),
        ("virtio-net-device", ("tap", "netns"), "mq"),
        ("virtio-net-pci-transitional", ("tap", "netns"), "mq"),
        ("veth", ("netns",), None),
    ],
)
def test_how_a_guest_holds_it(driver: str, attaches: tuple[str, ...], queues_property: str | None) -> None:
    assert find(driver).attaches == attaches
    assert find(driver).queues_property == queues_property


def test_properties_have_qemus_types_and_defaults() -> None:
    virtio = find("virtio-net").properties
    assert virtio["rx_queue_size"] == Property("rx_queue_size", "uint16", "", 256)
    assert virtio["disable-legacy"] == Property("disable-legacy", "OnOffAuto", "on/off/auto", "auto")
    assert virtio["mq"].default is False
    assert virtio["duplex"].default is None
    assert find("ne2k_isa").properties.keys() == {"bootindex", "iobase", "irq", "mac", "netdev"}


def test_igb_has_the_properties_of_a_pci_nic_of_8_2() -> None:
    more = {"x-pcie-ari-nextfn-1", "x-pcie-err-unc-mask", "x-pcie-flr-init"}
    assert find("igb").properties.keys() == find("rtl8139").properties.keys() | more
    assert "mac" not in find("igbvf").properties


def test_what_virtio_on_pci_hands_on_is_named_as_the_devices() -> None:
    assert find("virtio-net").path("mac") == "virtio-net-device.mac"
    assert find("virtio-net").path("speed") == "virtio-net-pci.speed"
    assert find("rtl8139").path("mac") == "rtl8139.mac"


def test_the_file_is_read_when_a_model_is_asked_for() -> None:
    code = "from netd.nics import models; assert models.models.cache_info().currsize == 0"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert models() is models()
    assert MODELS.stat().st_size < 10_000


# Help


def test_the_list_of_devices() -> None:
    lines = device_help().splitlines()
    assert lines[0] == "Network devices:"
    assert lines[1] == 'name "e1000", bus PCI, alias "e1000-82540em", desc "Intel Gigabit Ethernet"'
    assert 'name "ne2k_isa", bus ISA' in lines
    assert 'name "veth", desc "Container or process network namespace"' in lines
    assert not any("igbvf" in line for line in lines)
    assert [line.split('"')[1] for line in lines[1:]] == sorted({*QEMU_7_2, "igb", "veth"})


def test_the_properties_of_a_model() -> None:
    text = model_help(find("e1000-82540em"))
    assert without_own(text) == E1000_HELP
    assert text.splitlines()[1:] == sorted(text.splitlines()[1:])
    assert "  attach=<str>           - How the guest holds the NIC: tap (a VMM) or netns (a network" in text


def test_defaults_are_shown_as_json() -> None:
    lines = model_help(find("virtio-net")).splitlines()
    assert '  disable-legacy=<OnOffAuto> - on/off/auto (default: "auto")' in lines
    assert "  disable-modern=<bool>  -  (default: false)" in lines
    assert "  virtio-backend=<child<virtio-net-device>>" in lines


def test_the_default_attachment_is_shown() -> None:
    assert 'namespace) (default: "netns")' in model_help(find("veth"))
    assert 'namespace) (default: "tap")' in model_help(find("e1000"))


def test_the_models_of_nic() -> None:
    isa_usb_and_others = {"ne2k_isa", "rocker", "usb-net", "virtio-net-device"}
    names = sorted({*QEMU_7_2, "igb"} - isa_usb_and_others)
    assert nic_models_help().splitlines() == ["Supported NIC models:", *names]


def test_the_human_monitors_help() -> None:
    assert help_text(None) == device_help().replace("\n", "\r\n")
    assert help_text("virtio-net").startswith("virtio-net-pci options:\r\n  acpi-index=<uint32>")
    assert help_text("rocker").startswith("rocker options:\r\n")
    assert help_text("nosuch") == "Device 'nosuch' not found\r\n"


# Beside a real QEMU


@pytest.fixture(scope="module")
def real() -> Iterator[QmpClient]:
    with qemu() as qmp:
        yield qmp


@pytest.mark.qemu
def test_the_file_is_what_the_installed_qemu_says(real: QmpClient) -> None:
    def tables(text: str) -> list[str]:
        return [line for line in text.splitlines() if not line.startswith('"qemu":')]

    assert tables(MODELS.read_text()) == tables(record(real))


@pytest.mark.qemu
def test_qemu_lists_the_same_devices(real: QmpClient) -> None:
    ours = [line for line in device_help().splitlines()[1:] if line.split('"')[1] in QEMU_7_2]
    assert ours == network_devices(real.hmp("device_add help"))


@pytest.mark.qemu
@pytest.mark.parametrize("driver", [*QEMU_7_2, "virtio-net", "e1000-82540em"])
def test_qemu_prints_the_same_help(real: QmpClient, driver: str) -> None:
    assert without_own(help_text(driver)) == real.hmp(f"device_add {driver},help")


@pytest.mark.qemu
def test_qemu_prints_the_same_models() -> None:
    command = ["qemu-system-x86_64", "-M", "pc", "-display", "none", "-nic", "model=help"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert nic_models_help().replace("igb\n", "") == printed


def test_a_model_without_anything() -> None:
    assert Model("bare", None, {}).help == 'name "bare"'
