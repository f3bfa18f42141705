import pytest
from hypothesis import given
from hypothesis import strategies as st

from netd.plan import names

idents = st.from_regex(r"[a-zA-Z][a-zA-Z0-9._-]{0,40}", fullmatch=True)


@given(idents)
def test_every_name_fits_the_kernel(ident):
    assert 0 < len(names.fit(ident).encode()) <= names.IFNAME_MAX
    assert names.fit(ident) not in ("lo", "all", "default")


@given(idents, idents)
def test_different_clients_have_different_ports(one, other):
    assert (names.fit(one) == names.fit(other)) == (one == other)


@given(idents)
def test_a_netdev_and_a_nic_of_one_name_have_two_ports(ident):
    assert names.nic(ident) != names.netdev(ident)
    assert len(names.netdev(ident)) <= names.IFNAME_MAX


@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 2000))
def test_bridges_fit_too_and_are_no_clients_name(hubid, segment):
    assert len(names.bridge(hubid, segment)) <= names.IFNAME_MAX
    assert names.bridge(hubid, segment)[0] == "_"
    near, far = names.joint(hubid, segment)
    assert near != far
    assert max(len(near), len(far)) <= names.IFNAME_MAX


@pytest.mark.parametrize(
    ("hubid", "segment", "name"), [(0, 0, "_hub0"), (-1, 0, "_hub-1"), (0, 2, "_hub0.2")]
)
def test_bridges_are_called_after_their_hub(hubid, segment, name):
    assert names.bridge(hubid, segment) == name


def test_the_fabrics_macs_are_of_one_prefix_and_of_the_instance():
    assert names.mac("netd", "n0").startswith("fe:6e:64:")
    assert names.mac("netd", "n0") == names.mac("netd", "n0") != names.mac("other", "n0")


@pytest.mark.parametrize("length", [1, 200, 300, 70_000])
def test_an_owner_mark_fits_the_kernel_and_tells_owners_apart(length):
    one, other = names.alias("netd", "n" * length), names.alias("netd", "n" * length + "o")
    assert one != other
    assert max(len(one), len(other)) <= names.ALIAS_MAX
    assert one.startswith("netd:netd:n")
