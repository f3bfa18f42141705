"""What repeating a key in QEMU's option syntax makes of it."""

from __future__ import annotations


class Repeated(list[str]):
    """The texts of a key that was given more than once, in order.

    Where one value is wanted the last one counts; where a list is wanted they are its
    elements. A plain list, by contrast, was spelled with indexes (``x.0=…,x.1=…``).
    """

    __slots__ = ()
