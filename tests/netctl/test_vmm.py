from __future__ import annotations

import pytest

from netctl import vmm
from netctl.errors import Usage
from netctl.vmm import Nic

N0 = Nic("n0", "virtio-net-pci", "52:54:00:12:34:56", [7], {})
N1 = Nic(
    "n1", "e1000", "52:54:00:12:34:57", [8], {"bus": "rp0", "romfile": "", "bootindex": 1, "rombar": False}
)
MANY = Nic("m", "virtio-net-pci", "52:54:00:12:34:58", [7, 8, 9, 10], {"host_mtu": 1400})


@pytest.mark.parametrize(
    ("program", "is_it"),
    [
        ("qemu-system-x86_64", True),
        ("/opt/qemu/bin/qemu-system-aarch64", True),
        ("qemu-kvm", True),
        ("/usr/libexec/qemu-kvm", True),
        ("kvm", True),
        ("kvmtool", False),
        ("qemu-img", False),
        ("/qemu-system-x86_64/sh", False),
    ],
)
def test_qemu_is_known_by_its_name(program: str, is_it: bool) -> None:
    assert vmm.is_qemu(program) is is_it


def test_qemu_gets_its_nics_after_the_users_own_arguments() -> None:
    assert vmm.command_line(
        [N0, N1], ["qemu-system-x86_64", "-m", "512", "-device", "pcie-root-port,id=rp0"]
    ) == [
        *["qemu-system-x86_64", "-m", "512", "-device", "pcie-root-port,id=rp0"],
        *["-netdev", "tap,id=netd-n0,fd=7"],
        *["-device", "virtio-net-pci,id=n0,netdev=netd-n0,mac=52:54:00:12:34:56"],
        *["-netdev", "tap,id=netd-n1,fd=8"],
        "-device",
        "e1000,id=n1,netdev=netd-n1,mac=52:54:00:12:34:57,bus=rp0,romfile=,bootindex=1,rombar=off",
    ]


def test_several_queues_go_together_with_their_vectors() -> None:
    assert vmm.command_line([MANY], ["kvm"]) == [
        "kvm",
        *["-netdev", "tap,id=netd-m,fds=7:8:9:10"],
        "-device",
        "virtio-net-pci,id=m,netdev=netd-m,mac=52:54:00:12:34:58,mq=on,vectors=10,host_mtu=1400",
    ]


@pytest.mark.parametrize(
    ("model", "properties", "options"),
    [
        ("virtio-net-device", {}, ",mq=on"),
        ("virtio-net-pci", {"vectors": 4, "mq": True}, ",mq=on,vectors=4"),
        ("vmxnet3", {}, ""),
    ],
)
def test_only_a_model_that_has_them_is_told_of_queues(
    model: str, properties: dict[str, object], options: str
) -> None:
    *_, device = vmm.command_line([Nic("m", model, "x", [7, 8], properties)], ["kvm"])
    assert device == f"{model},id=m,netdev=netd-m,mac=x{options}"


def test_commas_in_values_are_doubled() -> None:
    *_, device = vmm.command_line([Nic("n", "e1000", "x", [7], {"romfile": "/a,b"})], ["kvm"])
    assert device.endswith(",romfile=/a,,b")


@pytest.mark.parametrize(
    ("users", "netdev", "device"),
    [
        (["-netdev", "user,id=netd-n0"], "netd-n0-2", "n0"),
        (["-device", "virtio-blk,id=n0,drive=d"], "netd-n0", "n0-2"),
        (["-device", '{"driver": "virtio-blk-pci", "id": "n0"}', "-device", "x,id=n0-2"], "netd-n0", "n0-3"),
        (["-netdev", "id=netd-n0,type=user"], "netd-n0-2", "n0"),
        (["-drive", "id=n00,if=none"], "netd-n0", "n0"),
    ],
)
def test_no_id_of_the_users_is_taken_again(users: list[str], netdev: str, device: str) -> None:
    *_, netdev_option, _, device_option = vmm.command_line([N0], ["kvm", *users])
    assert netdev_option == f"tap,id={netdev},fd=7"
    assert device_option.startswith(f"virtio-net-pci,id={device},netdev={netdev},")


def test_another_vmm_has_its_places_filled() -> None:
    assert vmm.command_line([N0, MANY], ["vmm", "--net=fd={fd:n0},mac={mac:n0}", "{fds:m}", "{other}"]) == [
        *["vmm", "--net=fd=7,mac=52:54:00:12:34:56", "7:8:9:10", "{other}"]
    ]


def test_a_nic_with_a_place_gets_nothing_added_for_qemu() -> None:
    assert vmm.command_line([N0], ["kvm", "-netdev", "tap,id=x,fd={fd:n0}"]) == [
        "kvm",
        "-netdev",
        "tap,id=x,fd=7",
    ]


def test_one_descriptor_is_not_all_of_several() -> None:
    with pytest.raises(Usage, match=r"NIC m has 4 queues: \{fds:m\} gives them all"):
        vmm.command_line([MANY], ["vmm", "{fd:m}"])


def test_a_nic_without_a_place_is_told_before_anything_is_opened() -> None:
    vmm.check(["n0"], ["kvm"])
    vmm.check(["n0"], ["vmm", "{fd:n0}"])
    vmm.check(["n0"], ["vmm", "{fds:n0}"])
    with pytest.raises(Usage, match=r"vmm is no QEMU that netctl knows: .* NIC n0 goes, with \{fd:n0\}"):
        vmm.check(["n0"], ["vmm", "--mac={mac:n0}"])


def test_a_place_for_another_nic_is_told() -> None:
    with pytest.raises(Usage, match=r"\{mac:n9\} names no NIC of this command \(given: n0, n1\)"):
        vmm.check(["n0", "n1"], ["kvm", "{mac:n9}"])
