from __future__ import annotations

from netd.kernel.kinds import TABLE
from netd.plan.objects import KINDS


def test_every_kernel_object_is_somebodys_work():
    assert tuple(TABLE) == KINDS
