"""One thing done to the kernel, and how it is undone."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

T_contra = TypeVar("T_contra", contravariant=True)

GONE = frozenset({errno.ENODEV, errno.ENOENT, errno.ENXIO})
"""What the kernel says of a thing that does not exist."""


def nothing() -> None:
    """Do nothing: how a step is undone that goes with an earlier one, or with its port."""


@dataclass(frozen=True, slots=True)
class Step:
    """One reversible step.

    ``text`` says what is being done, to what. ``do`` raises :class:`OSError` or
    :class:`netd.errors.HostError`. ``undo`` brings back what was before; it can be called
    when that is so already. ``in_parts`` marks a step that may leave half of itself when it
    fails: such a step is undone with the others.
    """

    text: str
    do: Callable[[], object]
    undo: Callable[[], object] = nothing
    in_parts: bool = False


class Kind(Protocol[T_contra]):
    """How one kind of kernel object is made, changed and removed, in steps.

    The steps are taken one by one: each iterator goes on only when the step it gave is done.
    Removing what is gone already is done by doing nothing.
    """

    def make(self, thing: T_contra, /) -> Iterator[Step]:
        """Steps that make it."""
        ...

    def change(self, was: T_contra, becomes: T_contra, /) -> Iterator[Step]:
        """Steps that turn it from one state into another, in place."""
        ...

    def remove(self, thing: T_contra, /) -> Iterator[Step]:
        """Steps that remove it."""
        ...


@contextlib.contextmanager
def tolerating(*errnos: int) -> Iterator[None]:
    """Take an :class:`OSError` with one of ``errnos`` for done."""
    try:
        yield
    except OSError as error:
        if error.errno not in errnos:
            raise


def unless_gone(*also: int) -> contextlib.AbstractContextManager[None]:
    """Take "it does not exist" (or one of ``also``, errnos that say so here) for done."""
    return tolerating(*GONE, *also)


def perform(steps: Iterator[Step]) -> None:
    """Do steps with no thought of undoing them: they themselves undo something."""
    for step in steps:
        step.do()


def remake(kind: Kind[Any], thing: object) -> Callable[[], None]:
    """How the removal of ``thing`` is undone."""
    return lambda: perform(kind.make(thing))
