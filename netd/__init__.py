"""QEMU's network layer as a system service: the kernel forwards, Python decides.

The map. Imports point upwards only, and a test holds them to it::

    errors      the error tree, each class knows its QMP class
    schema      PURE  Structs of the protocol: scalars, validation, introspection
    wire        PURE  QMP's JSON, QEMU's option syntax
    topology    PURE  who exists and who is plugged into whom
    plan        PURE  topology → kernel objects, with deterministic names
    kernel      LIVE  namespaces, netlink, taps; brings the kernel from one plan to the next
    workers     LIVE  what runs outside the daemon
    backends    LIVE  the netdev types, one file each
    nics        LIVE  NIC models, and the ways a guest holds its NIC
    monitor     LIVE  control socket, sessions, commands, events, human monitor
    daemon      LIVE  main, configuration, log

``netctl`` beside it is the client; it shares nothing with the live floors.

A command goes one way::

    bytes ─▶ wire.qmp ─▶ monitor (shape, permission) ─▶ topology ─▶ plan ─▶ kernel ─▶ reply, event

Where to add things: a netdev type in ``backends`` (its ``__init__`` tells how), a command in
``monitor/commands``, a kind of kernel object in ``plan/objects.py`` and ``kernel``.
"""

__version__ = "0.1.0"
