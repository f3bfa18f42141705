"""``netctl`` alone: lines from a person, or from a file or pipe on stdin."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from netctl import completion
from netctl.command import Daemon
from netctl.errors import DONE, Failure
from netctl.request import split

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

PROMPT = "(netd) "

Perform = Callable[[list[str]], int]
"""Does the words of one line and returns the exit code; raises `Failure`."""


def script(lines: Iterable[str], perform: Perform) -> int:
    """Do one line after the other; the first that fails ends it and gives the exit code."""
    for number, line in enumerate(lines, start=1):
        try:
            words = split(line)
            code = perform(words) if words else DONE
        except Failure as failure:
            print(f"netctl: line {number}: {failure}", file=sys.stderr)
            return failure.code
        if code != DONE:
            return code
    return DONE


def interact(daemon: Daemon, perform: Perform) -> int:
    """Do what a person types, until end of file (^D) or ``exit``; ^C gives up a line or a command."""
    session = _session(daemon)
    while True:
        try:
            words = split(session.prompt(PROMPT))
            if words == ["exit"]:
                return DONE
            if words and (words[0] not in {"quit", "q"} or _confirmed(session)):
                perform(words)
        except Failure as failure:
            print(failure, file=sys.stderr)
        except KeyboardInterrupt:
            daemon.forget()  # a reply may still be on its way
        except EOFError:
            return DONE


def _confirmed(session: PromptSession[str]) -> bool:
    """``quit`` is QEMU's word for ending the daemon, and a habit of people who mean the shell."""
    question = "quit ends netd, not only this shell (^D leaves it). End netd? [y/N] "
    return session.prompt(question).strip().lower() in {"y", "yes"}


def _session(daemon: Daemon) -> PromptSession[str]:
    from prompt_toolkit import PromptSession  # noqa: PLC0415 - 100 ms that only a person's session is worth
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion  # noqa: PLC0415
    from prompt_toolkit.document import Document  # noqa: PLC0415
    from prompt_toolkit.history import FileHistory, InMemoryHistory  # noqa: PLC0415

    class DaemonCompleter(Completer):
        """Offers what the daemon has; only the part of a word that is still to come is shown."""

        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
            words = document.text_before_cursor.split(" ")
            words = [*filter(None, words[:-1]), words[-1]]
            for candidate in completion.candidates(daemon, words):
                start = max(words[-1].rfind(","), words[-1].rfind("=")) + 1
                yield Completion(candidate[start:], start_position=start - len(words[-1]))

    path = history_path()
    history = FileHistory(path) if path else InMemoryHistory()
    return PromptSession(history=history, completer=DaemonCompleter(), complete_while_typing=False)


def history_path() -> Path | None:
    """The file of lines typed before, made if need be, readable by its owner alone; None if it cannot be.

    It is under ``$XDG_STATE_HOME`` (XDG Base Directory Specification).
    """
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    path = state / "netctl" / "history"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return None
    return path
