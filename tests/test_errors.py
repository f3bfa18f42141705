import errno

import pytest

from netd import errors
from netd.errors import DeviceNotFound, HostError, NetdError


@pytest.mark.parametrize("kind", [errors.CommandNotFound, errors.DeviceNotFound, errors.DeviceNotActive])
def test_a_class_is_its_qmp_class(kind):
    assert kind("x").qmp_class == kind.__name__


def test_other_refusals_are_generic():
    assert {kind("x").qmp_class for kind in (NetdError, errors.AccessDenied)} == {"GenericError"}


def test_a_missing_device_is_told_in_qemus_words():
    assert DeviceNotFound.named("n0").desc == "Device 'n0' not found"


@pytest.mark.parametrize(
    "reason",
    ["File exists", errno.EEXIST, OSError(errno.EEXIST, "File exists"), FileExistsError(17, "File exists")],
)
def test_a_host_error_says_what_was_being_done_and_why_not(reason):
    error = HostError("create tap 'n0'", reason)
    assert error.desc == "create tap 'n0': File exists"
    assert error.errno == (None if isinstance(reason, str) else errno.EEXIST)
