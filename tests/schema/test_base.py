from __future__ import annotations

import pytest

from netd.schema.base import Arguments
from tests.support.qemu_types import Filter, Hubport


def test_arguments_are_frozen_and_given_by_name() -> None:
    hubport = Hubport(id="a", hubid=1)
    with pytest.raises(AttributeError):
        hubport.hubid = 2  # type: ignore[misc]  # the mistake is the point
    assert hash(hubport) == hash(Hubport(id="a", hubid=1))


def test_the_tag_is_last_unless_said_otherwise() -> None:
    assert not Arguments.tag_first
    assert Filter.tag_first
