import os
import subprocess

from tests.support.left_behind import Traces


def test_a_process_is_found_wherever_its_parent_is() -> None:
    before = Traces.now()
    shell = "sleep 60 >/dev/null 2>&1 & echo $!"
    pid = int(subprocess.run(["sh", "-c", shell], check=True, capture_output=True).stdout)
    try:
        assert Traces.now().since(before, alone=False) == [f"process {pid}: sleep 60"]
    finally:
        os.kill(pid, 9)
    assert Traces.now(patience=5).since(before, alone=False) == []


def test_an_open_descriptor_is_found() -> None:
    before = Traces.now()
    descriptor = os.open("/dev/null", os.O_RDONLY)
    found = Traces.now().since(before, alone=False)
    os.close(descriptor)
    assert found == [f"descriptor {descriptor}: /dev/null"]


def test_what_others_may_make_too_counts_only_when_alone() -> None:
    before = Traces(frozenset(), frozenset(), frozenset())
    after = Traces(frozenset(), frozenset(), frozenset({"network namespace x"}))
    assert after.since(before, alone=False) == []
    assert after.since(before, alone=True) == ["network namespace x"]
