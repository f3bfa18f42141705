from netd import __version__
from netd.monitor.version import VERSION


def test_it_is_the_matched_release_and_this_netd():
    assert (VERSION.qemu.major, VERSION.qemu.minor, VERSION.qemu.micro) == (7, 2, 22)
    assert __version__ in VERSION.package
