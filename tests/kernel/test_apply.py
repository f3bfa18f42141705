from __future__ import annotations

import errno

import pytest

from netd.errors import HostError
from netd.kernel.apply import take
from netd.kernel.steps import Step


class Log:
    """Steps that only write down what is done to them."""

    def __init__(self):
        self.lines = []

    def step(self, name, *, fails=None, undo_fails=None, in_parts=False):
        def do():
            if fails:
                raise fails
            self.lines.append(f"do {name}")

        def undo():
            self.lines.append(f"undo {name}")
            if undo_fails:
                raise undo_fails

        return Step(name, do, undo, in_parts=in_parts)


def test_takes_all_steps_and_undoes_none():
    log = Log()
    take([log.step("a"), log.step("b")])
    assert log.lines == ["do a", "do b"]


def test_a_failure_undoes_in_reverse_and_is_named():
    log = Log()
    with pytest.raises(HostError, match=r"^c: File exists$") as caught:
        take([log.step("a"), log.step("b"), log.step("c", fails=OSError(errno.EEXIST, "File exists"))])
    assert log.lines == ["do a", "do b", "undo b", "undo a"]
    assert caught.value.errno == errno.EEXIST


def test_a_step_that_may_fail_half_way_is_undone_too():
    log = Log()
    with pytest.raises(HostError):
        take([log.step("a"), log.step("b", fails=OSError(errno.EIO, "x"), in_parts=True)])
    assert log.lines == ["do a", "undo b", "undo a"]


def test_an_undoing_that_fails_is_noted_and_the_others_go_on():
    log = Log()
    steps = [
        log.step("a"),
        log.step("b", undo_fails=OSError(errno.ENODEV, "No such device")),
        log.step("c", fails=HostError("look", "nothing there")),
    ]
    with pytest.raises(HostError) as caught:
        take(steps)
    assert log.lines == ["do a", "do b", "undo b", "undo a"]
    assert str(caught.value) == "c: look: nothing there"
    assert caught.value.__notes__ == ["could not undo 'b': No such device"]


def test_a_bug_is_undone_and_goes_up_as_it_is():
    log = Log()
    with pytest.raises(KeyError):
        take([log.step("a"), log.step("b", fails=KeyError("x"))])
    assert log.lines == ["do a", "undo a"]


@pytest.mark.parametrize(
    ("when", "lines"), [("before", ["do a", "undo a"]), ("after", ["do a", "do b", "undo b", "undo a"])]
)
def test_the_gate_can_fail_a_step_before_and_after(when, lines):
    log = Log()

    def gate(moment, step):
        if (moment, step.text) == (when, "b"):
            raise OSError(errno.ENOMEM, "Cannot allocate memory")

    with pytest.raises(HostError, match="b: Cannot allocate memory"):
        take([log.step("a"), log.step("b", in_parts=True)], gate)
    assert log.lines == lines


def test_steps_are_asked_for_one_by_one():
    log = Log()

    def steps():
        yield log.step("a")
        assert log.lines == ["do a"]
        yield log.step("b")

    take(steps())
