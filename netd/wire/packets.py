"""What arrives at the gate of a user network, and how it is answered.

A frame is read once, from the outside in, and what cannot be right raises
:class:`~netd.errors.Malformed`. The modules for each layer build packets;
:meth:`Arrival.answer` makes the frame to write::

    arrival = packets.read(os.read(tap, 65536))
    match arrival.content:
        case Segment() as segment if segment.is_syn:
            answer = tcp.reset(segment)
        case EchoRequest() as request:
            answer = icmp.echo_reply(request)
        case _:
            answer = icmp.unreachable(arrival.packet, Unreachable.HOST, source=gateway)
    if answer is not None:
        os.write(tap, arrival.answer(answer))
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from netd.wire import ethernet, icmp, ip, tcp
from netd.wire.ethernet import Frame
from netd.wire.icmp import EchoRequest
from netd.wire.ip import Packet
from netd.wire.tcp import Segment

Content: TypeAlias = Segment | EchoRequest | None


class Arrival(Struct, frozen=True, gc=False):
    """A frame, the packet in it, and what that carries.

    ``content`` is ``None`` for a fragment and for what is neither TCP nor an echo request.
    """

    frame: Frame
    packet: Packet
    content: Content

    def answer(self, packet: bytes) -> bytes:
        """The frame that brings a packet back to the sender of this one."""
        return self.frame.answer(packet)


def read(octets: bytes, *, vnet: bool = True) -> Arrival:
    """Read a frame; ``vnet`` says whether a vnet header is before it. Raises :class:`Malformed`."""
    frame = ethernet.read(octets, vnet=vnet)
    packet = ip.read(frame.packet)
    return Arrival(frame, packet, _content(packet))


def _content(packet: Packet) -> Content:
    if packet.fragment is not None:
        return None
    if packet.protocol == tcp.PROTOCOL:
        return tcp.read(packet)
    return icmp.read(packet) if packet.protocol == icmp.PROTOCOLS[packet.version] else None
