"""The test guests themselves: they boot, obey, know their NICs, and reach each other."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guests.conftest import Launch
from tests.guests.image import Image
from tests.support.guest import Guest, GuestFailed, running

pytestmark = [pytest.mark.guests, pytest.mark.limit(300)]

MODELS = ("rtl8139", "virtio-net-pci", "e1000")
"""In an order that is not the one their drivers load in."""

OTHER_MODELS = (
    "e1000e",
    "i82551",
    "ne2k_pci",
    "pcnet",
    "tulip",
    "vmxnet3",
    "virtio-net-pci-non-transitional",
)

Pair = tuple[Guest, Guest]


@pytest.fixture(scope="module")
def pair(guest_image: Image) -> Iterator[Pair]:
    """Two guests with one link for each model: eth0 to eth0, eth1 to eth1, …"""
    wires = [socket.socketpair() for _ in MODELS]
    ends = [
        Guest(
            *_nics(end, wires),
            name=name,
            boot_image=guest_image,
            pass_fds=[wire[end].fileno() for wire in wires],
        )
        for end, name in enumerate(("left", "right"))
    ]
    left, right = ends
    with running(left, right):
        for wire in wires:
            for end in wire:
                end.close()
        yield left, right


def _nics(end: int, wires: list[tuple[socket.socket, socket.socket]]) -> Iterator[str]:
    for number, (model, wire) in enumerate(zip(MODELS, wires, strict=True)):
        yield from ("-netdev", f"socket,id=n{number},fd={wire[end].fileno()}")
        yield from ("-device", f"{model},netdev=n{number},mac={_mac(end, number)}")


def _mac(end: int, number: int) -> str:
    return f"52:54:00:00:0{end}:0{number}"


def test_every_model_has_its_driver(launch: Launch) -> None:
    arguments: list[str] = []
    for number, model in enumerate(OTHER_MODELS):
        arguments += ["-netdev", f"hubport,id=h{number},hubid={number}"]
        arguments += ["-device", f"{model},netdev=h{number},mac={_mac(0, number)}"]
    guest = launch(*arguments)
    for number, model in enumerate(OTHER_MODELS):
        assert guest.run(f"cat /sys/class/net/eth{number}/address") == (f"{_mac(0, number)}\n", 0), model


def test_nics_are_named_in_pci_order(pair: Pair) -> None:
    for end, guest in enumerate(pair):
        for number in range(len(MODELS)):
            assert guest.check(f"cat /sys/class/net/eth{number}/address").strip() == _mac(end, number)


@pytest.mark.parametrize("number", range(len(MODELS)), ids=MODELS)
def test_two_guests_ping_each_other(pair: Pair, number: int) -> None:
    for end, guest in enumerate(pair, start=1):
        guest.address(f"eth{number}", f"10.0.{number}.{end}/24", f"fd00:{number}::{end}/64")
    left, right = pair
    left.until(f"ping -c 1 -W 1 10.0.{number}.2")
    assert right.ping(f"10.0.{number}.1", count=3)
    left.until(f"ping -6 -c 1 -W 1 fd00:{number}::2")


def test_a_file_goes_from_guest_to_guest_unchanged(pair: Pair) -> None:
    left, right = pair
    left.address("eth1", "10.9.0.1/24")
    right.address("eth1", "10.9.0.2/24")
    left.check(
        "mkdir -p /tmp/www; dd if=/dev/urandom of=/tmp/www/file bs=64k count=32; httpd -p 80 -h /tmp/www"
    )
    right.until("wget -q -O /tmp/file http://10.9.0.1/file", timeout=60)
    assert right.check("sha256sum </tmp/file") == left.check("sha256sum </tmp/www/file")


def test_an_answer_is_exactly_what_was_printed(pair: Pair) -> None:
    guest, _ = pair
    assert guest.run("printf 'no end of line'; echo complaint >&2; exit 7") == (
        "no end of linecomplaint\n",
        7,
    )
    assert guest.run("echo 'it''s \"quoted\" $HOME `x` \\n'").output == 'its "quoted" $HOME `x` \\n\n'
    assert guest.run("first() { echo 1; }\nfirst").output == "1\n"
    assert guest.run("echo 'unfinished").status == 2
    assert guest.run("read line").status == 1


def test_large_output_comes_whole(pair: Pair) -> None:
    guest, _ = pair
    expected = "".join(f"{number}\n" for number in range(1, 20001))
    assert guest.run("seq 20000").output == expected
    assert (
        guest.run("seq 20000 | sha256sum").output.split()[0] == hashlib.sha256(expected.encode()).hexdigest()
    )


def test_kernel_messages_stay_out_of_answers(pair: Pair) -> None:
    guest, _ = pair
    assert guest.run("echo '<3>kernel noise' >/dev/kmsg; echo answer").output == "answer\n"


def test_jobs_run_in_the_background(pair: Pair) -> None:
    guest, _ = pair
    ping = guest.background("ping -i 0.1 127.0.0.1")
    short = guest.background("echo done; exit 3")
    assert guest.run("echo meanwhile").output == "meanwhile\n"
    assert short.wait() == ("done\n", 3)
    guest.until(f"test $(grep -c 'bytes from' /tmp/job.{ping.number}) -ge 3")
    assert " 0% packet loss" in ping.stop().output


def test_names_are_resolved(pair: Pair) -> None:
    guest, _ = pair
    assert guest.run("ping -c 1 localhost").status == 0


def test_a_failed_check_shows_the_output(pair: Pair) -> None:
    guest, _ = pair
    with pytest.raises(GuestFailed, match="status 2:\nreason"):
        guest.check("echo reason; exit 2")


def test_a_guest_ends_by_itself_or_by_signal(launch: Launch) -> None:
    assert launch().power_off() == 0
    assert launch().stop() == 0


def test_a_silent_guest_is_reported_with_its_console(launch: Launch) -> None:
    guest = launch(name="mute")
    with pytest.raises(GuestFailed, match=r"(?s)mute kept silent for 0.5 s; waited for .*guest ready"):
        guest.run("read line </dev/zero", timeout=0.5)


def test_a_guest_that_cannot_start_says_why(guest_image: Image) -> None:
    with (
        pytest.raises(GuestFailed, match="'nosuch' is not a valid device model name"),
        Guest("-device", "nosuch"),
    ):
        pass


def test_a_panic_is_reported(launch: Launch) -> None:
    with pytest.raises(GuestFailed, match=r"(?s)ended; waited for .*Kernel panic"):
        launch().run("echo c >/proc/sysrq-trigger")


def test_another_user_behind_a_prefix(launch: Launch) -> None:
    guest = launch(user="nobody", prefix=("env", "PREFIX=there"))
    process = Path("/proc") / str(guest.pid)
    assert process.stat().st_uid == 65534
    assert b"PREFIX=there" in (process / "environ").read_bytes().split(b"\0")
    assert guest.run("echo alive").output == "alive\n"
