"""QAPI's ``String``: an object with one text, as QEMU's lists of texts are made of.

``hostfwd`` is ``[{"str": "tcp::2222-:22"}]`` in QMP and a repeated key in option text.
"""

from collections.abc import Iterable

from netd.schema.base import Arguments


class String(Arguments, frozen=True):
    """One text."""

    str: str


def texts(strings: Iterable[String]) -> tuple[str, ...]:
    """The texts alone."""
    return tuple(string.str for string in strings)
