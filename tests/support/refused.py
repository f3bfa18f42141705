"""What a reading comes to: a value, or the text of its refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netd.errors import NetdError


def refusal(read: Callable[..., Any], *args: Any, **options: Any) -> str | None:
    """The text with which something is refused; ``None`` if it is not."""
    try:
        read(*args, **options)
    except NetdError as error:
        return error.desc
    return None
