"""Who exists and who is plugged into whom. Pure: no I/O, no clock.

* :mod:`~netd.topology.clients` — the net clients: netdevs and NICs;
* :mod:`~netd.topology.network` — the network they make, and how a command changes it;
* :mod:`~netd.topology.macs` — default MAC addresses;
* :mod:`~netd.topology.warnings` — what QEMU would warn about.

A :class:`~netd.topology.network.Network` is a value. Every change gives a new one or raises
before anything is touched, so a command that the kernel refuses simply keeps the old value.
"""
