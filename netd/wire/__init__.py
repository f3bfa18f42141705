"""What goes over the wire, and what people type: text to values and back. Pure.

* :mod:`~netd.wire.qmp` — QMP's JSON, read and written as QEMU does: the front of these

  * :mod:`~netd.wire.lexer` — bytes to tokens;
  * :mod:`~netd.wire.literals` — what the text of a token means, or why it means nothing;
  * :mod:`~netd.wire.stepwise` — the same for long ones, piece by piece;
  * :mod:`~netd.wire.unicode` — QEMU's idea of what a character is;
  * :mod:`~netd.wire.assembler` — tokens to messages: grammar and limits;
  * :mod:`~netd.wire.steps` — what a parser says: a message, an error, or that others may run;
  * :mod:`~netd.wire.encoder` — values to bytes;
  * :mod:`~netd.wire.big` — values too big for one step, and how they are freed;

* :mod:`~netd.wire.qdict` — the order in which QEMU walks an object's members;
* :mod:`~netd.wire.keyval` — the option syntax that people type;
* :mod:`~netd.wire.hostfwd`, :mod:`~netd.wire.guestfwd`, :mod:`~netd.wire.egress` — a user network's rules;
* :mod:`~netd.wire.inet` — addresses and ports in them;
* :mod:`~netd.wire.packets` — frames that a user network's worker looks at and answers: the front of

  * :mod:`~netd.wire.ethernet`, :mod:`~netd.wire.ip`, :mod:`~netd.wire.tcp`, :mod:`~netd.wire.udp`,
    :mod:`~netd.wire.icmp` — one protocol each;
  * :mod:`~netd.wire.checksum` — theirs.
"""
