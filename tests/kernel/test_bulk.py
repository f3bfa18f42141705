"""Clearing away, also when something will not go."""

from __future__ import annotations

import errno
import os

import pytest

from netd.errors import HostError
from netd.kernel import bulk
from netd.kernel.bulk import Found
from netd.kernel.site import GROUP, GROUP_GONE
from netd.kernel.taps import gone_name
from netd.plan.objects import Member, Up


def found(**what):
    return Found(**{"name": "x", "index": 5, "group": 0, "kind": "veth", "queues": 0, "alias": ""} | what)


def test_what_is_ours():
    assert found(group=GROUP).is_ours
    assert found(kind="tun").is_ours
    assert not found().is_ours
    assert not found(kind="tun", group=GROUP_GONE).is_ours


@pytest.mark.kernel
def test_a_failure_does_not_save_the_rest(lab, held, monkeypatch):
    taps = [lab.tap("n1"), lab.tap("n2"), lab.tap("n3")]
    lab.fabric.apply((), [lab.bridge("_hub0"), *taps, Member("n1", "_hub0"), Up("n1")])
    for tap in taps[:2]:
        held += lab.fabric.open_queues(tap)
    gone = gone_name(lab.fabric.links()["n2"].index)
    give_up = bulk._give_up

    def fail_once(site, link):
        if link.name == "n1":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        give_up(site, link)

    monkeypatch.setattr(bulk, "_give_up", fail_once)
    with pytest.raises(
        HostError, match=r"^clear the fabric: leave tap 'n1' to its holder: Input/output error$"
    ):
        lab.fabric.clear()
    assert set(lab.fabric.links()) == {"lo", gone}
