from netd.monitor.ledger import SMALL, Ledger


class Holder:
    def __init__(self, progress):
        self.progress = progress
        self.gone = False

    def disconnect(self, why):
        self.gone = True


def test_the_one_that_made_no_progress_for_longest_gives_way():
    ledger = Ledger(limit=10 * SMALL)
    old, older, newcomer = Holder(2.0), Holder(1.0), Holder(3.0)
    ledger.enter(old, 4 * SMALL)
    ledger.enter(older, 4 * SMALL)
    ledger.enter(newcomer, 4 * SMALL)
    assert (older.gone, old.gone, newcomer.gone) == (True, False, False)
    assert ledger.total == 8 * SMALL


def test_whoever_is_served_now_may_hold_any_amount():
    ledger = Ledger(limit=SMALL)
    only = Holder(0.0)
    ledger.enter(only, 100 * SMALL)
    assert not only.gone


def test_small_holders_are_left_alone():
    ledger = Ledger(limit=2 * SMALL)
    small, large = Holder(0.0), Holder(1.0)
    ledger.enter(small, SMALL)
    ledger.enter(large, 3 * SMALL)
    assert not small.gone


def test_what_is_given_back_no_longer_counts():
    ledger = Ledger(limit=2 * SMALL)
    one, other = Holder(0.0), Holder(1.0)
    ledger.enter(one, 2 * SMALL)
    ledger.enter(one, 0)
    ledger.enter(other, 2 * SMALL)
    assert not one.gone
    assert ledger.held == {other: 2 * SMALL}
