import pytest

from netd.errors import NetdError
from netd.monitor.request import Request, check
from netd.wire.qmp import LongObject, LongString


def test_a_whole_request():
    message = {"execute": "a", "arguments": {"b": 1}, "id": 7}
    assert check(message, oob_enabled=False) == Request("a", {"b": 1})
    assert check({"exec-oob": "a"}, oob_enabled=True) == Request("a", {}, oob=True)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (None, "QMP input must be a JSON object"),
        ([], "QMP input must be a JSON object"),
        (1, "QMP input must be a JSON object"),
        ({}, "QMP input lacks member 'execute'"),
        ({"id": "only"}, "QMP input lacks member 'execute'"),
        ({"execute": 1}, "QMP input member 'execute' must be a string"),
        ({"execute": "a", "arguments": []}, "QMP input member 'arguments' must be an object"),
        ({"execute": "a", "arguments": None}, "QMP input member 'arguments' must be an object"),
        ({"execute": "a", "extra": 1}, "QMP input member 'extra' is unexpected"),
        ({"execute": "a", "exec-oob": "a"}, "QMP input member 'exec-oob' is unexpected"),
        ({"arguments": 1, "execute": 1}, "QMP input member 'execute' must be a string"),
    ],
)
def test_what_is_wrong_is_said_in_qemus_words(message, text):
    with pytest.raises(NetdError) as caught:
        check(message, oob_enabled=False)
    assert caught.value.desc == text


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"execute": "a", "exec-oob": "a"}, "QMP input member 'execute' clashes with 'exec-oob'"),
        ({"exec-oob": "a", "execute": "a"}, "QMP input member 'execute' clashes with 'exec-oob'"),
        ({"exec-oob": 5}, "QMP input member 'exec-oob' must be a string"),
    ],
)
def test_with_oob_there_are_two_ways_to_ask(message, text):
    with pytest.raises(NetdError) as caught:
        check(message, oob_enabled=True)
    assert caught.value.desc == text


def test_what_is_endless_is_refused_and_holds_nobody_up():
    crowd = LongObject({f"m{n}": n for n in range(20_000)})
    with pytest.raises(NetdError, match=r"QMP input member 'm\d+' is unexpected"):
        check(crowd, oob_enabled=False)
    with pytest.raises(NetdError, match="'arguments' has more members than any command"):
        check({"execute": "a", "arguments": crowd}, oob_enabled=False)
    name = LongString()
    name.append(b"x" * 300_000)
    with pytest.raises(NetdError, match="a member with an endless name"):
        check({"execute": "a", name: 1}, oob_enabled=False)
    with pytest.raises(NetdError, match="QMP input member 'execute' must be a string"):
        check({"execute": name}, oob_enabled=False)
