"""What is built, read by Wireshark's dissectors: checksums are right, nothing is malformed."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netd.wire import ethernet, icmp, ip, packets, tcp, udp
from netd.wire.icmp import EchoRequest, Unreachable
from netd.wire.tcp import Segment
from tests.support.process import tool
from tests.wire.frames import FARS, GATEWAYS, GUEST4, GUEST6, GUESTS, PINGS, SYNS, framed

pytestmark = pytest.mark.kernel

VERSIONS = pytest.mark.parametrize("version", [4, 6])
IP = {4: "ip", 6: "ipv6"}
GOOD = "1"
"""What a field like ``tcp.checksum.status`` says of a checksum that is right."""

Layers = dict[str, Any]


def dissected(path: Path, frames: list[bytes]) -> list[Layers]:
    """What tshark says of each frame, all of it flattened into one table; of what is quoted nothing."""
    header = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16, 1)
    records = (struct.pack("=IIII", 0, 0, len(frame), len(frame)) + frame for frame in frames)
    path.write_bytes(header + b"".join(records))
    options = [f"-o{name}.check_checksum:TRUE" for name in ("ip", "tcp", "udp")]
    argv = [tool("tshark", "tshark"), "-n", "-r", str(path), "-T", "json", *options]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return [dict(flat(frame["_source"]["layers"])) for frame in json.loads(done.stdout)]


def flat(layers: Layers) -> Iterator[tuple[str, Any]]:
    for name, value in layers.items():
        yield name, value
        if isinstance(value, dict) and name not in {"icmp", "icmpv6"}:
            yield from flat(value)
        elif isinstance(value, dict):
            yield from ((inner, said) for inner, said in value.items() if not isinstance(said, dict))


def unvnet(frame: bytes) -> bytes:
    assert frame[: ethernet.VNET_HEADER] == bytes(ethernet.VNET_HEADER)
    return frame[ethernet.VNET_HEADER :]


def built(version: int) -> Iterator[tuple[str, bytes]]:
    """A frame of everything that can be built, and the protocol that it is of."""
    syn, ping = packets.read(SYNS[version]), packets.read(PINGS[version])
    assert isinstance(syn.content, Segment)
    assert isinstance(ping.content, EchoRequest)
    source, name = GATEWAYS[version], {4: "icmp", 6: "icmpv6"}[version]
    answers = [("tcp", tcp.reset(syn.content)), (name, icmp.echo_reply(ping.content))]
    for size in (0, 7, 1400):
        payload = bytes(range(256)) * 6
        datagram = udp.build(GUESTS[version], 40001, FARS[version], 40000, payload[:size])
        yield "udp", framed(datagram)
        about = ip.read(datagram)
        answers += [(name, icmp.unreachable(about, reason, source=source)) for reason in Unreachable]
        answers += [(name, icmp.time_exceeded(about, source=source))]
        answers += [(name, icmp.too_big(about, 1300, source=source))]
        answers += [(name, icmp.echo_reply(ping.content, source=source, payload=payload[:size]))]
    answers += [
        (name, icmp.unreachable(arrival.packet, Unreachable.HOST, source=source)) for arrival in (syn, ping)
    ]
    for protocol, answer in answers:
        assert answer is not None
        yield protocol, unvnet(syn.answer(answer))


@VERSIONS
def test_all_that_is_built(tmp_path, version):
    frames = list(built(version))
    said = dissected(tmp_path / "pcap", [frame for _, frame in frames])
    for (name, _), layers in zip(frames, said, strict=True):
        assert layers["frame.protocols"].startswith(f"eth:ethertype:{IP[version]}:{name}")
        assert layers[f"{name}.checksum.status"] == GOOD
        assert layers.get("ip.checksum.status") == (GOOD if version == 4 else None)
        assert "_ws.malformed" not in json.dumps(layers)


@VERSIONS
def test_what_the_reset_says(tmp_path, version):
    arrival = packets.read(SYNS[version])
    assert isinstance(arrival.content, Segment)
    answer = unvnet(arrival.answer(tcp.reset(arrival.content) or b""))
    syn, reset = dissected(tmp_path / "pcap", [framed(arrival.packet.octets), answer])
    assert syn["tcp.checksum.status"] == reset["tcp.checksum.status"] == GOOD
    assert (reset["tcp.flags.reset"], reset["tcp.flags.ack"], reset["tcp.ack"]) == ("1", "1", "1")
    assert reset["tcp.stream"] == syn["tcp.stream"]
    assert (reset["eth.src"], reset["eth.dst"]) == (syn["eth.dst"], syn["eth.src"])


@VERSIONS
def test_what_the_reply_says(tmp_path, version):
    arrival = packets.read(PINGS[version])
    assert isinstance(arrival.content, EchoRequest)
    answer = unvnet(arrival.answer(icmp.echo_reply(arrival.content)))
    ping, reply = dissected(tmp_path / "pcap", [unvnet(PINGS[version]), answer])
    assert reply[f"icmp{'v6' if version == 6 else ''}.resp_to"] == ping["frame.number"]


def test_tshark_does_look(tmp_path):
    """A datagram that was changed on its way is found out."""
    for address in (GUEST4, GUEST6):
        good = framed(udp.build(address, 1, FARS[4 if len(address) == 4 else 6], 2, b"abc"))
        (said,) = dissected(tmp_path / "pcap", [good[:-1] + b"d"])
        assert said["udp.checksum.status"] == "0"
