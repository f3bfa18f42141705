"""What goes over the wire, as bytes and as values. Pure.

* :mod:`~netd.wire.qmp` — QMP's JSON, read and written as QEMU does;
* :mod:`~netd.wire.qdict` — the order in which QEMU walks an object's members;
* :mod:`~netd.wire.keyval` — the option syntax that people type.
"""
