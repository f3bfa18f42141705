import json
import time

from netd.monitor.events import EVENTS, Event


def test_an_event_carries_the_time_of_its_emission():
    before = time.time()
    message = json.loads(Event("SHUTDOWN", {"guest": False, "reason": "host-signal"}).encoded())
    stamp = message.pop("timestamp")
    assert before - 0.001 <= stamp["seconds"] + stamp["microseconds"] / 1e6 <= time.time()
    assert message == {"event": "SHUTDOWN", "data": {"guest": False, "reason": "host-signal"}}


def test_without_data_there_is_no_data():
    assert "data" not in json.loads(Event("X").encoded())


def test_events_are_declared_once():
    assert len({kind.name for kind in EVENTS}) == len(EVENTS)
