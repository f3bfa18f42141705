"""The guest side: NIC models, and the ways a guest holds its NIC.

* :mod:`~netd.nics.models` — QEMU's NIC models and their properties, from its own tables;
* :mod:`~netd.nics.properties` — reading what ``device_add`` was given of the model's;
* :mod:`~netd.nics.own` — and of netd's own;
* :mod:`~netd.nics.tap` — a tap whose descriptor is handed to a VMM;
* :mod:`~netd.nics.netns` — a veth into a container's or process's network namespace.
"""
