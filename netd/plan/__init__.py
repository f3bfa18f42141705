"""From a topology to the kernel objects that make it real. Pure, with deterministic names.

* :mod:`~netd.plan.objects` — the kernel objects;
* :mod:`~netd.plan.names` — interface names, MACs and owner marks;
* :mod:`~netd.plan.planner` — topology in, objects out;
* :mod:`~netd.plan.usernet` — a user network from its options: addresses, forwards, QEMU's refusals; and
  what is in its namespace, as text and data:

  * :mod:`~netd.plan.usernet_rules`, :mod:`~netd.plan.usernet_egress` — the nftables ruleset;
  * :mod:`~netd.plan.usernet_routes` — addresses, routes and settings;
  * :mod:`~netd.plan.usernet_dnsmasq` — DHCP, DNS and TFTP.
"""
