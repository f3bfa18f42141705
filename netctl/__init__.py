"""``netctl``: the command line to a running netd.

::

    main             argv: the options, and which of the things below was asked for
    ├── command      words → request → the daemon's answer
    │   ├── client   a blocking QMP session
    │   ├── request  words → a QMP or a monitor command          (pure)
    │   ├── schema   text → the types the daemon asks for        (pure)
    │   └── hmp      quoting of a monitor line, and its verdict  (pure)
    ├── render       answers → tables and text                   (pure)
    ├── helptext     ``netctl help``: what the daemon has
    ├── shell        ``netctl`` alone: lines from a person or a file
    ├── events       ``netctl events``
    ├── run          ``netctl run NIC… -- PROGRAM ARGS``
    │   └── vmm      a program's arguments for its NICs          (pure)
    └── completion   what may come next, for bash, zsh and the shell
    bridge_helper    ``netd-bridge-helper``, a program of its own

It knows no command and no option by name that it could ask the daemon for, and imports
nothing of netd that is live: it is to start in an instant.
"""
