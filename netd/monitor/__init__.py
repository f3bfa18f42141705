"""The control socket: QMP to the letter.

* :mod:`~netd.monitor.server` — the listening socket and its sessions;
* :mod:`~netd.monitor.session` — one client: bytes in, commands run in order, replies out;
* :mod:`~netd.monitor.request` — what a request must look like;
* :mod:`~netd.monitor.access` — who is asking, and what that user may do;
* :mod:`~netd.monitor.command` — what a command is;
* :mod:`~netd.monitor.commands` — the commands, one group a file;
* :mod:`~netd.monitor.events` — events and who hears them;
* :mod:`~netd.monitor.attendance` — guests that take their NICs and leave them;
* :mod:`~netd.monitor.announce` — self-announcements;
* :mod:`~netd.monitor.hmp` — how the human monitor reads a line, :mod:`~netd.monitor.human` — its commands;
* :mod:`~netd.monitor.lab` — the network and the kernel it is real in;
* :mod:`~netd.monitor.descriptors` — descriptors that clients passed;
* :mod:`~netd.monitor.ledger` — what all sessions together hold in memory.
"""
