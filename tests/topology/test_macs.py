import pytest

from netd.errors import NetdError
from netd.topology.macs import default_mac, parse_start


def test_the_first_addresses_are_qemus():
    assert default_mac(set()) == "52:54:00:12:34:56"
    assert default_mac({"52:54:00:12:34:56", "52:54:00:12:34:58"}) == "52:54:00:12:34:57"


def test_after_qemus_last_address_netd_goes_on():
    used = {f"52:54:00:12:34:{n:02x}" for n in range(0x56, 0xFF)}
    assert default_mac(used) == "52:54:00:12:35:00"


@pytest.mark.parametrize(
    ("prefix", "start"),
    [
        ("52:54:00", "52:54:00:00:00:00"),
        ("52-54-00-AB", "52:54:00:ab:00:00"),
        ("02:00:00:00:00:07", "02:00:00:00:00:07"),
    ],
)
def test_a_prefix_is_filled_with_zeros(prefix, start):
    assert parse_start(prefix) == start
    assert default_mac({start}, start) != start


@pytest.mark.parametrize("prefix", ["", "52:5", "xx", "1:2:3", "52:54:00:12:34:56:78", "01:00", "fe:6e:64"])
def test_a_prefix_that_cannot_serve_is_refused(prefix):
    with pytest.raises(NetdError, match="mac-prefix"):
        parse_start(prefix)
