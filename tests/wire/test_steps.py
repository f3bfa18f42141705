"""What a parser says, as values."""

from __future__ import annotations

import pytest

from netd.wire.steps import PAUSE, Message, ParseError, Pause


def test_steps_are_values() -> None:
    assert Message({"a": 1}, 2) == Message({"a": 1}, 2) != Message({"a": 1}, 3)
    assert ParseError("a") == ParseError("a") != ParseError("b")
    assert PAUSE is Pause.PAUSE


def test_steps_do_not_change() -> None:
    message = Message(None, 0)
    with pytest.raises(AttributeError):
        message.size = 1  # type: ignore[misc]  # that is what is tried
