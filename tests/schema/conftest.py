"""A real QEMU to compare with. Nothing it is told here makes it open, run or change anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.qemu import Qemu
from tests.support.qmp import QmpClient


@pytest.fixture(scope="module")
def qemu() -> Iterator[QmpClient]:
    with Qemu() as process, process.qmp() as client:
        yield client
