"""From a topology to the kernel objects that make it real. Pure, with deterministic names.

* :mod:`~netd.plan.objects` — the kernel objects;
* :mod:`~netd.plan.names` — interface names, MACs and owner marks;
* :mod:`~netd.plan.planner` — topology in, objects out;
* :mod:`~netd.plan.usernet` — a user network from its options: addresses, forwards, refusals in QEMU's words.
"""
