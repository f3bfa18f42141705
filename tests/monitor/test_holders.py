import os
import subprocess

from netd.monitor.holders import Holders, Process, name_of


def test_a_process_that_lives_and_one_that_is_gone():
    me = Process.find(os.getpid())
    assert me is not None
    assert me.alive
    assert not Process(me.pid, me.started - 1).alive
    assert Process.find(2**22 + 1) is None


def test_whoever_was_handed_the_nic_holds_it_until_its_end_then_its_parent():
    holders = Holders()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        holders.handed("n0", child.pid)
        assert holders.pid("n0") == child.pid
        assert name_of(child.pid) == "cat"
    assert holders.pid("n0") == os.getpid()
    holders.keep({"n1"})
    assert holders.pid("n0") is None


def test_a_nic_nobody_was_handed_has_no_holder():
    assert Holders().pid("n0") is None
    assert name_of(2**22 + 1) == "gone"
