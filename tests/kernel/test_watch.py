from __future__ import annotations

import os

import pytest
import trio

from netd.kernel.links import RTM_DELLINK
from netd.kernel.watch import LinkChanged, LinkGone, Resync, Watch, parse
from netd.plan.objects import Member, Up
from tests.kernel.test_links import attribute, message
from tests.support.hosts import PATIENCE

kernel = pytest.mark.kernel


def test_news_are_parsed_and_bridges_talk_is_not_news():
    name = attribute(3, b"n0\0")
    data = message(name) + message(name, kind=RTM_DELLINK) + message(name, kind=RTM_DELLINK, family=7)
    changed, gone = parse(data)
    assert isinstance(changed, LinkChanged)
    assert (changed.name, changed.state.index) == ("n0", 7)
    assert gone == LinkGone("n0", 7)


@kernel
async def test_a_port_comes_is_held_and_goes(lab, held):
    hub, tap = lab.bridge("_hub0"), lab.tap("n1")
    things = [tap, Member("n1", "_hub0"), Up("n1")]
    lab.fabric.apply((), [hub])
    with trio.fail_after(PATIENCE):
        async with Watch.on(lab.fabric.thread) as watch:

            async def until(wanted):
                async for news in watch:
                    if isinstance(news, LinkChanged) and news.name == "n1" and wanted(news.state):
                        return

            lab.fabric.apply((), things)
            await until(lambda state: state.up and state.master and not state.carrier)
            held += lab.fabric.open_queues(tap)
            await until(lambda state: state.carrier)

            os.close(held.pop())
            await until(lambda state: not state.carrier)
            index = lab.fabric.links()["n1"].index
            lab.fabric.apply(things, ())
            async for news in watch:
                if isinstance(news, LinkGone):
                    assert news == LinkGone("n1", index)
                    break


@kernel
async def test_lost_news_are_told(lab):
    watch = Watch.on(lab.fabric.thread)
    watch._socket.setsockopt(1, 33, 1)  # SOL_SOCKET, SO_RCVBUFFORCE: as small as can be
    lab.fabric.apply((), [lab.tap(f"n{number}") for number in range(20)])
    with trio.fail_after(PATIENCE):
        async with watch:
            async for news in watch:
                if isinstance(news, Resync):
                    break


@kernel
async def test_many_news_fit(lab):
    taps = [lab.tap(f"n{number}") for number in range(100)]
    with trio.fail_after(PATIENCE):
        async with Watch.on(lab.fabric.thread) as watch:
            lab.fabric.apply((), taps)
            lab.fabric.clear()
            gone = set()
            async for news in watch:
                assert not isinstance(news, Resync)
                if isinstance(news, LinkGone):
                    gone.add(news.name)
                if len(gone) == len(taps):
                    break
