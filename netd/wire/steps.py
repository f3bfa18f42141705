"""What a parser says: a message, an error, or that it is time to let others run."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, TypeAlias

from msgspec import Struct

from netd.wire.big import LongString


class Message(Struct, frozen=True, gc=False):
    """A JSON value from the peer, not necessarily an object.

    ``value`` is made of dict, list, str, int, float, bool and ``None``, and where it is big of
    :class:`~netd.wire.big.LongString` and :class:`~netd.wire.big.LongObject`; ``size`` is about
    how many bytes of memory it takes.
    """

    value: Any
    size: int


class ParseError(Struct, frozen=True, gc=False):
    """Bytes that are no JSON: ``desc`` is QEMU's text for a GenericError.

    It quotes the peer, so it may be as long as what the peer sent.
    """

    desc: str | LongString


class Pause(Enum):
    """The type of :data:`PAUSE`."""

    PAUSE = "pause"


PAUSE: Final = Pause.PAUSE
"""Nothing happened yet, but there was work for about a millisecond at most."""

Outcome: TypeAlias = Message | ParseError
Step: TypeAlias = Outcome | Pause
