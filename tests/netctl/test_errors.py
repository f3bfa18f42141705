from __future__ import annotations

import pytest

from netctl.errors import Failure, Refused, Unreachable, Usage


@pytest.mark.parametrize(("kind", "code"), [(Failure, 1), (Refused, 1), (Unreachable, 2), (Usage, 2)])
def test_a_failure_carries_the_exit_code(kind: type[Failure], code: int) -> None:
    failure = kind("the reason")
    assert failure.code == code
    assert str(failure) == "the reason"


def test_a_refusal_carries_the_class_of_the_error() -> None:
    assert Refused("Device 'x' not found", "DeviceNotFound").qmp_class == "DeviceNotFound"
    assert Refused("unknown command: 'x'").qmp_class == "GenericError"
