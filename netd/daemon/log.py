"""Where log lines go: always standard error, in one of three forms.

``console`` is for a terminal, ``journal`` for systemd's journal (a syslog priority before
each line, sd-daemon(3), then the fields as ``key=value``), ``json`` one object a line.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Literal, TypeAlias, get_args

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Format: TypeAlias = Literal["journal", "json", "console"]
FORMATS: tuple[Format, ...] = get_args(Format)
LEVELS = ("debug", "info", "warning", "error")

_PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}  # syslog(3)


def default_format() -> Format:
    """The journal's when standard error is the journal (``JOURNAL_STREAM``), else the terminal's."""
    return "journal" if os.environ.get("JOURNAL_STREAM") else "console"


def configure(form: Format, level: str) -> None:
    """Set up logging for the whole process."""
    shared: list[Processor] = [structlog.processors.add_log_level, structlog.processors.StackInfoRenderer()]
    last: dict[Format, list[Processor]] = {
        "console": [
            structlog.processors.TimeStamper("%H:%M:%S.%f", utc=False),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0),
        ],
        "json": [
            structlog.processors.TimeStamper("iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        "journal": [structlog.processors.format_exc_info, _journal_line],
    }
    structlog.configure(
        processors=[*shared, *last[form]],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _journal_line(logger: WrappedLogger, method: str, event: EventDict) -> str:
    priority = _PRIORITY[str(event.pop("level"))]
    text = [str(event.pop("event")), *(f"{key}={value}" for key, value in event.items())]
    return "\n".join(f"<{priority}>{line}" for line in " ".join(text).splitlines())
