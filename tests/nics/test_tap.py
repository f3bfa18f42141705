import pytest

from netd.nics.tap import TapAttachment
from netd.plan.objects import Tap
from netd.plan.planner import Place

PLACE = Place("n0", "fe:6e:64:00:00:01", "netd:t:n0", "52:54:00:12:34:56")


@pytest.mark.parametrize(("mtu", "kernel"), [(None, 65521), (9000, 9000)])
def test_it_plans_one_tap(mtu, kernel):
    assert list(TapAttachment(queues=4, mtu=mtu).plan(PLACE)) == [
        Tap("n0", "fe:6e:64:00:00:01", kernel, 4, "netd:t:n0")
    ]


def test_it_is_attached_while_it_has_carrier():
    assert TapAttachment().is_attached(carrier=True)
    assert not TapAttachment().is_attached(carrier=False)


def test_it_shows_what_was_asked_for():
    assert TapAttachment().shown == {"attach": "tap", "queues": 1}
    assert TapAttachment(mtu=9000).shown["mtu"] == 9000
