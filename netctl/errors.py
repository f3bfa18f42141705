"""How a command of netctl ends when it is not done.

::

    Exception
    └── Failure          carries the exit code; its text is the reason, for stderr
        ├── Refused      1   the daemon answered no: try another command
        ├── Unreachable  2   no daemon answered: start it, or mend the way to it
        └── Usage        2   the words make no command: read the help
"""

from __future__ import annotations

from typing import ClassVar

DONE = 0
INTERRUPTED = 130  # 128 + SIGINT, as a shell has it


class Failure(Exception):
    """The command was not done; the text says why."""

    code: ClassVar[int] = 1


class Refused(Failure):
    """The daemon said no.

    ``qmp_class`` is QMP's error class, ``GenericError`` where the answer was a monitor
    command's text.
    """

    def __init__(self, desc: str, qmp_class: str = "GenericError") -> None:
        super().__init__(desc)
        self.qmp_class = qmp_class


class Unreachable(Failure):
    """There is no daemon to talk to; the text says which socket and what to do."""

    code = 2


class Usage(Failure):
    """The words make no command."""

    code = 2
