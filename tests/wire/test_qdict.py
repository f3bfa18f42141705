import pytest

from netd.wire.qdict import bucket


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("seconds", 5),
        ("timestamp", 26),
        ("QMP", 99),
        ("exec-oob", 162),
        ("version", 184),
        ("execute", 299),
        ("event", 361),
        ("arguments", 447),
        ("id", 486),
        ("error", 489),
        ("data", 505),
    ],
)
def test_members_have_the_places_they_have_in_qemus_table(name, place):
    assert bucket(name) == place


def test_any_name_has_a_place():
    assert 0 <= bucket("\udcff" * 1000) < 512
    assert 0 <= bucket("") < 512
