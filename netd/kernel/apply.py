"""All or nothing: steps are taken in order, and undone in reverse when one fails.

Theory of operation. A list of moves (:mod:`netd.kernel.order`) becomes steps, one kernel call
or a few each (:mod:`netd.kernel.kinds`). Every step that was taken leaves its undoing on a
stack. When a step fails, the stack is unwound, last first; an undoing that fails itself is
noted on the error and the rest goes on. What failed is reported as
``<what was being done>: <the kernel's reason>``.

A step that raises anything but :class:`OSError` or :class:`HostError` is a bug: the same is
undone, and the error goes up as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from netd.errors import HostError
from netd.kernel.steps import Step
from netd.kernel.syscalls import reason

Gate: TypeAlias = Callable[[Literal["before", "after"], Step], None]
"""Called around every step; what it raises is as if the step had."""


def open_gate(when: Literal["before", "after"], step: Step) -> None:
    """The gate of every day: lets all pass."""


def take(steps: Iterable[Step], gate: Gate = open_gate) -> None:
    """Take ``steps`` in order, all of them or none.

    Raises :class:`HostError` naming the step that failed; its notes name what could not be undone.
    """
    notes: list[str] = []
    doing = "look at the fabric"
    try:
        with contextlib.ExitStack() as taken:
            for step in steps:
                doing = step.text
                gate("before", step)
                if step.in_parts:
                    taken.callback(_undo, step, notes)
                step.do()
                if not step.in_parts:
                    taken.callback(_undo, step, notes)
                gate("after", step)
            taken.pop_all()
    except (OSError, HostError) as error:
        failure = _told(doing, error)
        for note in notes:
            failure.add_note(note)
        raise failure from error


def _undo(step: Step, notes: list[str]) -> None:
    try:
        step.undo()
    except (OSError, HostError) as error:
        notes.append(f"could not undo '{step.text}': {_reason(error)}")


def _told(doing: str, error: OSError | HostError) -> HostError:
    told = HostError(doing, _reason(error))
    told.errno = error.errno
    return told


def _reason(error: OSError | HostError) -> str:
    return str(error) if isinstance(error, HostError) else reason(error)
