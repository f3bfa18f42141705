from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netd.wire import checksum
from tests.wire.frames import plain_pseudo, plain_sum


@given(st.binary(max_size=80))
@example(b"")
@example(bytes(8))
@example(b"\xff\xff")
@example(b"\xff\xff\x00")
def test_it_is_what_word_by_word_gives(octets):
    assert checksum.checksum(octets) == 0xFFFF - plain_sum(octets)


@pytest.mark.parametrize("size", [4, 16])
@given(data=st.data())
def test_a_pseudo_header_counts_as_if_it_stood_before(size, data):
    source, destination = (data.draw(st.binary(min_size=size, max_size=size)) for _ in "sd")
    octets = data.draw(st.binary(max_size=80))
    extra = checksum.pseudo(source, destination, 17, len(octets))
    before = plain_pseudo(source, destination, 17, len(octets))
    assert checksum.checksum(octets, extra) == 0xFFFF - plain_sum(before + octets)


def test_the_example_of_rfc_1071():
    assert checksum.checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


@given(st.binary(min_size=2, max_size=80))
@example(bytes(8))
def test_what_is_sealed_is_right(octets):
    octets = b"\0\0" + octets
    sealed = checksum.checksum(octets).to_bytes(2, "big") + octets[2:]
    assert checksum.is_right(sealed)


@given(st.binary(min_size=2, max_size=40), st.integers(0), st.integers(1, 255))
def test_a_changed_octet_is_noticed(octets, place, change):
    sealed = bytearray(checksum.checksum(b"\0\0" + octets).to_bytes(2, "big") + octets)
    place %= len(sealed)
    sealed[place] ^= change
    other = plain_sum(bytes(sealed)) == 0xFFFF
    assert checksum.is_right(bytes(sealed)) == other
    assert not other


def test_nothing_but_zeros_has_no_checksum_in_it():
    assert not checksum.is_right(bytes(8))
